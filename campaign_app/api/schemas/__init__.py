"""API schemas: the shapes that requests are checked against and that the description shows, a file per noun.

They check types; what a value may be, their services check.
"""
