"""Folder service: whether the database may be an old copy, as far as the instance folder and its journal tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from campaign_app.folder_mark import FolderMark, mark_folder
from campaign_app.models import dump_json
from campaign_app.queries import folders as folder_queries
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.folders import JOINING
from campaign_app.queries.settings_rows import read_settings_row, write_settings_row

JOIN_WITHIN = timedelta(seconds=15)
"""For so long a folder that nobody knows waits for an engine that knows the database; so old may that engine's last
tick be."""
MISSING, OLDER, COPIED, FOREIGN, SAID = "missing", "older", "copied", "foreign", "said"


@dataclass(frozen=True, slots=True)
class FolderEvidence:
    """What a folder says of itself. `newest` is the last token of its journal, "" where that is empty; `had_journal`:
    it was there before this process opened it; `foreign`: only other installations have one there. `dials`: calls are
    made from it."""

    mark: FolderMark
    newest: str
    had_journal: bool
    foreign: bool
    dials: bool


def judge_folder(
    connection: Connection, evidence: FolderEvidence, *, host: str, own_name: str, now: datetime
) -> bool:
    """Whether the folder knows this database. Where it does not, dialing waits: for an engine that knows the database,
    or with a quarantine for a person. A new folder that nobody dials from raises no such question, it may be there
    before any engine: the first engine knows the database, and this folder with it, or asks."""
    folders = folder_queries.list_folders(connection)
    entry = folders.get(evidence.mark.id)
    if entry is not None and JOINING not in entry:
        doubt = _doubt_of_known(evidence, entry)
        if doubt is None:
            if evidence.newest > entry["newest"]:
                _write_known(connection, evidence, host)
            return True
    elif not folder_queries.is_database_used(connection) or (evidence.newest and evidence.had_journal):
        # Nobody to be called; or a journal from before folders were marked, which is compared like any other.
        _write_known(connection, evidence, host)
        return True
    elif not folders and (not evidence.dials or not folder_queries.has_dialed(connection)):
        # The first start with marked folders: of a place that never dialed, or never dialed from here.
        _write_known(connection, evidence, host)
        return True
    else:
        doubt = FOREIGN if evidence.foreign else MISSING
        joining_since = _join(connection, evidence, entry, host, now)
        since = now - JOIN_WITHIN
        if not evidence.dials:
            return False
        if joining_since > since and folder_queries.has_other_engine(connection, own_name, since):
            return False
    if recovery_queries.begin_quarantine(connection, host, now):
        # Somebody may have released the one before since the folders were read, and admitted this one with it.
        entry = folder_queries.list_folders(connection).get(evidence.mark.id)
        if entry is not None and JOINING not in entry and _doubt_of_known(evidence, entry) is None:
            recovery_queries.end_quarantine(connection)
            return True
    _hold_dialing(connection, evidence, doubt, host, now)
    return False


def _doubt_of_known(evidence: FolderEvidence, entry: dict[str, str]) -> str | None:
    if entry["identity"] != evidence.mark.identity:
        return COPIED
    if not evidence.had_journal and entry["newest"]:
        return MISSING
    return OLDER if evidence.newest < entry["newest"] else None


def _write_known(connection: Connection, evidence: FolderEvidence, host: str) -> None:
    entry = {"host": host, "identity": evidence.mark.identity, "newest": evidence.newest}
    folder_queries.write_folder(connection, evidence.mark.id, entry)


def _join(
    connection: Connection,
    evidence: FolderEvidence,
    entry: dict[str, str] | None,
    host: str,
    now: datetime,
) -> datetime:
    """Since when the folder waits to be known."""
    if entry is not None and JOINING in entry and entry["identity"] == evidence.mark.identity:
        return datetime.fromisoformat(entry[JOINING])
    life = folder_queries.read_last_life(connection)
    folder_queries.write_folder(
        connection,
        evidence.mark.id,
        {
            "host": host,
            "identity": evidence.mark.identity,
            "newest": "",
            JOINING: now.isoformat(),
            "alive_at": None if life.at is None else life.at.isoformat(),
            "alive_on": life.host,
        },
    )
    return now


def _hold_dialing(
    connection: Connection, evidence: FolderEvidence, doubt: str, host: str, now: datetime
) -> None:
    folder = {"host": host, "identity": evidence.mark.identity}
    hold_dialing(connection, doubt, host, now, {evidence.mark.id: folder})


def hold_dialing(
    connection: Connection, doubt: str, host: str, now: datetime, new_folders: dict[str, dict[str, str]]
) -> None:
    """Put dialing into quarantine, with the question whether the database is an old copy. `new_folders` may dial once
    it is released."""
    life = folder_queries.read_last_life(connection)
    recovery_queries.begin_quarantine(connection, host, now)
    quarantine = recovery_queries.read_quarantine(connection)
    assert quarantine is not None, "it has just begun"
    restored = quarantine.setdefault(
        "restored",
        {
            "why": doubt,
            "alive_at": None if life.at is None else life.at.isoformat(),
            "alive_on": life.host,
            "noticed_at": now.isoformat(),
            "folders": {},
            "answers": {},
        },
    )
    if not new_folders.keys() <= restored["folders"].keys() or restored["noticed_at"] == now.isoformat():
        restored["folders"].update(new_folders)
        write_settings_row(connection, recovery_queries.QUARANTINE, dump_json(quarantine))


def admit_folders(connection: Connection, folders: dict[str, dict[str, str]]) -> None:
    """A person has said that these may dial from here on."""
    for folder_id, folder in folders.items():
        folder_queries.write_folder(
            connection, folder_id, {"host": folder["host"], "identity": folder["identity"], "newest": ""}
        )


def admit_this_folder(session: Session, folder: Path, *, host: str) -> None:
    """After a planned move: the folder knows the database that was put into it. Raises OSError."""
    connection = session.connection()
    installation = read_settings_row(connection, recovery_queries.INSTALLATION)
    if installation is None:
        return
    mark = mark_folder(folder, installation)
    admit_folders(connection, {mark.id: {"host": host, "identity": mark.identity}})
