"""A real list of numbers, a client of the API, and what must hold between product and carrier when all is over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from tests.support.server import RunningApp
from tests.support.waiting import wait_until

ALWAYS = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
FAST = {
    "SWITCHBOARD_SIMULATOR_TIME_SCALE": "300",
    "SWITCHBOARD_SIMULATOR_SEED": "7",
    "SWITCHBOARD_TICK_SECONDS": "0.2",
}
"""Five minutes of telephony a second."""
HOME = "FR"
"""The region of the numbers that are written the national way."""
TERMINAL = {"completed", "exhausted", "suppressed", "canceled"}


def real_numbers(count: int) -> list[phonenumbers.PhoneNumber]:
    """Valid numbers of every region: the example numbers of each kind, then their neighbors. Sorted and distinct."""
    found: dict[str, phonenumbers.PhoneNumber] = {}

    def keep(number: phonenumbers.PhoneNumber | None) -> None:
        if number is not None and phonenumbers.number_type(number) != PhoneNumberType.UNKNOWN:
            found.setdefault(phonenumbers.format_number(number, PhoneNumberFormat.E164), number)

    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    for region in regions:
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE):
            keep(phonenumbers.example_number_for_type(region, kind))
    step = 0
    while len(found) < count:
        step += 1
        for region in regions:
            example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
            if example is not None and len(found) < count:
                keep(
                    phonenumbers.PhoneNumber(
                        country_code=example.country_code,
                        national_number=example.national_number + step,
                        italian_leading_zero=example.italian_leading_zero,
                        number_of_leading_zeros=example.number_of_leading_zeros,
                    )
                )
    # …504: the carrier never hears of the call, and never answers. One such number is enough.
    return [number for phone, number in sorted(found.items()) if not phone.endswith("504")]


def spelled(number: phonenumbers.PhoneNumber, way: int) -> str:
    """As people write it: in full, grouped, from abroad, and the national way where the number is at home."""
    if way % 4 == 0 and phonenumbers.region_code_for_number(number) == HOME:
        return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    if way % 3 == 0:
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if way % 3 == 1:
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return "00" + phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


@dataclass(frozen=True, slots=True)
class Job:
    """A file, and what is to become of its rows."""

    content: bytes
    phones: set[str]
    repeated: int
    rejected: int

    @property
    def rows(self) -> int:
        return len(self.phones) + self.repeated + self.rejected


def messy_csv(count: int) -> Job:
    """`count` or more good numbers of all regions in UTF-8 with a BOM, and among them what real files hold."""
    numbers = real_numbers(count)
    rows = [(spelled(number, way), f"Person {way}") for way, number in enumerate(numbers)]
    unicode_digits = "+٣٣١٩٩٠٠٢٣٤٥"
    bad = [
        ("", "no number at all"),
        ("call me maybe", "letters"),
        ("1-800-FLOWERS", "letters for digits"),
        ("+999 123 456 789", "no such country"),
        ("12", "too short"),
        ("0199001234567890123", "too long"),
        ("+3319900\x001235", "a NUL"),
        ("9" * 10_000, "a cell of ten thousand digits"),
        ("+33 1 99 00 23 99 ext. 5", "an extension"),
        ("6.17555E+09", "what a spreadsheet made of it"),
    ]
    again = rows[:300:10]
    mixed = list(rows)
    for index, row in enumerate([*bad, *again]):
        mixed.insert((index * 37 + 400) % len(mixed), row)
    mixed.append((unicode_digits, "digits of another script"))
    lines = ["Téléphone,Nom", *(f'{phone},"{name}"' for phone, name in mixed)]
    lines.append('"+33 1 99 00 12 77,never closed')
    phones = {phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in numbers}
    return Job(
        "\ufeff".encode() + "\r\n".join(lines).encode() + b"\r\n",
        phones | {"+33199002345"},
        len(again),
        len(bad) + 1,
    )


class Api:
    """The REST API of a running app, as an admin's script uses it."""

    def __init__(self, app: RunningApp) -> None:
        token = app.command("token", "create", "e2e", "--role", "admin")
        self._client = httpx.Client(
            base_url=f"{app.base_url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        )

    def move_to(self, app: RunningApp) -> None:
        """With the same token, which the other app's database knows."""
        self._client.base_url = f"{app.base_url}/api/v1"

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._done(self._client.get(path, params=query)).json()

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self._done(self._client.post(path, json=body, **more)).json()

    def campaign(self, **fields: Any) -> int:
        made = self.post(
            "/campaigns",
            {
                "name": "Real numbers",
                "message": {"text": "Hello"},
                # At any hour, as often as it likes.
                "purpose": "emergency",
                "caps": [],
                "min_gap_minutes": 0,
                "calling_windows": ALWAYS,
                "calls_per_second": None,
                "max_concurrent_calls": 50,
                "retry": {"max_retries": 1, "delays_minutes": [0.02]},
                "default_region": HOME,
                **fields,
            },
        )
        return int(made["id"])

    def upload(self, campaign_id: int, job: Job) -> int:
        return self.upload_file(campaign_id, job.content)

    def upload_file(self, campaign_id: int, content: bytes) -> int:
        """A CSV file of which everything is certain; the id of its import."""
        answer = self._done(
            self._client.post(f"/campaigns/{campaign_id}/imports", files={"file": ("numbers.csv", content)})
        )
        return int(answer.json()["id"])

    def imported(self, import_id: int, timeout: float = 60.0) -> dict[str, Any]:
        """The import, once it is over."""
        return wait_until(
            lambda: (item := self.get(f"/imports/{import_id}"))["status"] in ("completed", "failed") and item,
            "the import to end",
            timeout=timeout,
        )

    def export(self, campaign_id: int) -> list[dict[str, Any]]:
        """The campaign's contacts with their attempts."""
        answer = self._done(self._client.get(f"/campaigns/{campaign_id}/export", params={"format": "ndjson"}))
        return [json.loads(line) for line in answer.text.splitlines()]

    def status(self, campaign_id: int) -> str:
        return str(self.get(f"/campaigns/{campaign_id}")["status"])

    def wait_for(self, campaign_id: int, status: str, timeout: float = 90.0) -> None:
        wait_until(
            lambda: self.status(campaign_id) == status,
            f"the campaign to be {status}: {self.get(f'/campaigns/{campaign_id}/stats')}",
            timeout=timeout,
            every=0.2,
        )

    def _done(self, answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, (
            f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        )
        return answer


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the simulated carrier saw, read from its file."""

    placed: Counter[str]
    """How often each token was placed."""
    outcomes: dict[str, str]
    peak: int
    """The most calls that were up at once, in the file's own order, which is that of time."""

    @staticmethod
    def read(path: Path) -> Ledger:
        placed, outcomes, live, peak = Counter[str](), dict[str, str](), set[str](), 0
        for line in _lines(path):
            token = line["token"]
            if line["event"] == "placed":
                placed[token] += 1
                live.add(token)
                peak = max(peak, len(live))
            elif line["event"] == "ended":
                outcomes[token] = line["outcome"]
                live.discard(token)
        return Ledger(placed, outcomes, peak)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def placed_so_far(path: Path) -> int:
    """Calls in a ledger that is still being written."""
    return path.read_bytes().count(b'"event":"placed"') if path.exists() else 0


def check_agreement(
    contacts: list[dict[str, Any]], stats: dict[str, Any], ledger: Ledger, limit: int
) -> None:
    """Export, statistics and the carrier's ledger tell one story, to the number (I1, I2, I4, I5)."""
    attempts = {attempt["token"]: attempt for contact in contacts for attempt in contact["attempts"]}
    assert {contact["status"] for contact in contacts} <= TERMINAL
    by_contact = Counter(contact["status"] for contact in contacts)
    by_outcome = Counter(attempt["status"] for attempt in attempts.values())
    assert {key: n for key, n in stats["contacts"].items() if n and key != "total"} == by_contact
    assert stats["contacts"]["total"] == len(contacts)
    assert {key: n for key, n in stats["attempts"].items() if n} == by_outcome
    assert stats["open_calls"] == 0
    assert [token for token, times in ledger.placed.items() if times != 1] == [], "a token was dialed twice"
    assert set(ledger.placed) <= set(attempts), "a call without an attempt"
    # What never reached the carrier was released, or is shown as unresolved.
    unplaced = Counter(attempts[token]["status"] for token in set(attempts) - set(ledger.placed))
    assert set(unplaced) <= {"released", "unresolved"}, unplaced
    wrong = {
        token: (attempts[token]["status"], ledger.outcomes.get(token))
        for token in ledger.placed
        if attempts[token]["status"] != ledger.outcomes.get(token)
    }
    assert not wrong, f"token: (ours, the carrier's): {wrong}"
    assert ledger.peak <= limit
    assert stats["peak_concurrent_calls"] <= limit
