"""Lists of numbers in a test's database, loaded by the importer as an upload is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from campaign_app.clock import Clock
from campaign_app.engine.imports.worker import run_next
from campaign_app.engine.list_upkeep import run_list_step
from campaign_app.models import Import, ListVersion, NumberList, Role
from campaign_app.services import imports, lists
from campaign_app.services.dialing_rules import DialingRules
from campaign_app.transaction import transaction

BY = "user:ada@example.com"


class Lists:
    """What operators do with lists."""

    def __init__(self, db: Engine, clock: Clock, folder: Path) -> None:
        self.db, self.clock, self.folder = db, clock, folder

    def add(self, name: str = "Litigators", **fields: Any) -> int:
        data = {"name": name, "kind": "litigators", **fields}
        with Session(self.db) as session, transaction(session):
            return lists.create_list(session, data, actor=BY, now=self.clock.now()).id

    def accept(
        self,
        list_id: int,
        content: str | Sequence[str],
        *,
        as_of: str | None = None,
        dry_run: bool = False,
        **given: Any,
    ) -> int:
        """Upload a file; its import."""
        text = content if isinstance(content, str) else "\n".join(content) + "\n"
        stored = imports.store(self.folder, io.BytesIO(text.encode()), max_bytes=1 << 30, filename="l.csv")
        try:
            with Session(self.db) as session, transaction(session):
                upload = lists.plan_upload(
                    session,
                    self.folder,
                    stored,
                    list_id,
                    as_of=as_of or self.clock.now().date().isoformat(),
                    now=self.clock.now(),
                    **given,
                )
                return imports.enqueue(
                    session,
                    stored,
                    campaign_id=None,
                    mode="do_not_call",
                    filename="l.csv",
                    default_region=upload.region,
                    dry_run=dry_run,
                    listing=upload.listing,
                    list_id=list_id,
                    plan=upload.plan,
                    actor=BY,
                    now=self.clock.now(),
                ).id
        except BaseException:
            imports.remove_upload(self.folder, stored.name)
            raise

    def work(self) -> bool:
        return run_next(self.db, self.folder, clock=self.clock, owner="engine-1", processes=1)

    def load(self, list_id: int, content: str | Sequence[str], **given: Any) -> Import:
        """Upload a file and work it off; it has to end well."""
        import_id = self.accept(list_id, content, **given)
        assert self.work()
        item = self.get_import(import_id)
        assert item.status == ("checked" if given.get("dry_run") else "completed"), item.error
        return item

    def commit(self, import_id: int) -> Import:
        with Session(self.db) as session, transaction(session):
            imports.commit_import(session, import_id, actor=BY, now=self.clock.now())
        assert self.work()
        return self.get_import(import_id)

    def new(self, name: str, numbers: Sequence[str], *, as_of: str | None = None, **fields: Any) -> int:
        list_id = self.add(name, **fields)
        self.load(list_id, numbers, as_of=as_of)
        return list_id

    def change(self, list_id: int, role: Role = Role.ADMIN, **fields: Any) -> None:
        with Session(self.db) as session, transaction(session):
            lists.change_list(session, list_id, fields, actor=BY, role=role, now=self.clock.now())

    def delete(self, list_id: int) -> int:
        with Session(self.db) as session, transaction(session):
            return lists.delete_list(session, list_id, actor=BY, now=self.clock.now())

    def upkeep(self) -> None:
        rules = DialingRules()
        while run_list_step(self.db, self.clock, rules):
            pass

    def get_import(self, import_id: int) -> Import:
        with Session(self.db) as session:
            return session.get_one(Import, import_id)

    def item(self, list_id: int) -> NumberList | None:
        with Session(self.db) as session:
            return session.get(NumberList, list_id)

    def view(self, list_id: int) -> lists.ListView:
        with Session(self.db) as session:
            return lists.get_view(session, list_id, self.clock.now())

    def versions(self, list_id: int) -> list[ListVersion]:
        """Newest first."""
        with Session(self.db) as session:
            return lists.list_versions(session, list_id)

    def in_force_at(self, list_id: int) -> datetime:
        [version] = [each for each in self.versions(list_id) if each.state == "current"]
        assert version.in_force_at is not None
        return version.in_force_at
