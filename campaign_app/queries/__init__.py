"""SQL: claim.py, permit.py and settle.py are the hot path, a function a statement; tables.py and counts.py serve the
pages."""
