"""Reclaiming: what was deleted from SQLite leaves its files, too.

`secure_delete` overwrites what a statement deletes. What a page kept when its rows moved to another one is not deleted
by anybody: a small file is written anew, of a large one the docs say how.
"""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

SMALL_FILE = 128 << 20
"""Bytes of a file that is written anew in well under two seconds, for which a writer waits."""


def reclaim(engine: Engine, *, most_bytes: int = SMALL_FILE) -> bool:
    """Overwrite free space and empty the write-ahead log. False where somebody else was using the database so that it
    could not be done. PostgreSQL's autovacuum does it by itself."""
    if engine.dialect.name != "sqlite":
        return True
    raw = engine.raw_connection()
    try:
        driver = raw.driver_connection
        assert driver is not None
        [pages] = driver.execute("PRAGMA page_count").fetchone()
        [page_size] = driver.execute("PRAGMA page_size").fetchone()
        if pages * page_size <= most_bytes:
            driver.execute("VACUUM")
        busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except (OperationalError, engine.dialect.loaded_dbapi.OperationalError):
        return False
    finally:
        raw.close()
