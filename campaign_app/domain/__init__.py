"""Domain rules, pure: the standard library and country data only, no I/O, and the time is an argument."""
