"""Calls of unknown outcome over REST."""

from __future__ import annotations

from sqlalchemy import update

from campaign_app.extensions import db
from campaign_app.models import Attempt
from campaign_app.transaction import transaction
from tests.api.asking import LONDON, Api

CALL = {"to": LONDON, "message": {"text": "The river is rising."}}


def test_calls_are_listed_decided_and_let_go_of(api: Api) -> None:
    call = api.post("/calls", CALL, status=201)
    api.ask("POST", f"/calls/{call['id']}/let-go", status=409)
    with api.app.app_context(), transaction(db.session()) as session:
        session.execute(
            update(Attempt).values(
                status="in-progress",
                rank=4,
                dialing_at=api.clock.now(),
                horizon_at=api.clock.now(),
                overdue_at=api.clock.now(),
            )
        )
    listed = api.get("/unresolved")
    assert (listed["total"], listed["items"]) == (0, [])
    assert [(one["id"], one["overdue"]) for one in listed["overdue"]] == [(call["id"], True)]
    assert api.post(f"/calls/{call['id']}/let-go", {})["status"] == "unresolved"
    [item] = api.get("/unresolved")["items"]
    assert (item["id"], item["may_call_again"], item["overdue"]) == (call["id"], False, False)
    again = api.post("/unresolved/decisions", {"decision": "again", "ids": [call["id"]]})
    assert again == {"decided": 0, "refused": {"single-call": 1}, "reopened": []}
    assert api.post("/unresolved/decisions", {"decision": "done", "all": True})["decided"] == 1
    assert api.get("/unresolved")["total"] == 0
    undone = api.post("/unresolved/decisions/undo", {"ids": [call["id"]]})
    assert undone == {"undone": 1, "acted_on": 0}
    assert api.get("/unresolved")["total"] == 1
    assert api.post("/unresolved/decisions/undo", {"ids": [call["id"]]}) == {"undone": 0, "acted_on": 1}
    api.ask("POST", "/unresolved/decisions/undo", status=404, json={"ids": [10**9]})
    api.ask("POST", "/unresolved/decisions", status=422, json={"decision": "done"})
    for until in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"):
        beyond = {"decision": "done", "all": True, "until": until}
        api.ask("POST", "/unresolved/decisions", status=422, json=beyond)
    api.ask("GET", f"/unresolved?after={10**20}", status=422)
    api.ask("POST", "/unresolved/decisions", status=404, json={"decision": "done", "ids": [10**9]})
