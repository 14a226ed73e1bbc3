"""Receipt rows: what each rule said at a past instant, and the rest of a receipt, as tables of pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaign_app.services.receipts import Receipt, Verdict
from campaign_app.services.rule_checks import NotCalledReason, RuleCheck

from .filters import capitalize_first, describe_actor, mask_sentence
from .person_clock import PersonClock
from .why_words import REASON_TITLES, RULE_TITLES

TONES = {
    Verdict.ALLOWED: ("live", "completed"),
    Verdict.EXEMPT: ("live", "completed"),
    Verdict.NOT_SENT: ("wait", "clock"),
    Verdict.WAITING: ("wait", "clock"),
    Verdict.AGAINST_RULES: ("bad", "failed"),
    Verdict.UNKNOWN: ("doubt", "unresolved"),
}
VERDICT_WORDS = {
    Verdict.ALLOWED: "By the rules of then",
    Verdict.EXEMPT: "Exempt",
    Verdict.NOT_SENT: "Not sent",
    Verdict.WAITING: "Not decided yet",
    Verdict.AGAINST_RULES: "Against the rules",
    Verdict.UNKNOWN: "Not known any more",
}
PAST_TITLES = {"not-running": "Campaign", "released": "Just before the call"}


@dataclass(frozen=True, slots=True)
class PastRow:
    """One line: a rule and what it said, or a fact that the rules went by."""

    title: str
    says: str
    tone: str = "live"
    icon: str = "completed"
    until: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt on a page: `strong` begins its sentence."""

    receipt: Receipt
    tone: str
    icon: str
    strong: str
    text: str
    rows: Sequence[PastRow]

    @property
    def unknown(self) -> Sequence[str]:
        return self.receipt.unknown


def view_receipt(receipt: Receipt) -> ReceiptView:
    """A receipt for the timeline of a contact and the page of a number."""
    tone, icon = TONES[receipt.verdict]
    sentence = mask_sentence(receipt.sentence)
    strong, _, text = sentence.partition(": ")
    if not text:
        strong, text = "", sentence
    clock = PersonClock(receipt.profile.zones if receipt.profile is not None else ())
    rows = [*list_past_rows(receipt.checks, clock), *_list_facts(receipt, clock)]
    return ReceiptView(receipt, tone, icon, f"{strong}:" if strong else "", text, rows)


def list_past_rows(checks: Iterable[RuleCheck], clock: PersonClock) -> list[PastRow]:
    """What each rule said, those that forbade a call first."""
    held = [
        PastRow(
            PAST_TITLES.get(reason.code) or REASON_TITLES.get(reason.code) or RULE_TITLES[check.rule],
            _describe_reason(reason, clock),
            "bad",
            "suppressed",
            clock.describe(reason.until) if reason.until else "",
        )
        for check in checks
        for reason in check.reasons
    ]
    free = [
        PastRow(RULE_TITLES[check.rule], check.says, until=clock.describe(check.until) if check.until else "")
        for check in checks
        if not check.holds
    ]
    return held + free


def _describe_reason(reason: NotCalledReason, clock: PersonClock) -> str:
    since = f", since {clock.describe(reason.since)}" if reason.since is not None else ""
    return f"{mask_sentence(reason.sentence)}{since}"


def _list_facts(receipt: Receipt, clock: PersonClock) -> list[PastRow]:
    """What the rules went by: purpose, place, consent, rules, and who started the campaign."""
    rulebook, profile, stored, started = (
        receipt.rulebook,
        receipt.profile,
        receipt.stored,
        receipt.started,
    )
    facts = []
    if rulebook is not None:
        purpose = (
            "none stated, held to the rules of marketing" if rulebook.purpose is None else rulebook.purpose
        )
        subject = f", about “{rulebook.subject}”" if rulebook.subject else ""
        facts.append(("Purpose", f"{purpose}{subject}"))
        guard = f"no call in the last {rulebook.guard_seconds} seconds before closing"
        facts.append(("Guard", guard if rulebook.guard_seconds else "none"))
    if profile is not None:
        zones = ", ".join(profile.zones) or "unknown"
        facts.append(
            ("Where they were thought to be", f"{zones} (from {profile.derived.replace('+', ', ')})")
        )
        facts.append(("Consent", profile.consent if profile.has_consent else "none on record"))
    if stored is not None:
        made = f"rulebook {stored.id}, made by {describe_actor(stored.made_by)}, {clock.describe(stored.made_at)}"
        facts.append(("Rules", made))
    if started is not None:
        did = {"campaign.resume": "resumed"}.get(started.action, "started")
        facts.append(("Campaign", f"{did} by {describe_actor(started.actor)}, {clock.describe(started.at)}"))
    return [PastRow(title, capitalize_first(says), "muted", "info") for title, says in facts]
