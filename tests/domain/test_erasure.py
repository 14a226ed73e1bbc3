"""A number is found in any spelling, and nothing else is."""

from __future__ import annotations

import json

import pytest

from campaign_app.domain.erasure import FORGOTTEN, NumberFinder, empty_samples, extract_digits, hash_number

CHICAGO, PARIS, LONDON = "+13125550123", "+33612345678", "+442079460123"


@pytest.mark.parametrize(
    "phone, text",
    [
        (CHICAGO, "+13125550123"),
        (CHICAGO, "(312) 555-0123"),
        (CHICAGO, "1 312.555.0123"),
        (CHICAGO, "0013125550123"),
        (CHICAGO, "312 555 0123"),
        (PARIS, "06 12 34 56 78"),
        (PARIS, "+33 (0)6 12 34 56 78"),
        (PARIS, "0033612345678"),
        (LONDON, "020 7946 0123"),
        (LONDON, "+44 (0) 20 7946 0123"),
        (LONDON, "+4420 7946\n0123"),
        (LONDON, "+44\u201220\u20057946\u22120123"),
        (LONDON, "\uff0b44\u200e20\uff0879\uff0946\u00ad0123"),
        (LONDON, "+\u0664\u0664 \u0662\u0660 \u06f7\u06f9\u06f4\u06f6 \uff10123"),
        (LONDON, "+44\ufe5920\ufe5a7946\u03370\u20e3123"),
    ],
)
def test_every_spelling_is_found(phone: str, text: str) -> None:
    finder = NumberFinder(phone)
    assert finder.scrub_text(f"at {text}, please") == f"at {FORGOTTEN}, please"
    assert finder.is_in_bytes(f"at {text}, please".encode())
    assert finder.may_be_in(text)
    written = json.dumps(text)
    assert finder.is_in_bytes(written.encode())
    assert any(needle in extract_digits(written, is_json=True) for needle in finder.needles)


def test_a_number_is_found_in_files_of_one_byte_a_character() -> None:
    assert NumberFinder(LONDON).is_in_bytes("à +44\xa020\xa07946–0123".encode("cp1252"))


def test_letters_of_one_byte_part_numbers() -> None:
    text = "2;дом 44 кв 20 эт 79 оф 460123"
    assert not any(NumberFinder(LONDON).is_in_bytes(text.encode(codec)) for codec in ("cp1251", "koi8-r"))


@pytest.mark.parametrize("run", ["+", "\uff0b", "+ ", " ", "(", "+(", "00 ", "44 ", "4 ", "44 20 7946 012 "])
def test_long_runs_end_and_hide_no_number(run: str) -> None:
    """Each would take hours if every character were the beginning of a new search."""
    finder = NumberFinder(LONDON)
    long = run * 200_000
    assert not finder.is_in(long)
    assert finder.find_spans(f"{long}x+44 20 7946 0123") == [(len(long) + 1, len(long) + 17)]


def test_a_day_is_no_number_and_a_number_with_its_country_code_no_day() -> None:
    finder = NumberFinder("+4520261130")
    for text in (
        "removed on 2026-11-30, as asked",
        "(2026-11-30)",
        "2026-11-30T10:00:00Z",
        "2026-11-30 14:30",
    ):
        assert finder.scrub_text(text) == text
        assert finder.scrub_json({"at": text, "variables": {"a": "b"}}) == {
            "at": text,
            "variables": {"a": "b"},
        }
    for text in ("+45 2026-11-30", "20261130", "20 26-11-30", "2026 11 30", "20-26-11-30", "2026-1130"):
        assert finder.scrub_text(f"at {text}.") == f"at {FORGOTTEN}."


def test_of_fractions_only_whole_ones_are_numbers() -> None:
    finder = NumberFinder("+3545551234")
    assert finder.scrub_json({"rate": 5.551234, "p": 0.5551234, "x": [5.551234, "a"]}) == {
        "rate": 5.551234,
        "p": 0.5551234,
        "x": [5.551234, "a"],
    }
    assert finder.scrub_json({"n": 3545551234.0, "more": [5551234, "Ada"]}) == {
        "n": None,
        "more": [None, FORGOTTEN],
    }


@pytest.mark.parametrize("text", ["+13125550124", "5550123", "913125550123", "31255501234", "2026-11-20"])
def test_other_digits_stay(text: str) -> None:
    assert NumberFinder(CHICAGO).scrub_text(text) == text


def test_what_stands_beside_the_number_goes_with_it() -> None:
    finder = NumberFinder(CHICAGO)
    assert finder.scrub_json(["Ada", "312-555-0123", ""]) == [FORGOTTEN, FORGOTTEN, ""]
    assert finder.scrub_json({"phone": CHICAGO, "variables": {"name": "Ada"}, "line": 3}) == {
        "phone": FORGOTTEN,
        "variables": {},
        "line": 3,
    }
    assert finder.scrub_json({"a": [{"n": 13125550123}, {"n": 7}], "b": True}) == {
        "a": [{"n": None}, {"n": 7}],
        "b": True,
    }
    key = {"digit": "1", "action": "transfer", "to": CHICAGO}
    assert finder.scrub_json(key) == {**key, "to": "000"}


def test_samples_keep_their_shape() -> None:
    assert empty_samples([{"name": "phone", "samples": ["Ada", ""]}]) == [
        {"name": "phone", "samples": [FORGOTTEN, ""]}
    ]
    row = {
        "line": 2,
        "cells": ["Ada"],
        "phone": CHICAGO,
        "timezone": "America/Chicago",
        "zones": ["America/Chicago"],
    }
    row |= {"country": "US", "type": "mobile", "derived": "number", "variables": {"type": "vip"}}
    refused = {"line": 3, "cells": ["Bob"], "code": "repeated", "reason": "repeats row 2"}
    emptied = {"line": 2, "cells": [FORGOTTEN], "phone": FORGOTTEN, "variables": {"type": FORGOTTEN}}
    read = ("timezone", "zones", "country", "type", "derived")
    assert empty_samples({"first_rows": [row, refused]})["first_rows"] == [
        {**emptied, **dict.fromkeys(read)},
        {"line": 3, "cells": [FORGOTTEN], "code": "repeated", "reason": FORGOTTEN},
    ], "no text stands where the program reads a zone or a word of its own"


def test_a_hash_is_of_its_key() -> None:
    assert hash_number(b"a" * 32, CHICAGO) != hash_number(b"b" * 32, CHICAGO)
