"""Audit words: what an entry of the audit trail says, as a sentence for people: verbs for actions, names for ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaign_app.logs import hide_numbers

from .filters import capitalize_first

VERBS = {
    "access.refuse": "was refused",
    "answer.export": "downloaded an answer of the outside check",
    "audit.delete-export": "deleted a file of the audit log",
    "audit.download-export": "downloaded a file of the audit log",
    "audit.export": "downloaded the audit log",
    "backup.move": "moved the installation elsewhere with",
    "call.decide": "decided about",
    "call.delete-export": "deleted a file of calls",
    "call.download-export": "downloaded a file of calls",
    "call.export": "downloaded calls",
    "call.hangup": "hung up a call",
    "call.let-go": "let go of the line of",
    "call.test": "made a test call",
    "call.undo-decision": "undid the decision about",
    "campaign.ask-start": "asked for a second person to start",
    "campaign.delete-export": "deleted an exported file of",
    "campaign.download-export": "downloaded an exported file of",
    "campaign.export": "downloaded",
    "campaign.plan-resume": "changed when to resume",
    "campaign.stay-paused": "did not resume",
    "contact.reveal": "looked at the number of",
    "contacts.call-again": "set contacts to be called again in",
    "contacts.add": "added contacts to",
    "contacts.remove": "removed contacts from",
    "do-not-call.delete-export": "deleted an exported file of",
    "do-not-call.download-export": "downloaded an exported file of",
    "import.add": "uploaded a file",
    "import.commit": "confirmed an upload",
    "import.discard": "discarded an upload",
    "import.export": "downloaded the rows that an upload left out",
    "import.map": "changed how an upload is read",
    "import.reveal": "looked at the rows that an upload left out",
    "import.undo": "undid an upload",
    "number.confirm": "confirmed a number as their own",
    "number.reveal": "looked at a number",
    "person.export": "downloaded what is held of a person",
    "person.forget": "had a person forgotten",
    "recovery.begin": "put dialing on hold for a recovery",
    "recovery.give-up": "gave up lost calls",
    "recovery.release": "let dialing go on after a recovery",
    "rule.switch_off": "switched off",
    "rule.switch_on": "switched on",
    "shift.note": "left a note for the next shift",
    "token.end": "set an end for the token",
    "token.hand-over": "handed over the token",
    "trunk.renew-secrets": "re-encrypted the credentials of",
    "user.accept-invitation": "accepted the invitation",
    "user.change-password": "changed the password",
    "user.change-role": "changed the role of",
    "user.end-all-sessions": "signed out everywhere",
    "user.end-session": "signed out one browser of",
    "user.invite-again": "made a new invitation for",
    "user.link-identity": "linked single sign-on to",
    "user.lock-out": "was locked out for too many wrong tries at",
    "user.new-recovery-codes": "made new recovery codes for",
    "user.recovery-code": "used a recovery code",
    "user.rename": "renamed",
    "user.reset-link": "made a link to reset the password of",
    "user.reset-password": "chose a new password",
    "user.second-factor-off": "removed a second factor of",
    "user.second-factor-on": "set up a second factor for",
    "user.sign-in": "signed in",
    "user.sign-in-failed": "failed to sign in to",
    "user.sign-out-others": "signed out the other browsers of",
    "user.wrong-code": "entered a wrong code for",
    "user.wrong-password": "entered a wrong password for",
}
PAST = {
    "add": "added",
    "check": "checked",
    "complete": "completed",
    "create": "created",
    "delete": "deleted",
    "disable": "disabled",
    "edit": "changed",
    "enable": "enabled",
    "lift": "lifted",
    "pause": "paused",
    "proceed": "went on with",
    "remove": "removed",
    "replace": "replaced",
    "rename": "renamed",
    "reopen": "reopened",
    "restore": "restored",
    "resume": "resumed",
    "revoke": "revoked",
    "save": "changed",
    "start": "started",
    "stop": "stopped",
    "archive": "archived",
    "unarchive": "unarchived",
    "clone": "copied",
    "update": "changed",
    "export": "downloaded",
    "switch": "switched a rule of",
}
HIDDEN = frozenset({"address", "email"})
"""Details that the entry's own columns, or the object's name, show already."""


LABELS = {"new": "new contacts"}
"""Details whose names alone say too little."""


def describe_action(action: str) -> str:
    """`campaign.pause` → `paused`; of what is not known its own words."""
    if action in VERBS:
        return VERBS[action]
    verb = action.rpartition(".")[2]
    return PAST.get(verb, verb.replace("-", " "))


def describe_detail(value: object) -> str:
    """A detail as one line; telephone numbers in it are masked."""
    match value:
        case dict():
            parts = [_describe_item(str(name), item) for name, item in value.items() if name not in HIDDEN]
            return "; ".join(part for part in parts if part)
        case list():
            return ", ".join(describe_detail(item) for item in value)
        case True | False:
            return "yes" if value else "no"
        case None:
            return "none"
    return hide_numbers(str(value))


def _describe_item(name: str, item: object) -> str:
    label = LABELS.get(name, name.replace("_", " "))
    if name == "changed" and isinstance(item, Mapping):
        return "; ".join(_describe_change(str(each), pair) for each, pair in item.items())
    text = describe_detail(item)
    if name.endswith("_id") and isinstance(item, int):
        return f"{label.removesuffix(' id')} {text}"
    return f"{label}: {text}" if text else ""


def _describe_change(name: str, pair: Any) -> str:
    label = capitalize_first(name.replace("_", " "))
    if isinstance(pair, list) and len(pair) == 2:
        return f"{label}: {describe_detail(pair[0])} → {describe_detail(pair[1])}"
    return f"{label}: {describe_detail(pair)}"
