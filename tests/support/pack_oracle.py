"""Pack oracle: what the rules of a country or state allow and ask for, worked out a second time to judge the packs by.

It is written from the facts alone (facts.md, whose sections the readings name: 1 federal, 2 states, …), shares
nothing with the product, and has another shape: one small function per pack (`pack_oracle_hours`), and plain conditions
below. Rows of confidence A are on; rows of confidence B are asked for with `optional=True`; rows of confidence C are
left out.

Words. Purposes: marketing, informational, healthcare, debt, political, charity, survey, emergency. Lines: residential,
wireless, business, toll_free, unknown. Consent: none, existing (a customer), express, written, that_time (in writing,
and to a call at this very time); express is any of the last three, written is either of the last two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from tests.support.pack_oracle_hours import EXPRESS, HOURS, WRITTEN, Asked, open_always

READINGS = [
    # Hours, in general.
    "§1–§6 all hours: the closing minute is closed ('not after 21:00' ends at 21:00:00); only the beginning counts",
    "§0/§1 emergency: no pack's hours, caps or demands bind it, but the federal identification ('all prerecorded')",
    "§2 places: a state's pack binds that subdivision only; plain US is bound by us-federal alone",
    "§1 places: us-federal binds US, every US-xx, and PR, GU, VI, AS, MP by their country codes",
    "§2–§6 'changed': read as a version only where the text tells both states (OR, FR); others hold at any date",
    "§1 hours: 'whether consent lifts it is litigated' = no consent lifts 08–21; 'without prior consent' (TSR) ignored",
    "§1 debt (Reg F): its 08–21 is in us-federal too, as the row is A",
    "§2 holidays: library list of the state, with its observed days, plus only the dates that §2 names",
    "§2 holidays: 'A for the six states', but in a row of hours B (PA, RI, MS) or disputed scope (AL) the row's B wins",
    # States, hours.
    "AL: 'both ways' = Saturday to Friday and Sunday to Monday, for the added 1 Dec too; the date itself stays closed",
    "FL: the area code presumes a place; it does not change the clock, which is the person's zone",
    "IL 'B / C': 08–21 is B (optional), autodialers 09–21 is C (left out)",
    "LA: no consent lifts hours or days ('differ on whether consent excuses'); emergencies: the operator's",
    "LA: added by name is the day after Thanksgiving alone; R.S. 1:55 has more (8 Jan, 30 Aug, 1 Nov), unread here",
    "MA, MI/MN/NM, NV, KY, CT, IL, TN, VA, PA, NZ: hours are B, so nothing by default",
    "ME: 'the time in this State' is America/New_York, whatever zone the person has; weekdays = Mon–Fri, no holidays",
    "MS hours B: optional; Central = America/Chicago for hour, weekday and date; closed on holidays ('sources differ')",
    "MS holidays: Sunday moves to Monday, Saturday does not move to Friday; the library's Friday is taken out",
    "NE: 08–21 holds for every purpose but emergency ('also informational'), not for informational alone",
    "NE: 13–21 on Sundays and holidays is for marketing; charity and political calls are not 'solicitation' here",
    "NE: existing customers are exempt from all of it ('EBR … exempt'), hours included",
    "NE: holidays of the library; the day after Thanksgiving is not named in the row (Neb. Rev. Stat. 62-301 has it)",
    "NY: emergencies are the operator's blackouts, no hours",
    "OK: marketing 09–20 ('together'); every other purpose 09–21, since the 08–20 half is of solicitation",
    "OR: 08–21 until 31 Dec 2025, 08–20 from 1 Jan 2026, by the date on the person's clock",
    "PA: optional; daily 08–21 but holidays; Flag Day 14 June has no substitute; dnc.com's 15 Dec is not in the text",
    "RI: hours B, optional; 'unsolicited' does not free a call with consent; 4 May has no substitute",
    "RI: 'state or federal holiday' = library's US-RI and US together",
    "SC: general 08–21 and ADAD 08–19 together = 08–19 for marketing and political, as if nothing were struck",
    "SD: a zone that is neither Chicago nor Denver = both must be open; weekdays = Mon–Fri, no holidays",
    "UT: 'without prior express consent' governs the whole cell, hours too; an existing customer is not free",
    "WA: hours 08–20 stand although the call is prohibited anyway",
    # Countries, hours.
    "Canada: 'also when not soliciting' = every purpose but emergency; healthcare, debt, charity included",
    "Canada holidays: dnc.com's remark and 'provinces' holidays' are B: closed for marketing when optional, all days",
    "FR: in force by the date on the person's clock (1 Mar 2023; 11 Aug 2026); before, no hours",
    "FR: after 11 Aug 2026 the same windows go on, although 'still these hours' is C",
    "FR: until 10 Aug 2026 express consent lifts days and hours; since then only that_time; existing never",
    "FR: overseas = FR-xxx and GP MQ GF RE YT PM BL MF NC PF WF TF; everywhere the 11 days of L. 3133-1, no others",
    "ES: holidays of the nation and the community (looked up for a province); plain ES: of the nation",
    "ES: no consent lifts hours or days",
    "AU: telemarketing hours are marketing's; charity has none in the text (ACMA counts asking for donations as one)",
    "AU: research hours have no holidays in the text; the row above has (check the Standard: may well be closed too)",
    "AU: 'national' = library's AU without a state and without substitute days (Easter Monday, Boxing Day included)",
    "AU, ZA: 'consent to that time' / 'otherwise in writing' = that_time only; consent to calls is not to an hour",
    "ZA: Saturday 09–13; a holiday closes any day; elections and other library one-offs count",
    "NZ: optional; regional anniversary days and observed days close for a place that names its region",
    "CO: marketing and debt; 'several channels in a week' says nothing of voice alone",
    "UK, DE, IT: hours are C, so always open",
    # Caps.
    "§1 cap 3 in 30 days: informational, political, charity, survey, without express consent; any line; per seller",
    "§1 healthcare: 1 a calendar day, 3 a calendar week of the person ('day of callee' is C); else rolling would do",
    "§1 (a)(9) wireless, free to the callee: left out, since such calls are not knowable by purpose",
    "§1 debt: 'per debt' is scope subject; all calls placed count; 7 days after a talk is a silence, not a cap",
    "FL, MD, OK: no consent lifts 3 in 24 h; OR: existing customers are free; OR's 'same subject' is from §0, not §2",
    "ME: 1 per number in 8 h is of the whole installation, as no seller or subject is named; marketing",
    "MA debt 2 in 7 days: the C of 'B / C', left out",
    "FR: attempts = placed; 'same professional' = seller; 30 days roll; consent lifts nothing",
    "CO: 'one contact a day' = one call placed a calendar day, per seller, marketing and debt",
    "UK 72 h / 24 h: silences, B ('good practice'), optional",
    "WA: 'not called again for a year' = a silence after do-not-call",
    # Demands.
    "demands: said whether or not the consent given meets them; consent takes away only what the row says it excuses",
    "§1 consent: written is said alone, without the weaker express; TX, LA, MS 5th Circuit: no place here, so written",
    "§1 wireless + unknown line: unknown = wireless and residential; business and toll-free lines need no consent",
    "§1 opt-out: marketing on any line; exempt calls = the five purposes, perhaps residential, no express consent",
    "§1 debt to residential: not in the list of exempt purposes, so neither cap 3/30 nor opt-out key",
    "§1 dates of 2023 and 2013 are not versions here",
    "§1 registry: marketing to residential or wireless; excused by written consent or existing (age of EBR unasked)",
    "CT: written consent B, optional",
    "ME: 'not to cell' = prohibited on wireless and on unknown lines; unlisted is not knowable",
    "MN: 'or a live person first' is never met here, so express for marketing, political, charity; existing is exempt",
    "MS: 'prior agreement' = express; A although hours are B",
    "NE: 'say who' = identification for every purpose; existing exempt; PSC registration is a note",
    "NY: 'Dec 2022 opt-out first' (under 'changed') = opt_out_key for marketing; 'own rules for ADAD' = nothing",
    "OK: 'on request' = express; 'ordered goods' = informational to existing; 'creditors' = debt; else express for all",
    "OR: opt_out_key for marketing from 1 Jan 2026; 'debt collectors partly exempt' does not widen it to debt",
    "RI: the ADAD cell names whom the section covers and asks for nothing that can be checked",
    "SC: marketing and political need express or existing ('prior business'); debt free; struck parts still read",
    "UT: express or existing; SD, TX, LA, NV, KY, MI, NM, PA, AL, IL, MA, TN, VA: nothing",
    "WA: prohibited for marketing whatever the consent ('in practice')",
    "Canada: express for marketing and charity, existing is not enough; registry for marketing, nothing excuses it",
    "Canada 'ADAD otherwise': identification for all other purposes but emergency; none is said of marketing",
    "UK: 'prior specific' = express, for marketing, charity, political; 'address / freephone' is identification",
    "FR: the EU row (A, machines) asks for express consent before 11 Aug 2026 too; a business line needs none",
    "FR: 'running contract' (existing) frees from L. 223-1, not from the EU row, so a machine needs consent still",
    "FR, ES, DE, IT: the EU row adds nothing else; ES 2-year renewal, IT energy, ES numeric code, ARCEP ranges: notes",
    "IT: registry A without an age, registry:15 when optional; marketing",
    "AU: registry:30 is B; identification for marketing and survey, political is not named",
    "CO: registry without an age, marketing and debt; ZA: machine consent B = express for marketing; NZ: nothing",
    "DE: express on every line, business too; ES: express on every line; IT, UK: on every line",
]
"""Places where the facts allow two readings, each with its row and the reading taken."""

PURPOSES = ("marketing", "informational", "healthcare", "debt", "political", "charity", "survey", "emergency")
LINES = ("residential", "wireless", "business", "toll_free", "unknown")
CONSENTS = ("none", "existing", *EXPRESS)

Cap = tuple[int, int, str, str, str]
"""Most calls, in so many, of this unit (hours, days: rolling; calendar_day, calendar_week), what counts, over what."""

Silence = tuple[int, str, str]
"""So many, of this unit (hours, days, years), without a call after what."""


PACKS = tuple(HOURS)

OPTIONAL_HOURS = (
    *(
        "us-al",
        "us-ct",
        "us-il",
        "us-ky",
        "us-ma",
        "us-mi",
        "us-mn",
        "us-ms",
        "us-nm",
        "us-nv",
        "us-pa",
        "us-ri",
    ),
    *("us-tn", "us-va", "new-zealand"),
)
"""Packs whose hours are of confidence B as a whole."""

COUNTRIES = {
    "us-federal": "US PR GU VI AS MP",
    "canada": "CA",
    "france": "FR GP MQ GF RE YT PM BL MF NC PF WF TF",
    "spain": "ES",
    "italy": "IT",
    "australia": "AU",
    "new-zealand": "NZ",
    "south-africa": "ZA",
    "colombia": "CO",
    "uk": "GB",
    "germany": "DE",
}


@cache
def binds_place(pack: str, place: str) -> bool:
    if pack in COUNTRIES:
        return place.partition("-")[0] in COUNTRIES[pack].split()
    return place == pack.upper()


@cache
def refuse_unknown(pack: str, purpose: str, consent: str, line: str = "unknown") -> None:
    """A misspelt word would be a rule that never applies."""
    for word, words in ((pack, PACKS), (purpose, PURPOSES), (consent, CONSENTS), (line, LINES)):
        if word not in words:
            raise ValueError(f"{word!r} is none of {', '.join(words)}")


def pack_hours_open(
    pack: str, purpose: str, place: str, zone: str, at: datetime, consent: str, *, optional: bool = False
) -> bool:
    """Whether the hours of this pack alone let a prerecorded call begin at `at`: UTC, of which the minute counts.

    `place` is where the person is (ISO 3166-1 or 3166-2), `zone` one of the zones of the person's clock. A pack that
    does not bind the place forbids nothing.
    """
    return find_pack_hours(pack, purpose, place, zone, consent, optional=optional)(at)


def find_pack_hours(
    pack: str, purpose: str, place: str, zone: str, consent: str, *, optional: bool = False
) -> Callable[[datetime], bool]:
    """`pack_hours_open` of every instant, for who asks about very many."""
    refuse_unknown(pack, purpose, consent)
    is_silent = not binds_place(pack, place) or purpose == "emergency"
    is_silent = is_silent or (pack in OPTIONAL_HOURS and not optional)
    look = open_always if is_silent else HOURS[pack]
    asked = Asked(purpose, place, zone, datetime.max.replace(tzinfo=UTC), consent, optional)

    def is_open(at: datetime) -> bool:
        if at.tzinfo is not UTC and at.utcoffset() != timedelta(0):
            raise ValueError(f"{at} is not in UTC")
        asked.at = at
        return look(asked)

    return is_open


# --- Caps and silences ----------------------------------------------------------------------------------------------

THREE_A_DAY: Cap = (3, 24, "hours", "placed", "subject")


def pack_caps(pack: str, purpose: str, consent: str, *, on: date = date(2026, 11, 28)) -> list[Cap]:
    """The caps of this pack on calls to one number or person, all of which must be kept. None is of confidence B."""
    refuse_unknown(pack, purpose, consent)
    if pack == "us-federal" and consent not in EXPRESS:
        if purpose in ("informational", "political", "charity", "survey"):
            return [(3, 30, "days", "placed", "seller")]
        if purpose == "healthcare":
            return [(1, 1, "calendar_day", "placed", "seller"), (3, 1, "calendar_week", "placed", "seller")]
    if pack == "us-federal" and purpose == "debt":
        return [(7, 7, "days", "placed", "subject")]
    if pack in ("us-fl", "us-md", "us-ok") and purpose == "marketing":
        return [THREE_A_DAY]
    if pack == "us-or" and purpose == "marketing" and consent != "existing" and on >= date(2026, 1, 1):
        return [THREE_A_DAY]
    if pack == "us-me" and purpose == "marketing":
        return [(1, 8, "hours", "placed", "installation")]
    if pack == "france" and purpose == "marketing" and on >= date(2023, 3, 1):
        return [(4, 30, "days", "placed", "seller")]
    if pack == "colombia" and purpose in ("marketing", "debt"):
        return [(1, 1, "calendar_day", "placed", "seller")]
    return []


def pack_silences(pack: str, purpose: str, *, optional: bool = False) -> list[Silence]:
    """How long nobody is called after what happened on the number."""
    refuse_unknown(pack, purpose, "none")
    if pack == "us-federal" and purpose == "debt":
        return [(7, "days", "talked")]
    if pack == "us-wa" and purpose == "marketing":
        return [(1, "years", "do_not_call")]
    if pack == "france" and purpose == "marketing":
        return [(60, "days", "refused")]
    if pack == "uk" and optional and purpose != "emergency":
        return [(72, "hours", "abandoned"), (24, "hours", "machine")]
    return []


# --- Demands --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planned:
    """One question: what must be true of a campaign's call, beside its time?"""

    purpose: str
    line: str
    consent: str
    on: date
    optional: bool

    def may_reach(self, line: str) -> bool:
        return self.line == line or (self.line == "unknown" and line in ("residential", "wireless"))


def list_us_federal_demands(planned: Planned) -> set[str]:
    demands = {"identification"}
    if planned.purpose == "emergency":
        return demands
    reaches_a_person = planned.may_reach("wireless") or planned.may_reach("residential")
    if planned.purpose == "marketing":
        demands |= {"opt_out_key", "toll_free"}
        if reaches_a_person:
            demands |= {"consent:written"}
        if reaches_a_person and planned.consent not in ("existing", *WRITTEN):
            demands |= {"registry:31"}
        return demands
    if planned.may_reach("wireless"):
        demands |= {"consent:express"}
    if (
        planned.purpose in ("informational", "political", "charity", "survey", "healthcare")
        and planned.may_reach("residential")
        and planned.consent not in EXPRESS
    ):
        demands |= {"opt_out_key", "toll_free"}
    return demands


def list_us_ok_demands(planned: Planned) -> set[str]:
    if planned.purpose == "debt":
        return set()
    if planned.purpose == "informational" and planned.consent == "existing":
        return set()
    return {"consent:express"}


def list_canada_demands(planned: Planned) -> set[str]:
    if planned.purpose == "marketing":
        return {"consent:express", "registry:31"}
    if planned.purpose == "charity":
        return {"consent:express"}
    return {"identification"}


def list_france_demands(planned: Planned) -> set[str]:
    return {"consent:express"} if planned.purpose == "marketing" and planned.line != "business" else set()


def list_italy_demands(planned: Planned) -> set[str]:
    if planned.purpose != "marketing":
        return set()
    return {"consent:express", "registry:15" if planned.optional else "registry"}


def list_australia_demands(planned: Planned) -> set[str]:
    demands = {"identification"} if planned.purpose in ("marketing", "survey") else set()
    if planned.purpose == "marketing" and planned.optional:
        demands |= {"registry:30"}
    return demands


def list_us_state_demands(pack: str, planned: Planned) -> set[str]:
    """States whose row is one sentence about marketing, or nearly."""
    marketing = planned.purpose == "marketing"
    existing = planned.consent == "existing"
    if pack in ("us-fl", "us-md") and marketing:
        return {"consent:written"}
    if pack == "us-ct" and marketing and planned.optional:
        return {"consent:written"}
    if pack == "us-me" and marketing and planned.may_reach("wireless"):
        return {"prohibited"}
    if pack == "us-mn" and planned.purpose in ("marketing", "political", "charity") and not existing:
        return {"consent:express"}
    if pack == "us-ms" and marketing:
        return {"consent:express"}
    if pack == "us-sc" and planned.purpose in ("marketing", "political") and not existing:
        return {"consent:express"}
    if pack == "us-ut" and marketing and not existing:
        return {"consent:express"}
    return set()


def list_us_state_other_demands(pack: str, planned: Planned) -> set[str]:
    """States that ask for something else than consent, and Oklahoma."""
    marketing = planned.purpose == "marketing"
    if pack == "us-ne" and planned.consent != "existing":
        return {"identification"}
    if pack == "us-ny" and marketing:
        return {"opt_out_key"}
    if pack == "us-ok":
        return list_us_ok_demands(planned)
    if pack == "us-or" and marketing and planned.on >= date(2026, 1, 1):
        return {"opt_out_key"}
    if pack == "us-wa" and marketing:
        return {"prohibited"}
    return set()


def list_country_demands(pack: str, planned: Planned) -> set[str]:
    marketing = planned.purpose == "marketing"
    if pack == "canada":
        return list_canada_demands(planned)
    if pack == "france":
        return list_france_demands(planned)
    if pack == "italy":
        return list_italy_demands(planned)
    if pack == "australia":
        return list_australia_demands(planned)
    if pack in ("spain", "germany") and marketing:
        return {"consent:express"}
    if pack == "south-africa" and marketing and planned.optional:
        return {"consent:express"}
    if pack == "uk" and planned.purpose in ("marketing", "charity", "political"):
        return {"consent:express", "identification"}
    if pack == "colombia" and planned.purpose in ("marketing", "debt"):
        return {"registry"}
    return set()


def pack_requires(
    pack: str, purpose: str, line: str, consent: str, on: date, *, optional: bool = False
) -> set[str]:
    """What this pack asks of a call beside its time.

    `consent:express` or `consent:written` (the least kind), `opt_out_key`, `identification`, `toll_free`,
    `registry` or `registry:DAYS` (the greatest age of the list), `prohibited`. A demand stays in the set when the
    consent given meets it; one that the row lifts for that consent is not in the set.
    """
    refuse_unknown(pack, purpose, consent, line)
    planned = Planned(purpose, line, consent, on, optional)
    if pack == "us-federal":
        return list_us_federal_demands(planned)
    if purpose == "emergency":
        return set()
    if pack in COUNTRIES:
        return list_country_demands(pack, planned)
    return list_us_state_demands(pack, planned) | list_us_state_other_demands(pack, planned)
