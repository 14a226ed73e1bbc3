"""Outcome unknown: calls about which a person decides, with what is known of each, and calls that never end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.attempt import AnsweredBy, Decision
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.models import Attempt, Role
from campaign_app.queries import unresolved as unresolved_queries
from campaign_app.queries.unresolved import HeardUpdates
from campaign_app.services import unresolved
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.unresolved import DecisionResult, NotAgain
from campaign_app.transaction import transaction

from .filters import capitalize_first, count_noun, mask_text
from .frame import redirect_after_post
from .refusals import Refusal, Remedy
from .status_words import describe_status
from .times import clock_in, name_moment

blueprint = Blueprint("unresolved", __name__)
PER_PAGE = 50
TOGETHER = timedelta(seconds=60)
"""Calls of one trunk that were given up so close to each other have one cause."""
FEWEST = 3
"""Calls that make a group of their own."""
RECENT = 10
"""Decisions that can be undone, as many as the page lists."""
DECISION_WORDS = {
    Decision.DONE: "done",
    Decision.AGAIN: "back in line",
    Decision.LEAVE: "left as unknown",
}
REFUSAL_WORDS = {
    NotAgain.SINGLE_CALL: "it was a single call; place a new one instead",
    NotAgain.NO_TRIES: "no tries are left; raise the campaign’s retries first",
    NotAgain.CAMPAIGN_OVER: "the campaign is stopped or archived",
}
ACTED_ON = "the person was called or listed meanwhile, or the outcome is known by now"
WHO = {AnsweredBy.HUMAN: "A person", AnsweredBy.MACHINE: "A machine", AnsweredBy.FAX: "A fax machine"}


@dataclass(frozen=True, slots=True)
class UnresolvedRow:
    """A call with what is known of it; `not_again`: why its person cannot be called again."""

    attempt: Attempt
    known: Sequence[str]
    not_again: str | None = None


@dataclass(frozen=True, slots=True)
class UnresolvedGroup:
    """Calls to which the same thing happened."""

    title: str
    detail: str
    rows: Sequence[UnresolvedRow]


@blueprint.get("/calls/unresolved")
@require_role(Role.VIEWER)
def index() -> str | Response:
    session, moment = db.session(), now()
    campaign_id = parse_id(request.args.get("campaign"))
    if campaign_id is None and request.args.get("campaign"):
        raise InvalidInput([FieldError("campaign", "give a campaign’s number")])
    after = parse_id(request.args.get("after")) or 0
    attempts = unresolved_queries.list_undecided(
        session, campaign_id=campaign_id, after_id=after, limit=PER_PAGE + 1
    )
    if after and not attempts:
        # The last page, and all of it is decided.
        return redirect(url_for("unresolved.index", campaign=campaign_id))
    counts = unresolved_queries.count_undecided_by_campaign(session)
    overdue = unresolved_queries.list_overdue(session, moment, campaign_id=campaign_id)
    shown = attempts[:PER_PAGE]
    heard = unresolved_queries.load_heard_updates(session, [attempt.token for attempt in (*shown, *overdue)])
    total = sum(n for _, _, n in counts)
    rows = [_make_row(attempt, heard.get(attempt.token)) for attempt in shown]
    return render_template(
        "unresolved/index.html",
        groups=group_rows(rows),
        # Calls on other pages have not been checked yet.
        may_call_again=len(attempts) > PER_PAGE or after or any(row.not_again is None for row in rows),
        overdue=[_make_row(attempt, heard.get(attempt.token)) for attempt in overdue],
        counts=counts,
        total=total,
        here=next((n for id_, _, n in counts if id_ == campaign_id), 0) if campaign_id else total,
        campaign_id=campaign_id,
        until=moment.isoformat(),
        next_after=shown[-1].id if len(attempts) > PER_PAGE else None,
        after=after,
        recent=unresolved.list_recent_decisions(session, limit=RECENT),
        decision_words=DECISION_WORDS,
    )


@blueprint.post("/calls/unresolved")
@require_role(Role.OPERATOR)
def decide() -> Response:
    """One call by its own button (its name is the decision), or the selected, or all that the page showed."""
    form = request.form
    campaign_id = parse_id(form.get("campaign"))
    own = next((one for one in Decision if form.get(one.value)), None)
    try:
        decision = own or Decision(form.get("do", ""))
    except ValueError:
        raise InvalidInput([FieldError("do", "choose done, again or leave")]) from None
    ids: list[int] | None
    until = None
    if own is not None:
        ids = [_require_id(form.get(own.value))]
    elif form.get("all"):
        ids, until = None, _read_until(form.get("until"))
    else:
        ids = [_require_id(one) for one in form.getlist("id")]
    after = parse_id(form.get("after"))
    back = url_for("unresolved.index", campaign=campaign_id, after=after)
    if ids == []:
        flash("Select a call first, or all of them.", "wait")
        return redirect_after_post(back)
    next_id = None if ids is None else _find_next(ids, campaign_id, after or 0)
    with transaction(db.session()) as session:
        result = unresolved.decide_calls(
            session,
            decision,
            attempt_ids=ids,
            campaign_id=campaign_id,
            until=until,
            actor=g.actor,
            now=now(),
        )
        _flash_decision(decision, result)
    anchor = None if next_id is None else f"call-{next_id}"
    return redirect_after_post(url_for("unresolved.index", campaign=campaign_id, after=after, _anchor=anchor))


def _find_next(ids: list[int], campaign_id: int | None, after: int) -> int | None:
    """Where to go on: the call below the last of these on the page, or else the one above it."""
    shown = unresolved_queries.list_undecided(
        db.session(), campaign_id=campaign_id, after_id=after, limit=PER_PAGE
    )
    groups = group_rows([UnresolvedRow(attempt, ()) for attempt in shown])
    order = [row.attempt.id for group in groups for row in group.rows]
    last = max((place for place, one in enumerate(order) if one in ids), default=-1)
    below = [one for one in order[last + 1 :] if one not in ids]
    above = [one for one in order[: last + 1] if one not in ids]
    return below[0] if below else above[-1] if above else None


def _flash_decision(decision: Decision, result: DecisionResult) -> None:
    """What was done, with the way back."""
    text, tone = describe_result(decision, result)
    if result.entry_id is None:
        flash(text, tone)
    else:
        undo = Remedy("Undo", url_for("unresolved.undo", entry_id=result.entry_id), post=True)
        Refusal(text, tone, undo).show_next()


@blueprint.post("/calls/unresolved/undo/<id:entry_id>")
@require_role(Role.OPERATOR)
def undo(entry_id: int) -> Response:
    """Decisions that were made together, until they are acted on."""
    with transaction(db.session()) as session:
        result = unresolved.undo_batch(session, entry_id, actor=g.actor, now=now())
    parts = []
    if result.undone:
        parts.append(f"Undone: {count_noun(result.undone, 'call')} to decide about again.")
    if result.acted_on:
        parts.append(f"{count_noun(result.acted_on, 'decision')} could not be undone: {ACTED_ON}.")
    flash(" ".join(parts), "wait" if result.acted_on else "live")
    return redirect_after_post(url_for("unresolved.index"))


@blueprint.post("/calls/let-go")
@require_role(Role.OPERATOR)
def let_go() -> Response:
    """Free the line of a call that never ends."""
    with transaction(db.session()) as session:
        unresolved.let_go(session, _require_id(request.form.get("id")), actor=g.actor, now=now())
    flash("The line is free. Decide below what becomes of the call.", "live")
    return redirect_after_post(url_for("unresolved.index"))


def _require_id(text: str | None) -> int:
    number = parse_id(text)
    if number is None:
        raise NotFound("there is no such call")
    return number


def _read_until(text: str | None) -> datetime:
    try:
        at = datetime.fromisoformat(text or "")
        return at.astimezone(UTC) if at.tzinfo else now()
    except (ValueError, OverflowError):
        return now()


def describe_result(decision: Decision, result: DecisionResult) -> tuple[str, str]:
    """What was done, in a sentence, with its tone."""
    parts = []
    if result.decided or not result.refused:
        parts.append(f"{count_noun(result.decided, 'call')} {DECISION_WORDS[decision]}.")
    for refusal, number in sorted(result.refused.items()):
        parts.append(f"{number:,} cannot be called again: {REFUSAL_WORDS[refusal]}.")
    for campaign in result.reopened:
        parts.append(f"{campaign.name} was completed and is paused now: resume it to call them.")
    return " ".join(parts), "wait" if result.refused or result.reopened else "live"


def _make_row(attempt: Attempt, heard: HeardUpdates | None) -> UnresolvedRow:
    policy = None if attempt.campaign is None else build_campaign_spec(attempt.campaign).retry
    refusal = unresolved.find_refusal(attempt, policy)
    return UnresolvedRow(
        attempt,
        describe_evidence(attempt, heard),
        None if refusal is None else capitalize_first(REFUSAL_WORDS[refusal]),
    )


def describe_evidence(attempt: Attempt, heard: HeardUpdates | None) -> list[str]:
    """What is known of a call, as facts, on the reader's clock."""
    first_by_status = {} if heard is None else heard.first_by_status
    facts = []
    answered_at = attempt.answered_at or first_by_status.get("in-progress")
    ringing_at = first_by_status.get("ringing")
    accepted = attempt.placed_at or attempt.provider_ref
    if ringing_at is not None:
        facts.append(f"It was ringing at {_clock(ringing_at)}")
    elif accepted and answered_at is None:
        facts.append("The carrier accepted it; no ringing was heard")
    if answered_at is not None:
        who = WHO.get(AnsweredBy(attempt.answered_by), "Somebody") if attempt.answered_by else "Somebody"
        facts.append(f"{who} answered at {_clock(answered_at)}")
    if attempt.disposition:
        facts.append(f"What was heard of it: {attempt.disposition.replace('-', ' ')}")
    if heard is not None and heard.last is not None:
        facts.append(f"No news after {_clock(heard.last)}")
    elif not accepted:
        facts.append("The carrier never said that it took the call")
    if attempt.cause:
        facts.append(capitalize_first(mask_text(attempt.cause)))
    if attempt.ended_at is None:
        facts.append(
            f"The carrier says that it is “{describe_status(attempt.status).lower()}”;"
            f" it should have ended by {_clock(attempt.overdue_at)}"
        )
    else:
        facts.append(f"Given up at {_clock(attempt.ended_at)}")
    return facts


def _clock(at: datetime | None) -> str:
    return "" if at is None else clock_in(at, seconds=True)


def group_rows(rows: Sequence[UnresolvedRow]) -> list[UnresolvedGroup]:
    """The rows by what happened: calls that one trunk lost at one time are one decision; the others come last."""
    clusters: list[list[UnresolvedRow]] = []
    for row in sorted(rows, key=lambda row: (row.attempt.trunk_id, row.attempt.ended_at or now())):
        last = clusters[-1][-1].attempt if clusters else None
        if (
            last is not None
            and last.trunk_id == row.attempt.trunk_id
            and last.ended_at is not None
            and row.attempt.ended_at is not None
            and row.attempt.ended_at - last.ended_at <= TOGETHER
        ):
            clusters[-1].append(row)
        else:
            clusters.append([row])
    groups, others = [], []
    for cluster in clusters:
        if len(cluster) < FEWEST:
            others += cluster
            continue
        first = cluster[0].attempt
        assert first.ended_at is not None
        groups.append(
            UnresolvedGroup(
                f"{mask_text(first.trunk.name)} lost sight of calls, given up at {name_moment(first.ended_at)}",
                count_noun(len(cluster), "call"),
                cluster,
            )
        )
    if others:
        groups.append(UnresolvedGroup("One by one", count_noun(len(others), "call"), others))
    return groups
