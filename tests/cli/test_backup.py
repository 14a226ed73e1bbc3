"""Backups: made, read back, refused where they cannot be trusted, and restored somewhere else."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from campaign_app import create_app
from campaign_app.app_context import context_of
from campaign_app.backup.make import make_backup
from campaign_app.backup.place import BackupPlace
from campaign_app.engine.rollback_guard import RollbackGuard
from campaign_app.extensions import db, make_engine
from campaign_app.instance_lock import hold_alone, holding_shared
from tests.cli.commands_support import Commands
from tests.cli.installation import Installation, run_sql
from tests.engine.world import World
from tests.support.clock import FakeClock
from tests.support.postgres import PostgresServer
from tests.support.small_disk import fill_disk, small_disk

KEY, OTHER_KEY = f"{pyrage.x25519.Identity.generate()}", f"{pyrage.x25519.Identity.generate()}"

NEW_EVENT = """INSERT INTO call_events (token, at, received_at, source, status)
    VALUES ('0', '2026-11-20 15:00:00.000000', '2026-11-20 15:00:00.000000', 'poll', 'busy')"""


@pytest.fixture
def empty_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes the URL of a database without tables, of the test's own kind."""

    def make_url() -> str:
        if database_url.startswith("sqlite"):
            return f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_database()

    return make_url


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """With a campaign that has dialed, and files."""
    installation = Installation(tmp_path / "here", database_url)
    world = World(database_url, FakeClock())
    world.state.rollback_guard = RollbackGuard(world.db, installation.folder, "host-a")
    world.campaign(4, max_concurrent_calls=2)
    assert world.tick().placed == 2
    world.close()
    (installation.folder / "uploads").mkdir()
    (installation.folder / "uploads" / "list.csv").write_text("phone\n+12125550100\n")
    (installation.folder / "recordings").mkdir()
    (installation.folder / "recordings" / "hello.wav").write_bytes(bytes(range(256)) * 5000)
    yield installation
    installation.close()


def test_a_backup_is_restored_elsewhere_whole(
    here: Installation, tmp_path: Path, empty_url: Callable[[], str]
) -> None:
    encrypted = Installation(here.folder, here.url, backup_key=KEY, backup_keep=2)
    said = encrypted.must("backup")
    assert "Read back and checked: all promises hold" in said
    path = encrypted.backup()
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"12125550100" not in path.read_bytes()
    for _ in range(2):
        encrypted.must("backup")
    assert len([*path.parent.iterdir()]) == 2, "the newest stay"
    assert not path.exists()
    path = min(path.parent.iterdir())

    there = Installation(tmp_path / "there", empty_url(), backup_key=KEY)
    # Installed and started already, which makes a journal without calls.
    (there.folder / "dialled-fresh.journal").write_text("\n", encoding="ascii")
    said = there.must("restore", str(path))
    assert "At the start it is looked up" in said
    before, after = here.rows(), there.rows()
    for table in ("audit", "audit_seals"):
        assert after.pop(table) == before.pop(table) + 1
    assert after == before
    for name in ("uploads/list.csv", "recordings/hello.wav", "secret-key", "forget-key", "signing-key"):
        assert (there.folder / name).read_bytes() == (here.folder / name).read_bytes()
    [fresh] = there.folder.glob("dialled-*")
    assert fresh.name == "dialled-fresh.journal", "the journal is this machine's, and is not in it"
    # New rows have ids of their own.
    run_sql(there.url, NEW_EVENT)
    there.close()
    encrypted.close()


def test_what_cannot_be_trusted_is_refused_with_nothing_touched(
    here: Installation, tmp_path: Path, empty_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here.must("backup", str(tmp_path / "good.backup"))
    good = (tmp_path / "good.backup").read_bytes()
    locked = Installation(here.folder, here.url, backup_key=KEY)
    locked.must("backup", str(tmp_path / "good.age"))
    sealed = (tmp_path / "good.age").read_bytes()
    there = Installation(tmp_path / "there", empty_url(), backup_key=OTHER_KEY)

    def restoring(content: bytes, into: Installation = there, *more: str) -> str:
        path = tmp_path / "tried.backup"
        path.write_bytes(content)
        return into.refused("restore", str(path), *more)

    assert "is cut" in restoring(good[:-100])
    assert "is cut" in restoring(good[: len(good) // 2])
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 1
    assert "damaged" in restoring(bytes(damaged))
    assert "is no backup of Switchboard's" in restoring(b"SQLite format 3\0")
    assert "does not open" in restoring(sealed)
    assert "is encrypted: set SWITCHBOARD_BACKUP_KEY" in restoring(sealed, here, "--replace")
    assert "is cut or damaged" in restoring(sealed[:-50], locked, "--replace")
    assert "add --replace" in restoring(good, here)
    assert "is there already" in here.refused("backup", str(tmp_path / "good.backup"))
    if not here.url.startswith("sqlite"):
        elsewhere = Installation(tmp_path / "elsewhere", f"sqlite:///{tmp_path}/elsewhere.sqlite")
        assert "is of a PostgreSQL database, and" in restoring(good, elsewhere)
        elsewhere.close()
    assert "No such file" in there.refused("restore", str(tmp_path / "nowhere.backup"))

    with holding_shared(here.folder):
        assert "Switchboard is running on" in restoring(good, here, "--replace")
    if here.url.startswith("sqlite"):
        elsewhere = Installation(tmp_path / "elsewhere", here.url)
        with holding_shared(tmp_path / "there", Path(here.url.removeprefix("sqlite:///"))):
            assert "Switchboard is running on" in restoring(good, elsewhere, "--replace")
        elsewhere.close()
    with hold_alone(here.folder):
        assert "a restore or an upgrade of" in here.refused("backup", str(tmp_path / "meanwhile.backup"))
    with monkeypatch.context() as patch:
        patch.setattr("campaign_app.backup.restore.program_revision", lambda: "0999")
        assert "restore it with that version, then upgrade" in restoring(good)
    with monkeypatch.context() as patch:
        patch.setattr("campaign_app.backup.archive.FORMAT", 2)
        assert "this version reads 2" in restoring(good)
    run_sql(here.url, "UPDATE settings SET value = 'another' WHERE key = 'installation'")
    assert "and this is another" in restoring(good, here, "--replace")
    (there.folder / "dialled-another.journal").write_text('{"at": "2026-11-20"}\n', encoding="ascii")
    assert "and this is another" in restoring(good)
    there.close()
    locked.close()


def test_what_is_replaced_is_kept(here: Installation, tmp_path: Path) -> None:
    here.must("backup", str(tmp_path / "good.backup"))
    before = here.rows()
    run_sql(here.url, "DELETE FROM contacts WHERE status = 'pending'")
    said = here.must("restore", str(tmp_path / "good.backup"), "--replace")
    [kept] = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("What was there")]
    assert Path(kept).exists()
    after = here.rows()
    for table in ("audit", "audit_seals"):
        assert after.pop(table) == before.pop(table) + 1
    assert after == before


def test_the_way_back_to_the_version_before_an_upgrade(here: Installation, tmp_path: Path) -> None:
    """The tables are a later version's, with what this one does not know."""
    here.must("backup", str(tmp_path / "before.backup"))
    before = here.rows()
    run_sql(here.url, "ALTER TABLE contacts ADD COLUMN mood TEXT")
    run_sql(here.url, "UPDATE contacts SET mood = 'good'")
    run_sql(
        here.url, "CREATE TABLE moods (id INTEGER PRIMARY KEY, contact_id BIGINT REFERENCES contacts (id))"
    )
    run_sql(here.url, "UPDATE alembic_version SET version_num = '9999'")
    assert "restore the backup that was made before the upgrade" in here.refused("upgrade")
    said = here.must("restore", str(tmp_path / "before.backup"), "--replace")
    [kept] = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("What was there")]
    assert Path(kept).exists()
    after = here.rows()
    for table in ("audit", "audit_seals"):
        assert after.pop(table) == before.pop(table) + 1
    assert after == before
    assert here.must("upgrade") == "", "the tables are this version's again"


def test_what_a_killed_backup_left_is_removed_and_a_disk_without_hard_links_will_do(
    here: Installation, tmp_path: Path, empty_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stale, part = here.folder / "backup-scratch-stale", tmp_path / ".cut.backup.part"
    stale.mkdir()
    (stale / "dump.sqlite").touch()
    (stale / "part").write_bytes(bytes(part))
    part.touch()

    link = os.link

    def refuse_links(source: Path, target: Path) -> None:
        if source.suffix in (".part", ".sqlite"):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        link(source, target)

    monkeypatch.setattr(os, "link", refuse_links)
    with BackupPlace(db, here.folder, here.folder, None, 0).make_scratch() as of_another:
        here.must("backup", str(tmp_path / "good.backup"))
        assert of_another.is_dir(), "its process lives"
    assert not stale.exists()
    assert not part.exists()
    assert "What was there before" in here.must("restore", str(tmp_path / "good.backup"), "--replace")
    there = Installation(tmp_path / "there", empty_url())
    there.must("restore", str(tmp_path / "good.backup"))
    assert not [*tmp_path.rglob(".*.part"), *tmp_path.rglob(".*.restored")]
    there.close()


def test_a_full_disk_ends_a_backup_and_a_restore_with_one_line_and_nothing_touched(
    here: Installation, tmp_path: Path, empty_url: Callable[[], str]
) -> None:
    here.must("backup", str(tmp_path / "good.backup"))
    with small_disk(tmp_path / "disk", 8) as disk:
        url = f"sqlite:///{disk}/there.sqlite" if here.url.startswith("sqlite") else empty_url()
        there = Installation(disk, url)
        there.must("restore", str(tmp_path / "good.backup"))
        # A backup on SQLite has a copy of the file first; of PostgreSQL it takes some 30 kB. A restore takes 1.28 MB.
        ballast = fill_disk(disk, room=600_000 if here.url.startswith("sqlite") else 8_192)
        files = sorted(disk.rglob("*"))
        assert "make room" in there.refused("backup", str(disk / "full.backup"))
        assert "make room" in there.refused("restore", str(tmp_path / "good.backup"), "--replace")
        assert sorted(disk.rglob("*")) == files
        ballast.unlink()
        there.must("restore", str(tmp_path / "good.backup"), "--replace")
        there.close()


@pytest.mark.postgres
def test_what_others_keep_in_the_database_stays_theirs(tmp_path: Path, postgres: PostgresServer) -> None:
    here = Installation(tmp_path / "here", postgres.new_database())
    here.must("db", "upgrade")
    here.must("demo", "load")
    run_sql(here.url, "CREATE TABLE notes AS SELECT 'theirs' AS text")
    run_sql(here.url, "CREATE VIEW people AS SELECT phone FROM contacts")
    here.must("backup", str(tmp_path / "good.backup"))
    refused = here.refused("restore", str(tmp_path / "good.backup"), "--replace")
    assert "view people depends on table contacts): drop it first" in refused
    run_sql(here.url, "DROP VIEW people")
    here.must("restore", str(tmp_path / "good.backup"), "--replace")
    assert here.rows()["notes"] == 1
    # As an upgrade's backup has it, which cannot tell whose table it is.
    run_sql(here.url, "UPDATE alembic_version SET version_num = '9999'")
    there = Installation(tmp_path / "there", postgres.new_database())
    with there.app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("campaign_app.backup.database.program_revision", lambda: "9998")
        place = BackupPlace(make_engine(here.url), here.folder, tmp_path, None, 0)
        made = make_backup(place, context_of(here.app).clock.now)
        place.db.dispose()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("campaign_app.backup.restore.program_revision", lambda: "9999")
        patch.setattr("campaign_app.backup.database.program_revision", lambda: "9999")
        there.must("restore", str(made.path))
    assert "notes" not in there.rows()
    there.close()
    here.close()


def test_a_planned_move_asks_nothing_and_the_old_place_dials_no_more(
    here: Installation, tmp_path: Path, empty_url: Callable[[], str]
) -> None:
    said = here.must("backup", "--move", str(tmp_path / "move.backup"))
    assert "Nothing is dialed from here any more" in said
    shown = here.run("recover", "show")
    here.close()
    assert shown.exit_code == 1
    assert "A backup for a move was made" in shown.output
    there = Installation(tmp_path / "there", empty_url())
    assert "its end mark is good" in there.must("restore", str(tmp_path / "move.backup"))
    assert "There is no quarantine" in there.must("recover", "show")
    there.close()

    late = Installation(tmp_path / "late", empty_url())
    if late.url.startswith("sqlite"):
        Path(late.url.removeprefix("sqlite:///")).unlink()
    late.close()
    clock = FakeClock()
    clock.move(86_400 * 3650)
    late.app = create_app(replace(late.settings), clock=clock)
    late.run = Commands(late.app)
    assert "At the start it is looked up" in late.must("restore", str(tmp_path / "move.backup"))
    shown = late.run("recover", "show")
    assert shown.exit_code == 1
    assert "The database may be an old copy: there is no journal" in shown.output
    late.close()
    shutil.rmtree(tmp_path / "there")
