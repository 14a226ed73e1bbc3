"""The rules, pure: standard library (and `phonenumbers`) only, no I/O, and the time is an argument."""
