"""What a database finds of a number before its texts are read: every spelling that would be taken out of them."""

from __future__ import annotations

import random

from sqlalchemy import insert, select

from campaign_app import transaction
from campaign_app.domain.erasure import FORGOTTEN, NumberFinder, list_foreign_digits
from campaign_app.models import DoNotCall, ImportChoice
from campaign_app.queries.erasure import find_mentions, scrub_mentions
from tests.engine.world import World

PHONE = "+442079460123"
OTHERS = "+442079460124, \u0664\u0664, 2026\u20142079, version 4420.79"


def write_everywhere(finder: NumberFinder) -> list[str]:
    """The number with every character that may stand between its digits, found by asking the finder itself, with every
    script's digits, and with several of both."""
    foreign = list_foreign_digits()
    characters = (chr(code) for code in range(0x10000) if not 0xD800 <= code <= 0xDFFF)
    separators = [char for char in characters if finder.is_in(f"+44207946{char}0123")]
    assert {"\n", "\u2005", "\u2012", "\u200b"} <= set(separators)
    dice = random.Random(442079460123)
    texts = [f"see +44 20{char}7946 01{char}23, please" for char in separators]
    scripts = [foreign[at : at + 10] for at in range(0, len(foreign), 10)]
    texts += ["+" + "".join(digits[int(digit)] for digit in PHONE[1:]) for digits in scripts]
    for _ in range(200):
        parts = [dice.choice([digit, dice.choice(scripts)[int(digit)]]) for digit in PHONE[1:]]
        text = "".join(part + "".join(dice.choices(separators, k=dice.randrange(3))) for part in parts[:-1])
        texts.append(f"a\\u4 “{text}{parts[-1]}” \\n")
    return texts


def test_every_spelling_that_is_taken_out_is_found_in_texts_and_json(world: World) -> None:
    finder = NumberFinder(PHONE)
    texts = [*write_everywhere(finder), OTHERS]
    assert [text for text in texts if not finder.is_in(text)] == [OTHERS]
    now = world.clock.now()
    with transaction.begin_write(world.db) as connection:
        common = {"source": "operator", "added_by": "x", "created_at": now}
        entries = [{"phone": f"+1{n:010}", "reason": text, **common} for n, text in enumerate(texts)]
        connection.execute(insert(DoNotCall), entries)
        choices = [
            {
                "signature": f"{n}",
                "mode": "contacts",
                "mapping": {"a": [{"b": text}]},
                "used_at": now,
                "used_by": "x",
            }
            for n, text in enumerate(texts)
        ]
        connection.execute(insert(ImportChoice), choices)
    for table in ("do_not_call", "import_choices"):
        with transaction.begin_write(world.db) as connection:
            keys = find_mentions(connection, table, finder, 0, 1_000_000)
            assert scrub_mentions(connection, table, finder, keys) == len(texts) - 1
            assert not find_mentions(connection, table, finder, 0, 1_000_000)
    with world.db.connect() as connection:
        reasons = list(connection.scalars(select(DoNotCall.reason).order_by(DoNotCall.id)))
        mappings = list(connection.scalars(select(ImportChoice.mapping)))
    assert all(FORGOTTEN in (reason or "") for reason in reasons[:-1])
    assert reasons[-1] == OTHERS
    assert {"a": [{"b": OTHERS}]} in mappings
