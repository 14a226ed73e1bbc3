"""Wait reasons in words: title, detail, tone and icon of each line under "Why isn't it dialing?"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from campaign_app.own_command import IS_CHECKOUT, own_command
from campaign_app.services.queue_summary import PUT_OFF
from campaign_app.services.wait_reasons import MOST_PARTS, Params, ReasonCode, ReasonPart, WaitReason

from .filters import describe_actor, mask_text
from .times import day_and_clock, name_moment


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """`tone` colors the line: bad, wait, or nothing where all is as planned. `icon` is one of the sprite's."""

    title: str
    detail: str
    tone: str
    icon: str
    rest: tuple[str, ...] = ()
    """Parts that `detail` counts together, one by one, and places that it does not name."""


TITLES: dict[str, tuple[str, str, str]] = {
    ReasonCode.NO_CONTACTS: ("No contacts", "", "info"),
    ReasonCode.ENGINE_AWAY: ("No engine is running", "bad", "failed"),
    ReasonCode.NOT_STARTED: ("Not started", "wait", "info"),
    ReasonCode.PAUSED: ("Paused", "wait", "paused"),
    ReasonCode.STOPPED: ("Stopped", "wait", "info"),
    ReasonCode.NOT_RUNNING: ("Not running", "wait", "info"),
    ReasonCode.OUTSIDE_HOURS: ("Outside calling hours", "", "clock"),
    ReasonCode.THEIR_HOURS: ("Outside their hours", "", "clock"),
    ReasonCode.HOLIDAY: ("A public holiday where they are", "", "clock"),
    ReasonCode.NEVER_OPEN: ("Hours never overlap", "bad", "failed"),
    ReasonCode.AFTER_END: ("After the campaign’s end", "bad", "clock"),
    ReasonCode.BLACKOUT: ("Closed by a blackout", "wait", "suppressed"),
    ReasonCode.OUTSIDE_SILENT: ("The outside check does not answer", "bad", "failed"),
    ReasonCode.OUTSIDE_REFUSED: ("Refused by the outside check", "", "suppressed"),
    ReasonCode.ZONE_UNKNOWN: ("Time zone unknown", "bad", "failed"),
    ReasonCode.LIST_STALE: ("A list is too old", "bad", "failed"),
    ReasonCode.NO_CONSENT: ("No consent on record", "bad", "suppressed"),
    ReasonCode.REQUIREMENT: ("The message lacks something there", "bad", "suppressed"),
    ReasonCode.PROHIBITED: ("Such calls are not allowed there", "bad", "suppressed"),
    ReasonCode.STARTS_LATER: ("Starts later", "", "clock"),
    ReasonCode.ENDED: ("Its end has passed", "bad", "clock"),
    ReasonCode.BACKOFF: ("Calls are failing", "bad", "failed"),
    ReasonCode.QUARANTINED: ("Calling is on hold", "bad", "failed"),
    ReasonCode.FORGET_KEY_MISSING: ("The key of forgotten numbers is missing", "bad", "failed"),
    ReasonCode.TRUNK_PAUSED: ("The trunk is paused", "bad", "paused"),
    ReasonCode.TRUNK_NOT_READY: ("The trunk cannot dial", "bad", "failed"),
    ReasonCode.CIRCUIT_OPEN: ("Calls are failing", "bad", "failed"),
    ReasonCode.BROKER_AWAY: ("The broker is away", "bad", "failed"),
    ReasonCode.NO_WORKER: ("No worker is taking calls", "bad", "failed"),
    ReasonCode.LINES_FULL: ("Lines full", "wait", "running"),
    ReasonCode.TRUNK_FULL: ("Trunk full", "wait", "running"),
    ReasonCode.PACE: ("Limited by its pace", "", "clock"),
    ReasonCode.TRUNK_PACE: ("Limited by the trunk's pace", "", "clock"),
    ReasonCode.TROUBLE: ("Something went wrong", "bad", "failed"),
    ReasonCode.NEXT: ("Next in line", "", "dialing"),
    ReasonCode.RETRY_WAIT: ("Waiting to be tried again", "", "retry"),
    ReasonCode.CAPPED: ("Called often enough lately", "", "clock"),
    ReasonCode.GAP: ("Called by another campaign lately", "", "clock"),
    ReasonCode.SOFT_START: ("Waiting for you to continue", "wait", "paused"),
    ReasonCode.NUMBER_BUSY: ("Another call took the number first", "", "clock"),
    ReasonCode.LINES_IN_DOUBT: ("Lines held by calls in doubt", "wait", "unresolved"),
    ReasonCode.OVERDUE: ("Calls that should have ended", "bad", "unresolved"),
    ReasonCode.HELD_BACK: ("May have been called before the restore", "wait", "clock"),
    ReasonCode.TRUNK_REFUSES: ("The trunk isn’t allowed to call them", "bad", "failed"),
}
"""Title, tone and icon of each."""


def describe_reason(reason: WaitReason, zone: str) -> ReasonWords:
    """A reason as a person reads it, times in the campaign's zone. KeyError for a code without words."""
    _, tone, icon = TITLES[reason.code]
    detail = _describe_detail(reason, zone, MOST_PARTS)
    rest = _list_rest(reason, zone) if detail else ()
    return ReasonWords(_choose_title(reason), detail, tone, icon, rest)


def find_tone_and_icon(reason: WaitReason) -> tuple[str, str]:
    """Those of its `ReasonWords`. KeyError for a code without words."""
    _, tone, icon = TITLES[reason.code]
    return tone, icon


def describe_in_a_line(reason: WaitReason, zone: str) -> str:
    """`Outside calling hours until Mon 23 Nov 09:00 Europe/Paris`, `Lines full: all 20 are in use`. Of many parts only
    the largest is told: the campaign's page has the others."""
    title = _choose_title(reason)
    detail = _describe_detail(reason, zone, 1 if len(reason.parts) > 2 else MOST_PARTS)
    if not detail:
        return title
    joint = " " if detail.startswith(("until ", "at ", "on ", "by ")) else ": "
    return f"{title}{joint}{detail}"


def _choose_title(reason: WaitReason) -> str:
    if reason.code == ReasonCode.NEXT and "free" in reason.params:
        return "Waiting for their turn"
    return TITLES[reason.code][0]


def _describe_detail(reason: WaitReason, zone: str, most: int) -> str:
    """What is said after the title; of its parts `most` in full."""
    code = ReasonCode(reason.code)
    if code in DETAILS_OF_PARTS:
        return DETAILS_OF_PARTS[code](reason, zone, most)
    return DETAILS[code](reason, zone) if code in DETAILS else ""


def _list_rest(reason: WaitReason, zone: str) -> tuple[str, ...]:
    rest = [
        _describe_detail(replace(reason, parts=(part,)), zone, MOST_PARTS)
        for part in reason.parts[MOST_PARTS:]
    ]
    # Places that are counted, but not named, within a part.
    params = (reason.params, *(part.params for part in reason.parts))
    return (*rest, *(f"also in {each['others']}" for each in params if each.get("others")))


def _outside_hours(reason: WaitReason, zone: str, most: int) -> str:
    if reason.parts:
        return _tell_parts(
            reason, zone, most, lambda part: f"in {part.params['zones']}{_until(part.until, zone)}"
        )
    return f"until {name_moment(reason.until, zone)}" if reason.until else "the calling hours never open"


def _until(at: datetime | None, zone: str) -> str:
    return f" until {day_and_clock(at, zone)}" if at else ""


def _their_hours(reason: WaitReason, zone: str, most: int) -> str:
    """`Mon–Sun 08:00–21:00 in Europe/Paris until Mon 08:00 UTC`; for several zones `Mon–Sun 08:00–21:00, their time:
    2,118 in America/Los_Angeles until 13:00; 288 in Pacific/Honolulu until 15:00`; differing hours each by themselves.
    """
    parts = reason.parts
    if not parts:
        until = f" until {name_moment(reason.until, zone)}" if reason.until else ""
        return f"{reason.params['hours']} in {reason.params['zones']}{_cite(reason.params)}{until}"
    statements = {f"{part.params['hours']}{_cite(part.params)}" for part in parts}
    if len(statements) == 1:
        same = parts[0].params["hours"]
        clock = "" if reason.code == ReasonCode.HOLIDAY or same == PUT_OFF else ", their time"
        sentence = _tell_parts(
            reason, zone, most, lambda part: f"in {part.params['zones']}{_until(part.until, zone)}"
        )
        return f"{same}{clock}{_cite(parts[0].params)}: {sentence}"
    return _tell_parts(
        reason,
        zone,
        most,
        lambda part: (
            f"in {part.params['zones']}{_until(part.until, zone)}, {part.params['hours']}{_cite(part.params)}"
        ),
    )


def _cite(params: Params) -> str:
    return f" ({params['source']})" if params.get("source") else ""


def _tell_parts(reason: WaitReason, zone: str, most: int, describe: Callable[[ReasonPart], str]) -> str:
    """`2,118 in America/Los_Angeles until 13:00; 288 elsewhere (UTC time)`: the `most` largest parts in full, the
    others counted together."""
    sentences = [f"{part.contacts:,} {describe(part)}" for part in reason.parts[:most]]
    rest = reason.parts[most:]
    if rest:
        first = min((part.until for part in rest if part.until), default=None)
        soonest = f", the first of them from {day_and_clock(first, zone)}" if first else ""
        sentences.append(f"{sum(part.contacts for part in rest):,} elsewhere{soonest}")
    clock = f" ({zone} time)" if any(part.until for part in reason.parts) else ""
    return "; ".join(sentences) + clock


def _blackout(reason: WaitReason, zone: str, most: int) -> str:
    if reason.parts:
        return _tell_parts(
            reason,
            zone,
            most,
            lambda part: (
                f"in {part.params['place']}{_until(part.until, zone) or ' until somebody lifts it'}:"
                f" {mask_text(str(part.params['reason']))}"
            ),
        )
    until = f"until {name_moment(reason.until, zone)}" if reason.until else "until somebody lifts it"
    return f"{reason.params['place']}, {until}: {mask_text(str(reason.params['reason']))}"


def _lasting(reason: WaitReason, most: int, say: Callable[[Params], str]) -> str:
    """A reason that does not depend on the hour; `say` puts one part of it into words."""
    if not reason.parts:
        return say(reason.params)
    return _tell_parts(reason, "", most, lambda part: f"because {say(part.params)}")


def _outside_silent(reason: WaitReason, zone: str) -> str:
    error = mask_text(str(reason.params.get("error") or ""))
    again = f"; it is asked again {_next_try(reason.until, zone)}" if reason.until else ""
    return f"nobody it applies to is called{f' ({error})' if error else ''}{again}"


def _outside_refused(reason: WaitReason, zone: str) -> str:
    return _first_and_last(reason, zone, "the first answer expires at")


def _starts_later(reason: WaitReason, zone: str) -> str:
    return f"at {name_moment(reason.until, zone)}" if reason.until else ""


def _ended(reason: WaitReason, zone: str) -> str:
    at = reason.params.get("at")
    return name_moment(datetime.fromisoformat(str(at)), zone) if at else ""


def _name_trunk(reason: WaitReason) -> str:
    return mask_text(str(reason.params["trunk"]))


def _backoff(reason: WaitReason, zone: str) -> str:
    return f"{_error(reason, zone)}; next try {_next_try(reason.until, zone)}"


def _circuit_open(reason: WaitReason, zone: str) -> str:
    return f"{_name_trunk(reason)}: {_error(reason, zone)}; one call will be tried {_next_try(reason.until, zone)}"


def _paused(reason: WaitReason, zone: str) -> str:
    until = f" until {name_moment(reason.until, zone)}" if reason.until else ""
    note = f": {mask_text(str(reason.params['note']))}" if reason.params.get("note") else ""
    return f"by {describe_actor(str(reason.params['by']))}{until}{note}"


def _trunk_paused(reason: WaitReason, _zone: str) -> str:
    by = describe_actor(str(reason.params["by"]))
    return f"{_name_trunk(reason)}, by {by}" + (
        f": {mask_text(str(reason.params['note']))}" if "note" in reason.params else ""
    )


def _lines_full(reason: WaitReason, _zone: str) -> str:
    return _lines_in_use(reason, "of the campaign's lines")


def _trunk_full(reason: WaitReason, _zone: str) -> str:
    text = _lines_in_use(reason, f"lines of {_name_trunk(reason)}")
    if "other" in reason.params:
        text += f", {reason.params['other_lines']:,} of them by {mask_text(str(reason.params['other']))}"
    return text


def _lines_in_use(reason: WaitReason, whose: str) -> str:
    in_use, limit = int(reason.params["in_use"]), int(reason.params["limit"])
    if in_use >= limit:
        return f"all {limit:,} {whose} are in use"
    if reason.params.get("kept"):
        return f"{in_use:,} of {limit:,} {whose} are in use, and one is kept for transfers"
    return f"all {limit:,} {whose} were in use for most of the last 30 seconds"


def _next(reason: WaitReason, _zone: str) -> str:
    if "free" not in reason.params:
        return ""
    free = int(reason.params["free"])
    return f"{free:,} {'is' if free == 1 else 'are'} next in line, the others follow as lines come free"


def _retry_wait(reason: WaitReason, zone: str) -> str:
    return _first_and_last(reason, zone, "the next at")


def _deferred(reason: WaitReason, zone: str) -> str:
    return _first_and_last(reason, zone, "the first may be called again at")


def _number_taken(reason: WaitReason, zone: str) -> str:
    return _first_and_last(reason, zone, "the next turn is at")


def _first_and_last(reason: WaitReason, zone: str, words: str) -> str:
    """`the next at 12:30 Europe/Paris`, `the next at 12:30, the last at 14:00 Europe/Paris`."""
    if reason.until is None:
        return ""
    first = day_and_clock(reason.until, zone)
    last = day_and_clock(
        datetime.fromisoformat(str(reason.params.get("last") or reason.until.isoformat())), zone
    )
    return f"{words} {first} {zone}" if last == first else f"{words} {first}, the last at {last} {zone}"


def _soft_start(reason: WaitReason, _zone: str) -> str:
    people = int(reason.params["people"])
    if not people:
        return "nobody on the list has been called yet"
    return (
        "the first person has been called" if people == 1 else f"the first {people:,} people have been called"
    )


def _pace(reason: WaitReason, _zone: str) -> str:
    return _per_second(reason)


def _trunk_pace(reason: WaitReason, _zone: str) -> str:
    return f"{_name_trunk(reason)} takes {_per_second(reason)}"


def _per_second(reason: WaitReason) -> str:
    rate = float(reason.params["per_second"])
    return f"{rate:g} new {'call' if rate == 1 else 'calls'} per second"


def _lines_in_doubt(reason: WaitReason, zone: str) -> str:
    lines = int(reason.params["lines"])
    until = f", until {name_moment(reason.until, zone)} at the latest" if reason.until else ""
    return (
        f"{lines:,} {'line is' if lines == 1 else 'lines are'} held while the carrier is asked whether"
        f" {'the call is' if lines == 1 else 'the calls are'} up{until}"
    )


def _overdue(reason: WaitReason, _zone: str) -> str:
    lines = int(reason.params["lines"])
    return (
        "1 call holds its line: its carrier has not said that it ended"
        if lines == 1
        else f"{lines:,} calls hold their lines: their carrier has not said that they ended"
    )


def _error(reason: WaitReason, _zone: str) -> str:
    return mask_text(str(reason.params["error"]))


def _engine_away(_reason: WaitReason, _zone: str) -> str:
    run = own_command("engine run")
    return f"start one: make run, or {run}" if IS_CHECKOUT else f"start one: {run}"


DETAILS: dict[ReasonCode, Callable[[WaitReason, str], str]] = {
    ReasonCode.NO_CONTACTS: lambda _reason, _zone: "upload a file or add numbers",
    ReasonCode.ENGINE_AWAY: _engine_away,
    ReasonCode.NOT_STARTED: lambda _reason, _zone: "press Start",
    ReasonCode.PAUSED: _paused,
    ReasonCode.STOPPED: lambda reason, _zone: mask_text(str(reason.params["note"])),
    ReasonCode.OUTSIDE_SILENT: _outside_silent,
    ReasonCode.OUTSIDE_REFUSED: _outside_refused,
    ReasonCode.ZONE_UNKNOWN: lambda _reason, _zone: (
        "add a time zone, state or postal code to their rows, and upload the file again"
    ),
    ReasonCode.LIST_STALE: lambda reason, _zone: (
        f"{mask_text(str(reason.params['list']))}: replace it under Rules, Lists"
    ),
    ReasonCode.NEVER_OPEN: lambda reason, _zone: (
        f"{reason.params['whose']} leave no time to begin a call: change the campaign’s hours, or add a time zone,"
        " state or postal code to these people’s rows"
    ),
    ReasonCode.AFTER_END: lambda reason, _zone: (
        f"{reason.params['whose']} leave no time to begin a call before the campaign ends: move its end"
    ),
    ReasonCode.STARTS_LATER: _starts_later,
    ReasonCode.ENDED: _ended,
    ReasonCode.BACKOFF: _backoff,
    ReasonCode.QUARANTINED: lambda _reason, _zone: (
        "the database may not know every call that was made; see Health, Lost calls"
    ),
    ReasonCode.FORGET_KEY_MISSING: lambda _reason, _zone: (
        "nobody is called without it: set SWITCHBOARD_FORGET_KEY to what the file forget-key of the other machine’s"
        " instance folder holds"
    ),
    ReasonCode.TRUNK_PAUSED: _trunk_paused,
    ReasonCode.TRUNK_NOT_READY: lambda reason, zone: f"{_name_trunk(reason)}: {_error(reason, zone)}",
    ReasonCode.CIRCUIT_OPEN: _circuit_open,
    ReasonCode.BROKER_AWAY: _error,
    ReasonCode.NO_WORKER: lambda _reason, _zone: "start one with celery -A campaign_app.worker worker",
    ReasonCode.LINES_FULL: _lines_full,
    ReasonCode.TRUNK_FULL: _trunk_full,
    ReasonCode.PACE: _pace,
    ReasonCode.TRUNK_PACE: _trunk_pace,
    ReasonCode.TROUBLE: _error,
    ReasonCode.NEXT: _next,
    ReasonCode.RETRY_WAIT: _retry_wait,
    ReasonCode.CAPPED: _deferred,
    ReasonCode.GAP: _deferred,
    ReasonCode.HELD_BACK: _deferred,
    ReasonCode.NUMBER_BUSY: _number_taken,
    ReasonCode.SOFT_START: _soft_start,
    ReasonCode.LINES_IN_DOUBT: _lines_in_doubt,
    ReasonCode.OVERDUE: _overdue,
    ReasonCode.TRUNK_REFUSES: lambda _reason, _zone: (
        "their countries or types of number are not allowed on it; allow them there, or choose another trunk"
    ),
}
"""What is said after the title, where there is more to say."""
DETAILS_OF_PARTS: dict[ReasonCode, Callable[[WaitReason, str, int], str]] = {
    ReasonCode.OUTSIDE_HOURS: _outside_hours,
    ReasonCode.THEIR_HOURS: _their_hours,
    ReasonCode.HOLIDAY: _their_hours,
    ReasonCode.BLACKOUT: _blackout,
    ReasonCode.NO_CONSENT: lambda reason, _zone, most: (
        _lasting(reason, most, lambda params: f"{params['hours']} is needed ({params['source']})")
        + "; give it in the file, or on the form for everybody"
    ),
    ReasonCode.REQUIREMENT: lambda reason, _zone, most: _lasting(
        reason, most, lambda params: f"{params['hours']} ({params['source']})"
    ),
    ReasonCode.PROHIBITED: lambda reason, _zone, most: _lasting(
        reason, most, lambda params: f"{params['hours']} ({params['source']})"
    ),
}
"""The same of reasons that differ by where people are: so many parts of them in full."""


def _next_try(at: datetime | None, zone: str) -> str:
    return f"at {name_moment(at, zone)}" if at else "soon"
