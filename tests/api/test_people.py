"""Forgetting a person over the API: what is told before, what is refused, and that nothing is left afterwards."""

from __future__ import annotations

import io
import json
import logging
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from campaign_app.domain.attempt import new_token
from campaign_app.engine.call_journal import CallJournal
from campaign_app.extensions import db
from campaign_app.models import (
    Attempt,
    CallEvent,
    Campaign,
    CampaignCounters,
    Contact,
    DoNotCall,
    Erasure,
    Recording,
    RejectedRow,
    Trunk,
)
from campaign_app.providers.simulator.ledger import CallLedger, LedgerEntry
from campaign_app.queries.recovery import DialedCall
from campaign_app.services import confirmed_numbers
from campaign_app.services.erasure_files import ErasedFiles
from campaign_app.transaction import transaction
from tests.api.asking import Api

HER = "+13125550123"
FRIEND = "+13125550177"
SPELLINGS = ("3125550123", "(312) 555-0123", "312-555-0123", "312.555.0123", "312 555 0123")
WHY = {"reason": "a letter of 3 May"}


def files(api: Api) -> ErasedFiles:
    settings = api.app.extensions["switchboard"].settings
    return ErasedFiles(settings.instance_path, settings.ledger_path)


def add_call(api: Api, contact_id: int | None, campaign_id: int | None, *, ended: bool = True) -> int:
    """A call to her that was made, with what the provider said of it, the journal's entry and the ledger's."""
    at, token = api.clock.now(), new_token(api.clock.now())
    with api.app.app_context(), transaction(db.session()) as session:
        attempt = Attempt(
            campaign_id=campaign_id,
            contact_id=contact_id,
            trunk_id=session.scalars(sa.select(Trunk.id)).first(),
            number=1,
            try_number=1,
            token=token,
            phone=HER,
            status="completed" if ended else "dialing",
            rank=9 if ended else 1,
            claimed_at=at,
            dialing_at=at,
            placed_at=at,
            ended_at=at if ended else None,
            cause="carrier: 312-555-0123 answered",
            stored_message=None if campaign_id else {"text": f"Call {HER}"},
        )
        session.add(attempt)
        session.add(
            CallEvent(
                token=token, at=at, received_at=at, source="event", status="ringing", raw=f'{{"To":"{HER}"}}'
            )
        )
        if ended and campaign_id:
            counted = sa.update(CampaignCounters).where(CampaignCounters.campaign_id == campaign_id)
            session.execute(counted.values(attempts_completed=1))
        session.flush()
        attempt_id, trunk_id = attempt.id, attempt.trunk_id
    where = files(api)
    where.instance.mkdir(parents=True, exist_ok=True)
    journal = CallJournal(where.instance, "abc")
    journal.append_calls([DialedCall(token, HER, trunk_id, campaign_id, contact_id, 1, at)], at)
    journal.append_calls([DialedCall("f" * 32, FRIEND, trunk_id, campaign_id, contact_id, 1, at)], at)
    journal.close()
    ledger = CallLedger(where.ledger, lambda _: None)
    with ledger:
        ledger.append_entries([LedgerEntry(at.timestamp(), "placed", token, HER, seed=1, time_scale=1.0)])
    ledger.close()
    return attempt_id


@pytest.fixture
def admin(each_api: Api) -> Api:
    return each_api.as_("admin")


def scatter_words(api: Api) -> None:
    """Her number in what people type: a campaign that is over and connected callers with her, a recording's name, a
    single call's answer that is kept for a repeat, a reason of a trunk."""
    message = {"text": "Press 1", "keys": [{"digit": "1", "action": "transfer", "to": HER}]}
    over = api.campaign(name="Ask (312) 555-0123", message=message)
    with api.app.app_context(), transaction(db.session()) as session:
        session.execute(sa.update(Campaign).where(Campaign.id == over["id"]).values(status="stopped"))
        session.add(
            Recording(
                name="Greeting of 312.555.0123",
                sha256="ab" * 32,
                seconds=1.0,
                bytes=1,
                created_by="cli",
                created_at=api.clock.now(),
            )
        )
        session.execute(sa.update(Trunk).values(paused_reason=f"{HER} complained"))
    call = {"to": HER, "message": {"text": "Hello"}}
    with api.app.app_context(), transaction(db.session()) as session:
        session.execute(sa.delete(DoNotCall))
        session.execute(sa.update(Trunk).values(paused_at=None))
    api.post("/calls", call, status=201, headers={"Idempotency-Key": HER})
    with api.app.app_context(), transaction(db.session()) as session:
        ended = {"status": "released", "rank": 9, "ended_at": api.clock.now()}
        session.execute(sa.update(Attempt).where(Attempt.ended_at.is_(None)).values(ended))
    api.post("/do-not-call", {"phone": HER, "campaign_id": over["id"]}, status=201)


def scatter(api: Api) -> dict[str, Any]:
    """Her number wherever a number can get to by the product's own ways."""
    first = api.campaign(name="Autumn", default_region="US")
    second = api.campaign(name="Winter", default_region="US")
    for campaign in (first, second):
        api.post(
            f"/campaigns/{campaign['id']}/contacts",
            {
                "contacts": [
                    {"phone": HER, "variables": {"name": "Ada Hollerith", "mobile": "(312) 555-0123"}},
                    {"phone": FRIEND, "second_numbers": [HER], "variables": {"sister": "312.555.0123"}},
                ]
            },
            headers={"Idempotency-Key": f"add-{campaign['id']}"},
        )
    csv = "name,phone\nAda Hollerith,312-555-0123\nBob,+13125550199\nNobody,12\n"
    for dry in (False, True):
        api.ask(
            "POST",
            f"/campaigns/{second['id']}/imports",
            data={
                "file": (io.BytesIO(csv.encode()), "list 3125550123.csv"),
                **({"dry_run": "true"} if dry else {}),
            },
        )
    api.post("/do-not-call", {"phone": HER, "reason": f"asked from {HER}"}, status=201)
    entry = api.get("/do-not-call")["items"][0]
    api.ask(
        "DELETE",
        f"/do-not-call/{entry['id']}",
        json={"reason": "312 555 0123 asked for calls again"},
        status=200,
    )
    api.post("/do-not-call", {"phone": HER, "campaign_id": first["id"]}, status=201)
    with api.app.app_context(), transaction(db.session()) as session:
        confirmed_numbers.confirm_number(session, HER, actor="cli", now=api.clock.now())
        her = session.scalars(sa.select(Contact).where(Contact.phone == HER).order_by(Contact.id)).first()
        assert her is not None
        ids = {"contact": her.id, "campaign": her.campaign_id}
    with api.app.app_context():
        from campaign_app.engine.imports.worker import run_next

        uploads = files(api).uploads
        while run_next(db.engine, uploads, clock=api.clock, owner="test"):
            pass
    scatter_words(api)
    ids["call"] = add_call(api, ids["contact"], ids["campaign"])
    ids["single"] = add_call(api, None, None)
    return ids


def database_bytes(api: Api) -> bytes:
    """Everything that the database keeps: SQLite's files byte by byte, of PostgreSQL a dump."""
    with api.app.app_context():
        url = db.engine.url
        if url.get_backend_name() != "sqlite":
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            return subprocess.run(["pg_dump", plain], check=True, stdout=subprocess.PIPE).stdout
    path = Path(str(url.database))
    return b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*"))


def find_spellings(data: bytes) -> list[str]:
    return [spelling for spelling in (HER, *SPELLINGS) if spelling.encode() in data]


def test_nothing_is_left_of_her(admin: Api, caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    caplog.set_level(logging.DEBUG)
    scatter(admin)
    assert find_spellings(database_bytes(admin)), "the proof finds what is there"
    told = admin.post("/people/forget", {"phone": HER, **WHY, "reason": f"a letter from {HER}"})
    assert told["state"] == "done", told
    assert told["erased"]["contacts"] == 2
    assert told["erased"]["calls"] == 3
    assert find_spellings(database_bytes(admin)) == []
    for path in files(admin).instance.rglob("*"):
        if path.is_file():
            assert find_spellings(path.read_bytes()) == [], path
    assert find_spellings(files(admin).ledger.read_bytes()) == []
    printed = capsys.readouterr()
    assert find_spellings((caplog.text + printed.out + printed.err).encode()) == []
    assert b"Hollerith" not in database_bytes(admin)


def test_her_records_stay_without_her(admin: Api) -> None:
    scatter(admin)
    told = admin.post("/people/forget", {"phone": "(312) 555-0123", "region": "US", **WHY})
    kept = {record["what"]: record["until"] for record in told["kept"]}
    assert kept["3 call records: times, outcome, rules; a keyed hash in place of the number"] == "2031-11-21"
    assert kept["a keyed hash of the number"] is None
    with admin.app.app_context():
        contacts = db.session.scalars(sa.select(Contact).order_by(Contact.id)).all()
        calls = db.session.scalars(sa.select(Attempt)).all()
        events = db.session.scalars(sa.select(CallEvent)).all()
    marks = {call.phone for call in calls}
    assert len(calls) == 3
    assert len(marks) == 1
    assert marks.pop().startswith("~")
    assert [event.raw for event in events] == [None, None]
    [hers] = [c for c in contacts if c.campaign_id == 1 and c.phone.startswith("~")]
    assert (hers.variables, hers.status, hers.suppressed_by) == ({}, "suppressed", "forgotten")
    assert [c.second_numbers for c in contacts if c.phone == FRIEND] == [["[forgotten]"]] * 2
    stats = admin.get("/campaigns/1/stats")
    assert stats["contacts"]["total"] == 2
    result = admin.app.test_cli_runner().invoke(args=["check"])
    assert result.exit_code == 0, result.output


def test_afterwards_nobody_can_add_or_call_the_number(admin: Api) -> None:
    admin.campaign(default_region="US")
    admin.post("/people/forget", {"phone": HER, **WHY})
    told = admin.post(
        "/campaigns/1/contacts", {"contacts": [HER, {"phone": FRIEND, "second_numbers": [HER]}]}
    )
    assert told["accepted"] == 1
    assert [(row["index"], row["code"], row["phone"]) for row in told["rejected"]] == [(0, "forgotten", "")]
    call = {"to": HER, "message": {"text": "Hello"}}
    assert "asked to be forgotten" in admin.post("/calls", call, status=409)["detail"]
    assert "asked to be forgotten" in admin.post("/do-not-call", {"phone": HER}, status=409)["detail"]
    why = admin.get(f"/why?phone=%2B{HER[1:]}")
    assert why["single_call"]["reasons"][0]["code"] == "forgotten"
    assert find_spellings(database_bytes(admin)) == []


def test_a_file_that_has_the_number_keeps_nothing_of_its_row(admin: Api) -> None:
    from campaign_app.engine.imports.worker import run_next

    admin.campaign(default_region="US")
    admin.post("/people/forget", {"phone": HER, **WHY})
    csv = f"name,phone,do not call\nAda Hollerith,{HER},\nBob,+13125550199,\nEve,{HER},yes\n"
    admin.ask("POST", "/campaigns/1/imports", data={"file": (io.BytesIO(csv.encode()), "a.csv")}, status=202)
    with admin.app.app_context():
        while run_next(db.engine, files(admin).uploads, clock=admin.clock, owner="test"):
            pass
    item = admin.get("/imports/1")
    if item["status"] != "completed":
        item = admin.post("/imports/1/commit", status=202)
        with admin.app.app_context():
            run_next(db.engine, files(admin).uploads, clock=admin.clock, owner="test")
        item = admin.get("/imports/1")
    assert (item["status"], item["accepted"], item["rejected"]) == ("completed", 1, 2), item
    with admin.app.app_context():
        rows = db.session.scalars(sa.select(RejectedRow)).all()
        assert {row.code for row in rows} == {"forgotten"}
        assert all(cell == "" for row in rows for cell in row.cells)
        assert not db.session.execute(sa.text("SELECT count(*) FROM do_not_call")).scalar_one()


def test_a_file_that_waits_is_searched_in_the_encoding_it_is_read_in(admin: Api) -> None:
    from campaign_app.engine.imports.worker import run_next

    admin.campaign(default_region="US")
    wide = "３１２５５５０１２３"
    data = f"電話番号,備考\n{wide},東京へ引っ越しました\n3125550199,大阪\n".encode("cp932")
    sent = {"file": (io.BytesIO(data), "a.csv"), "dry_run": "true"}
    admin.ask("POST", "/campaigns/1/imports", data=sent, status=202)
    with admin.app.app_context():
        while run_next(db.engine, files(admin).uploads, clock=admin.clock, owner="test"):
            pass
    assert admin.get("/imports/1")["encoding"] == "cp932"
    assert admin.post("/people/forget", {"phone": HER, **WHY})["erased"]["uploaded_rows"] == 1
    [upload] = files(admin).uploads.glob("*.csv")
    crossed_out = data.decode("cp932").replace(f"{wide},東京へ引っ越しました", f"{'x' * 20},{'x' * 20}")
    assert upload.read_bytes() == crossed_out.encode("cp932")


def test_a_call_that_is_open_comes_first(admin: Api) -> None:
    call = add_call(admin, None, None, ended=False)
    told = admin.post("/people/forget", {"phone": HER, **WHY}, status=409)
    assert f"call {call}" in told["detail"]
    assert (
        admin.post("/calls", {"to": HER, "message": {"text": "Hello"}}, status=409)["detail"] != "forgotten"
    )


def test_what_was_killed_goes_on(admin: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from campaign_app.engine.erasure import ErasureJob
    from campaign_app.http import current

    scatter(admin)
    monkeypatch.setattr(current, "erase_person", lambda *_: iter(()))
    told = admin.post("/people/forget", {"phone": HER, **WHY}, status=202)
    assert told["state"] == "erasing"
    assert admin.post("/people/forget", {"phone": HER, **WHY}, status=202)["id"] == told["id"]
    assert admin.post("/calls", {"to": HER, "message": {"text": "Hello"}}, status=409)
    with admin.app.app_context():
        for steps in (3, 7, 12, 1000):
            job = ErasureJob(db.engine, admin.clock, files(admin))
            for _ in range(steps):
                if not job.run_step():
                    break
    assert admin.get(f"/people/erasures/{told['id']}")["state"] == "done"
    assert find_spellings(database_bytes(admin)) == []
    assert b"Hollerith" not in database_bytes(admin)


def test_it_waits_for_a_call_that_was_permitted_in_that_moment(
    admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaign_app.engine.erasure import ErasureJob
    from campaign_app.http import current

    monkeypatch.setattr(current, "erase_person", lambda *_: iter(()))
    told = admin.post("/people/forget", {"phone": HER, **WHY}, status=202)
    call = add_call(admin, None, None, ended=False)

    def run_all() -> dict[str, Any]:
        with admin.app.app_context():
            job = ErasureJob(db.engine, admin.clock, files(admin))
            while job.run_step():
                pass
            db.session.expire_all()
        answer: dict[str, Any] = admin.get(f"/people/erasures/{told['id']}")
        return answer

    assert f"call {call}" in run_all()["waits_for"]
    with admin.app.app_context(), transaction(db.session()) as session:
        session.execute(sa.update(Attempt).values(status="no-answer", rank=9, ended_at=admin.clock.now()))
    assert run_all()["state"] == "done"
    assert find_spellings(database_bytes(admin)) == []


def test_a_second_request_tells_what_the_first_one_left(admin: Api) -> None:
    scatter(admin)
    first = admin.post("/people/forget", {"phone": HER, **WHY})
    calls = next(record for record in first["kept"] if "call record" in record["what"])
    second = admin.post("/people/forget", {"phone": HER, **WHY, "dry_run": True})
    day = admin.clock.now().date().isoformat()
    assert {**calls, "what": f"since the request of {day}: {calls['what']}"} in second["kept"]
    again = admin.post("/people/forget", {"phone": HER, **WHY})
    assert again["kept"] == second["kept"]
    third = admin.post("/people/forget", {"phone": HER, **WHY, "dry_run": True})
    assert sum("call record" in record["what"] for record in third["kept"]) == 1, "told once"


def test_without_the_hash_the_number_may_be_called_again(admin: Api) -> None:
    admin.campaign()
    told = admin.post("/people/forget", {"phone": HER, **WHY, "keep_on_do_not_call": False})
    assert all("hash of the number" not in record["what"] for record in told["kept"])
    assert admin.post("/campaigns/1/contacts", {"contacts": [HER]})["accepted"] == 1
    admin.post("/people/forget", {"phone": HER, **WHY, "keep_on_do_not_call": False})
    assert admin.post("/campaigns/1/contacts", {"contacts": [HER]})["accepted"] == 1


def test_a_dry_run_and_the_export_change_nothing(admin: Api) -> None:
    scatter(admin)
    told = admin.post("/people/forget", {"phone": HER, **WHY, "dry_run": True})
    assert (told["state"], told["held"]["contacts"], told["held"]["calls"]) == ("dry-run", 2, 3)
    export = admin.get("/people/export?phone=%2B13125550123")
    assert export["phone"] == HER
    assert [c["variables"]["name"] for c in export["contacts"]] == ["Ada Hollerith"] * 2
    assert [c["status"] for c in export["calls"]] == ["released", "completed", "completed"]
    assert len(export["do_not_call"]) == 1
    assert len(export["do_not_call_removals"]) == 1
    masked = admin.as_("operator").get("/people/export?phone=%2B13125550123")
    assert "5550123" not in json.dumps(masked)
    admin.as_("viewer").ask("GET", "/people/export?phone=%2B13125550123", status=403)
    admin.as_("operator").ask("POST", "/people/forget", json={"phone": HER, **WHY}, status=403)


def test_bad_requests_name_their_field(admin: Api) -> None:
    for body, field in (
        ({"phone": "12", **WHY}, "phone"),
        ({"phone": HER}, "reason"),
        ({"phone": HER, "reason": "  "}, "reason"),
        ({"phone": HER, **WHY, "also": 1}, "also"),
    ):
        told = admin.post("/people/forget", body, status=422)
        assert [error["field"] for error in told["errors"]] == [field], told
    with admin.app.app_context():
        assert db.session.scalars(sa.select(Erasure)).all() == []


def test_a_number_that_the_installation_works_with_stays(admin: Api) -> None:
    message = {"text": "Press 1", "keys": [{"digit": "1", "action": "transfer", "to": HER}]}
    admin.campaign(message=message)
    told = admin.post("/people/forget", {"phone": HER, **WHY}, status=409)
    assert "campaign 1" in told["detail"]


def test_without_the_key_nobody_is_called(admin: Api) -> None:
    from campaign_app.queries.forgotten import give_forget_key

    admin.post("/people/forget", {"phone": HER, **WHY})
    with admin.app.app_context():
        give_forget_key(db.engine, "another key of another machine")
    told = admin.post("/calls", {"to": FRIEND, "message": {"text": "Hello"}}, status=409)
    assert "SWITCHBOARD_FORGET_KEY" in told["detail"]


def test_retention_is_set_and_tried(admin: Api) -> None:
    told = admin.get("/retention")
    assert {kind["kind"]: kind["days"] for kind in told["kinds"]} == dict.fromkeys(
        ("variables", "contacts", "call_records", "recordings", "uploads", "audit")
    )
    tried = admin.ask("PUT", "/retention?dry_run=true", json={"audit": {"days": 30}}, status=200).get_json()
    assert [kind["would_remove"] for kind in tried["kinds"] if kind["kind"] == "audit"] == [0]
    assert admin.get("/retention") == told
    body = {"call_records": {"days": 400}}
    refused = admin.ask("PUT", "/retention", json=body, status=422).get_json()
    assert [error["field"] for error in refused["errors"]] == ["call_records.reason"]
    body["call_records"]["reason"] = "we call nobody in the US"  # type: ignore[assignment]
    set_ = admin.ask("PUT", "/retention", json=body, status=200).get_json()
    [calls] = [kind for kind in set_["kinds"] if kind["kind"] == "call_records"]
    assert (calls["days"], calls["below"]) == (400, ["CA", "US"])
    admin.as_("operator").ask("GET", "/retention", status=403)
