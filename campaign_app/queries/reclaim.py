"""Reclaiming: what was deleted from SQLite leaves its files, too.

`secure_delete` overwrites what a statement deletes. What a page kept when its rows moved to another one is not deleted
by anybody: a small file is written anew, of a large one the docs say how.
"""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

LOG_PATIENCE = 1_000
"""Milliseconds for which writers wait while the log is emptied: until the readers of that moment are done."""
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


def empty_log(engine: Engine) -> bool:
    """Put SQLite's write-ahead log back into the file and begin it anew. False where somebody read for too long.

    SQLite does this by itself only at a moment at which nobody reads. With a hundred calls a second and twenty people
    who looked on there was none, and the log of a database of 150 MB grew to 470 MB in ten minutes."""
    raw = engine.raw_connection()
    try:
        driver = raw.driver_connection
        assert driver is not None
        [usual] = driver.execute("PRAGMA busy_timeout").fetchone()
        # Nearly all of it, while others write.
        driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        driver.execute(f"PRAGMA busy_timeout = {LOG_PATIENCE:d}")
        try:
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            driver.execute(f"PRAGMA busy_timeout = {usual:d}")
        return not busy
    except (OperationalError, engine.dialect.loaded_dbapi.OperationalError):
        return False
    finally:
        raw.close()
