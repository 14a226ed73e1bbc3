"""Contact variables: the names that a campaign's contacts have values under, and how many of them do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.message import Message
from campaign_app.domain.variables import fold_variable, name_in_braces, near_names
from campaign_app.queries import contacts as contact_queries

LOOKED_AT = 2_000
"""Contacts of a campaign that are looked at: a page must be quick at any size, and says when there are more."""
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class VariableCount:
    """A variable by its usual spelling, and how many of the contacts that were looked at have a value for it."""

    name: str
    contacts: int

    @property
    def placeholder(self) -> str:
        """What stands for it in a message."""
        return name_in_braces(self.name)


@dataclass(frozen=True, slots=True)
class KnownVariables:
    items: tuple[VariableCount, ...]
    """The commonest first, then as they first appear; at most MOST_LISTED."""
    looked_at: int
    complete: bool
    """Whether these are all contacts of the campaign."""


def list_variables(session: Session, campaign_id: int) -> KnownVariables:
    """The variables of a campaign's contacts; spellings that mean the same are one."""
    rows = contact_queries.sample_variables(session, campaign_id, LOOKED_AT)
    counts: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    for variables in rows:
        filled = {
            fold_variable(name): name for name, value in variables.items() if value and str(value).strip()
        }
        counts.update(filled.keys())
        for folded, name in filled.items():
            spellings.setdefault(folded, Counter())[name] += 1
    items = tuple(
        VariableCount(spellings[folded].most_common(1)[0][0], count)
        for folded, count in counts.most_common(MOST_LISTED)
    )
    return KnownVariables(items, len(rows), len(rows) < LOOKED_AT)


def variables_to_api(message: Message, known: KnownVariables) -> dict[str, Any]:
    return {
        "items": [{"name": item.name, "contacts": item.contacts} for item in known.items],
        "looked_at": known.looked_at,
        "complete": known.complete,
        "warnings": warn(message, known),
    }


def warn(message: Message, known: KnownVariables) -> list[str]:
    """What is most likely wrong with the names in a message, in sentences. Nothing of it is an error; a start refuses
    what would fail."""
    if not known.looked_at:
        return []
    names = [item.name for item in known.items]
    said = [
        f"{{{{{name}}}}} speaks the name of the column; write {{{name}}} for the contact’s value"
        for name in message.doubled(names)
    ]
    folded = {fold_variable(name) for name in names}
    who = (
        "no contact has"
        if known.complete
        else f"none of the {known.looked_at:,} contacts that were looked at has"
    )
    for variable in message.all_variables():
        if fold_variable(variable.name) in folded or len(known.items) == MOST_LISTED:
            continue
        heard = "" if variable.default is None else f", and all hear “{variable.default}”"
        near = near_names(names, variable.name)
        likely = ", ".join(map(name_in_braces, near))
        hint = f"; the nearest {'name is' if len(near) == 1 else 'names are'} {likely}" if near else ""
        said.append(f"{who} {variable.name}{heard}{hint}")
    return said
