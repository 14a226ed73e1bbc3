"""Real calls measured: `python -m bench.telephony`, as root. An Asterisk and SIP callees on this machine; prints
Markdown for docs/telephony.md.

    originates   calls placed per second by the adapter alone, and how many are held at once
    due          from the API request that makes a contact due to the INVITE at the callee, at 20 a second
    causes       what each kind of callee became, so many times
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from campaign_app.domain.attempt import OUTCOMES, AttemptStatus, CallUpdate, new_tokens
from campaign_app.domain.script import Segment, script_from_text
from campaign_app.providers.asterisk import AsteriskProvider as Provider
from campaign_app.providers.base import DialRequest
from scripts import system_parts
from scripts.loopback import demo
from scripts.loopback.asterisk import PASSWORD, USER, Asterisk, Failed
from scripts.loopback.callees import Callees

WAIT = 60.0
RING = 2.0
BUSY, RETRY_MINUTES = "12132299486", 120
CAUSES = {
    "answers, hears the message": "001",
    "answers, hangs up at once": "841",
    "486 busy": "486",
    "rings until our time-out": "487",
    "never answers the INVITE": "999",
    "480 unavailable": "480",
    "603 declines": "603",
    "404 no such number": "404",
    "503 congestion": "503",
    "408 from the trunk": "408",
}


@contextmanager
def loopback(folder: Path, *, hold: float = 60.0) -> Iterator[tuple[Asterisk, Callees]]:
    callees = Callees(folder, hold=hold)
    asterisk = Asterisk(callees.port)
    try:
        callees.start()
        asterisk.start()
        yield asterisk, callees
    finally:
        asterisk.stop()
        callees.stop()


@contextmanager
def provider(asterisk: Asterisk, folder: Path, seconds: float) -> Iterator[Provider]:
    """Connected; its message is a tone of so many seconds."""
    tone = folder / f"tone-{seconds:g}.wav"
    with wave.open(str(tone), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x10\x00\xf0" * int(4000 * seconds))

    def audio(_: Segment) -> Path:
        return tone

    made = Provider(
        asterisk.url,
        USER,
        PASSWORD,
        audio=audio,
        sounds=asterisk.sounds,
        sounds_as=asterisk.sounds_as,
        journal=asterisk.journal,
    )
    try:
        until = time.monotonic() + WAIT
        while made.ready() is not None and time.monotonic() < until:
            time.sleep(0.02)
        yield made
    finally:
        made.close()


def originates(calls: int, senders: int) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loopback(folder) as (asterisk, callees), provider(asterisk, folder, 60.0) as dialer:
            tokens = new_tokens(datetime.now(UTC), calls)
            dials = [
                DialRequest(
                    token, f"+1555{number:04d}001", None, script_from_text("Hello."), max_duration=60.0
                )
                for number, token in enumerate(tokens)
            ]
            dialer.place(
                DialRequest(
                    new_tokens(datetime.now(UTC), 1)[0], "+15559999486", None, script_from_text("Hello.")
                )
            )
            began = time.monotonic()
            with ThreadPoolExecutor(senders) as pool:
                list(pool.map(dialer.place, dials))
            seconds = time.monotonic() - began
            answered: set[str] = set()
            until = time.monotonic() + WAIT
            while len(answered) < calls and time.monotonic() < until:
                answered |= {n.token for n in dialer.events() if n.status is AttemptStatus.IN_PROGRESS}
                time.sleep(0.05)
            held = asterisk.channels()
            with ThreadPoolExecutor(senders) as pool:
                list(pool.map(lambda token: dialer.hangup(token, None), tokens))
            return [f"| {senders} | {calls / seconds:.0f}/s | {held} | {callees.peak()} |"]


def due(calls: int, per_second: float) -> list[str]:
    """Contacts are added to a running campaign one by one: each is due at once. One whose line was busy waits for its
    second try all the while: a campaign with nothing left to do would complete, and take no more."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loopback(folder) as (asterisk, callees), demo.switchboard(folder, asterisk) as client:
            fields = {
                "name": "Due",
                "message": {"text": "Hello."},
                "provider": "asterisk",
                "purpose": "emergency",
                "caps": [],
                "min_gap_minutes": 0,
                "calling_windows": [demo.WINDOW],
                "calls_per_second": None,
                "max_concurrent_calls": 200,
                "retry": {"max_retries": 1, "delays_minutes": [RETRY_MINUTES]},
            }
            campaign = client.post("/api/v1/campaigns", json=fields).raise_for_status().json()["id"]
            at = f"/api/v1/campaigns/{campaign}"
            # The first calls find cold caches; they are not counted.
            first = [BUSY, *(f"1213220{i}001" for i in range(10))]
            rows = [{"phone": f"+{number}"} for number in first]
            client.post(f"{at}/contacts", json=rows).raise_for_status()
            client.post(f"{at}/start", json=None).raise_for_status()
            wait(lambda: open_contacts(client, at) == {"retry": 1}, "the first calls to be over")
            asked: dict[str, float] = {}
            began = time.monotonic()
            for index in range(calls):
                time.sleep(max(0.0, began + index / per_second - time.monotonic()))
                number = f"1212{220 + index // 10}{index % 10}001"
                asked[number] = time.time()
                client.post(f"{at}/contacts", json=[{"phone": f"+{number}"}]).raise_for_status()
            wait(lambda: open_contacts(client, at) == {"retry": 1}, "all calls to be over")
            invites = {line.number: line.at for line in callees.ledger() if line.what == "invite"}
            rang = {number: invites[number] for number in asked if number in invites}
            took = sorted(rang[number] - asked[number] for number in rang)
            claimed = claims(client, at, rang)
            figures = {f"from the request, {len(took)} of {calls}": took, "from the claim": claimed}
            return [
                f"| {what} | {len(values)} | {quantile(values, 0.5)} | {quantile(values, 0.99)} |"
                for what, values in figures.items()
            ]


def open_contacts(client: demo.httpx.Client, at: str) -> dict[str, int]:
    """How many contacts may still be called, by status; the rest is not there."""
    told = client.get(f"{at}/stats").raise_for_status().json()["contacts"]
    return {status: told[status] for status in ("pending", "dialing", "retry") if told.get(status)}


def wait(done: Callable[[], bool], what: str) -> None:
    """Raises Failed after WAIT seconds."""
    until = time.monotonic() + WAIT
    while not done():
        if time.monotonic() > until:
            raise Failed(f"waited {WAIT:g} s in vain for {what}")
        time.sleep(0.1)


def claims(client: demo.httpx.Client, at: str, rang: dict[str, float]) -> list[float]:
    """Seconds from the claim to the INVITE, of each attempt at a number that `rang`."""
    exported = client.get(f"{at}/export", params={"format": "json"}).raise_for_status().json()
    contacts = exported["contacts"] if isinstance(exported, dict) else exported
    found = []
    for contact in contacts:
        number = contact["phone"].lstrip("+")
        for attempt in contact["attempts"]:
            if number in rang:
                found.append(rang[number] - datetime.fromisoformat(attempt["claimed_at"]).timestamp())
    return sorted(found)


def quantile(values: list[float], share: float) -> str:
    return f"{statistics.quantiles(values, n=1000)[int(share * 1000) - 1] * 1000:.0f} ms"


def causes(times: int) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loopback(folder) as (asterisk, _), provider(asterisk, folder, 0.5) as dialer:
            tokens = new_tokens(datetime.now(UTC), times * len(CAUSES))
            kind = dict(zip(tokens, [what for what in CAUSES for _ in range(times)], strict=True))
            for number, (token, what) in enumerate(kind.items()):
                phone = f"+1555{number:04d}{CAUSES[what]}"
                dialer.place(DialRequest(token, phone, None, script_from_text("Hello."), ring_timeout=RING))
            ends: dict[str, CallUpdate] = {}
            until = time.monotonic() + WAIT
            while len(ends) < len(kind) and time.monotonic() < until:
                ends |= {n.token: n for n in dialer.events() if n.status in OUTCOMES}
                time.sleep(0.05)
    rows = Counter((kind[n.token], n.q850, n.sip_code, n.status.value, flags(n)) for n in ends.values())
    order = {what: place for place, what in enumerate(CAUSES)}
    return [
        f"| {what} | {q850} | {sip or '–'} | {status}{f' ({flag})' if flag else ''} | {count} |"
        for (what, q850, sip, status, flag), count in sorted(rows.items(), key=lambda row: order[row[0][0]])
    ]


def flags(news: CallUpdate) -> str:
    known = {"never again": news.permanent, "costs no try": news.congestion, "trunk down": news.trunk_down}
    return ", ".join(word for word, holds in known.items() if holds)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=400, help="held at once")
    parser.add_argument("--due", type=int, default=300, help="contacts that become due")
    parser.add_argument("--times", type=int, default=20, help="calls of each kind")
    given = parser.parse_args()
    if system_parts.ensure(["asterisk", "speech"]):
        print(
            "Asterisk, SIPp or espeak-ng is missing; as root: python -m scripts.system_parts", file=sys.stderr
        )
        return 1
    print("| senders | originates | channels held | calls at the callees |\n| --- | --- | --- | --- |")
    for senders in (1, 2, 4):
        print("\n".join(originates(given.calls, senders)), flush=True)
    print("\n| to the INVITE, at 20/s | calls | p50 | p99 |\n| --- | --- | --- | --- |")
    print("\n".join(due(given.due, 20.0)), flush=True)
    print("\n| the callee | Asterisk's cause | SIP | outcome | calls |\n| --- | --- | --- | --- | --- |")
    print("\n".join(causes(given.times)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
