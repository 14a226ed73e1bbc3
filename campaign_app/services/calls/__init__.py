"""Calls: settling what providers report, shared by the engine and the web process's callbacks."""
