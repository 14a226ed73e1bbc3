"""Backups: one file with the database, the uploads, the recordings and the generated keys; made while it dials."""
