"""SQL: claim.py, permit.py and settle.py are the hot path, a function per statement; tables.py and counts.py
serve pages.
"""
