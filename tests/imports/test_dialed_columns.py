"""I11: no number is queued from a column that was not plainly named or chosen as a number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from campaign_app.services import imports
from campaign_app.transaction import transaction
from tests.support.imports import BY, Uploads

NUMBER_NAMES = [
    "phone",
    "Phone",
    "Mobile",
    "mobilePhoneNumber",
    "phone1",
    "HomePhone",
    "Tel.",
    "Handy",
    "電話番号",
]
"""Names that say plainly: call this one."""
OTHER_NAMES = [
    *(
        "fax",
        "Fax Phone",
        "Pager",
        "Telex",
        "Emergency contact phone",
        "agent_phone",
        "Doctor",
        "provider-phone",
    ),
    *(
        "Clinic Phone",
        "Parent Phone",
        "assistant",
        "customer number",
        "Kundennr.",
        "order id",
        "CPF",
        "Number",
    ),
    *("reference", "amount", "IP", "date", "Termin", "notes", "name", "city", "Contact", "target", "", "x"),
]
"""Names of what is not to be called without a question, whatever stands in the cells."""
ROWS = 4


def numbers_of(column: int, spelled: int) -> list[str]:
    """Numbers that no other column has, all of them valid; some without the plus or with dots and dashes."""
    plain = [f"617555{column:02}{row:02}" for row in range(ROWS)]
    return [
        [f"+1{number}", f"({number[:3]}) {number[3:6]}-{number[6:]}", number, f"1{number}"][spelled]
        for number in plain
    ]


def e164(column: int) -> set[str]:
    return {f"+1617555{column:02}{row:02}" for row in range(ROWS)}


columns = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(NUMBER_NAMES), st.sampled_from(OTHER_NAMES), st.text(max_size=12)),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def uploads(sqlite_template: Path, tmp_path: Path) -> Iterator[Uploads]:
    path = tmp_path / "test.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    uploads = Uploads(f"sqlite:///{path}", tmp_path / "uploads")
    yield uploads
    uploads.close()


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    table=columns,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    header=st.booleans(),
    chosen=st.integers(0, 4),
)
def test_only_columns_that_are_named_or_chosen_are_queued(
    uploads: Uploads, table: list[tuple[str, int]], delimiter: str, quoting: int, header: bool, chosen: int
) -> None:
    campaign = uploads.new_campaign(region="US")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    cells = [numbers_of(place, spelled) for place, (_, spelled) in enumerate(table)]
    names = [name.encode("utf-8", "replace").decode().replace("\0", "") for name, _ in table]
    if header:
        writer.writerow(names)
    writer.writerows(zip(*cells, strict=True))
    import_id = uploads.accept(text.getvalue().encode(), campaign_id=campaign)
    assert uploads.run()
    item = uploads.get(import_id)
    queued = {contact.phone for contact in uploads.contacts(campaign)}
    if item.status == "needs_mapping":
        assert not queued
        chosen %= len(item.columns or [])
        with Session(uploads.engine) as session:
            mapping = {"columns": [{"index": chosen, "role": "number"}], "header": header}
            plan = imports.plan_mapping(session, uploads.folder, import_id, mapping, look=False)
        with Session(uploads.engine) as session, transaction(session):
            imports.set_mapping(session, import_id, plan, dry_run=False, actor=BY, now=uploads.now())
        assert uploads.run()
        queued = {contact.phone for contact in uploads.contacts(campaign)}
        assert queued <= e164(chosen)
    elif queued:
        roles = [column["role"] for column in item.columns or []]
        dialed = {place for place in range(len(table)) if queued & e164(place)}
        if (item.reading or {})["format"] == "list":
            # Numbers alone, one or several a line: there is nothing else that they could be.
            assert not header or not any(name.strip() for name in names)
            return
        assert all(roles[place] == "number" for place in dialed)
        assert all(plainly_named(names[place], header, len(table)) for place in dialed), (names, roles)


def plainly_named(name: str, header: bool, width: int) -> bool:
    """Whether a column may be called unasked: its name says so, or it is all that the file has."""
    return name in NUMBER_NAMES if header else width == 1
