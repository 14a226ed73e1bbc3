"""A campaign to import into, uploads on a disk of the test's own, and what became of them."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from campaign_app.engine.imports.worker import run_next
from campaign_app.extensions import make_engine
from campaign_app.models import Campaign, CampaignCounters, Contact, DoNotCall, Import, RejectedRow, Trunk
from campaign_app.services import imports
from campaign_app.transaction import transaction
from tests.support.clock import START, FakeClock

PHONES = [f"+1617555{number:04d}" for number in range(100, 200)]
"""US numbers that phonenumbers calls valid."""
BY = "user:test@example.com"


class Uploads:
    """One campaign, and files uploaded into it."""

    def __init__(self, database_url: str, folder: Path, clock: FakeClock | None = None) -> None:
        self.engine: Engine = make_engine(database_url)
        self.folder = folder
        self.clock = clock or FakeClock()
        self.campaign_id = self.new_campaign()

    def new_campaign(self, status: str = "draft", region: str | None = None) -> int:
        with Session(self.engine) as session, transaction(session):
            trunk = session.scalar(select(Trunk)) or Trunk(
                name="simulator",
                provider="simulator",
                settings={},
                max_concurrent_calls=100,
                created_at=START,
            )
            campaign = Campaign(
                name="Autumn",
                status=status,
                stored_message={"text": "Hello"},
                timezone="UTC",
                calling_windows=[],
                max_concurrent_calls=10,
                retry={},
                trunk=trunk,
                default_region=region,
                priority=0,
                created_at=START,
                created_by=BY,
                status_at=START,
                status_by=BY,
                failures=0,
            )
            session.add(campaign)
            session.flush()
            session.add(CampaignCounters(campaign_id=campaign.id))
            return campaign.id

    def accept(self, content: bytes, name: str = "numbers.csv", **given: Any) -> int:
        """Store and queue a file, as the API does. What is wrong with it leaves no file behind."""
        most = given.pop("max_bytes", 100 << 20)
        stored = imports.store(self.folder, io.BytesIO(content), max_bytes=most, filename=name)
        given = {"campaign_id": self.campaign_id, **given}
        try:
            with Session(self.engine) as session, transaction(session):
                item = imports.enqueue(
                    session, stored, filename=name, actor=BY, now=self.clock.now(), **given
                )
                return item.id
        except BaseException:
            imports.remove_upload(self.folder, stored.name)
            raise

    def run(self, stop: Event | None = None, processes: int = 2) -> bool:
        return run_next(
            self.engine, self.folder, clock=self.clock, owner="engine-1", stop=stop, processes=processes
        )

    def upload(self, content: bytes | str, **given: Any) -> Import:
        """Accept, work off, and check what must hold of every import that has ended."""
        import_id = self.accept(content.encode() if isinstance(content, str) else content, **given)
        assert self.run()
        item = self.get(import_id)
        assert item.status in ("completed", "failed")
        self.check(item)
        return item

    def get(self, import_id: int) -> Import:
        with Session(self.engine) as session:
            return imports.get(session, import_id)

    def check(self, item: Import) -> None:
        """The counts are a partition, and agree with the rows and with the campaign's counter."""
        parts = (
            item.accepted,
            item.rejected,
            item.repeated_in_file,
            item.already_in_campaign,
            item.do_not_call,
        )
        assert item.total == sum(parts) == item.rows_done
        kinds = dict.fromkeys(("invalid", "repeated", "already", "do-not-call"), 0)
        with Session(self.engine) as session:
            for kind, number in session.execute(
                select(RejectedRow.kind, func.count())
                .where(RejectedRow.import_id == item.id)
                .group_by(RejectedRow.kind)
            ):
                kinds[kind] = number
            added = session.scalar(select(func.count()).where(Contact.import_id == item.id))
        assert (added, *kinds.values()) == parts
        assert item.campaign_id is not None
        self.check_counter(item.campaign_id)

    def check_counter(self, campaign_id: int) -> None:
        with Session(self.engine) as session:
            pending = session.scalar(
                select(func.count()).where(Contact.campaign_id == campaign_id, Contact.status == "pending")
            )
            assert session.get_one(CampaignCounters, campaign_id).contacts_pending == pending

    def contacts(self, campaign_id: int | None = None) -> list[Contact]:
        with Session(self.engine) as session:
            return list(
                session.scalars(
                    select(Contact)
                    .where(Contact.campaign_id == (campaign_id or self.campaign_id))
                    .order_by(Contact.id)
                )
            )

    def refused(self, import_id: int) -> list[RejectedRow]:
        with Session(self.engine) as session:
            return list(
                session.scalars(
                    select(RejectedRow).where(RejectedRow.import_id == import_id).order_by(RejectedRow.id)
                )
            )

    def forbid(self, phone: str, campaign_id: int | None = None) -> None:
        with Session(self.engine) as session, transaction(session):
            session.add(
                DoNotCall(
                    phone=phone, campaign_id=campaign_id, source="operator", added_by=BY, created_at=START
                )
            )

    def set_status(self, status: str) -> None:
        with Session(self.engine) as session, transaction(session):
            session.get_one(Campaign, self.campaign_id).status = status

    def speak(self, text: str) -> None:
        with Session(self.engine) as session, transaction(session):
            session.get_one(Campaign, self.campaign_id).stored_message = {"text": text}

    def now(self) -> datetime:
        return self.clock.now()

    def close(self) -> None:
        self.engine.dispose()
