"""The shapes that the API takes and gives, for checking requests and for the description: a file per noun.

They check types; what a value may be, their services check.
"""
