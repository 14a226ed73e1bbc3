"""Imports: files of contacts, or of numbers that are not to be called.

For the pages and the API:

    stored = imports.store(uploads, stream, max_bytes=…)                # writes the file; Invalid, TooLarge
    plan = imports.plan_check(session, uploads, stored, campaign_id=…)  # reads: columns, and the first 10,000 rows
    with transaction(session):
        item = imports.start_check(session, stored, plan, filename=…, actor=…, now=…)
    view = imports.get_check(session, item.id)                          # what the check page shows

    plan = imports.plan_mapping(session, uploads, item.id, mapping)     # a person chose columns, encoding, header …
    with transaction(session):
        imports.set_mapping(session, item.id, plan, dry_run=True, actor=…, now=…)
        imports.commit_import(session, item.id, actor=…, now=…)         # Conflict unless it is `checked`
        imports.discard_import(session, item.id, actor=…, now=…)        # then remove_upload(uploads, item.stored_as)
        imports.undo_import(session, item.id, actor=…, now=…)

The worker (engine/imports/) checks what is left of a large file and adds what was committed. Where the reading of a
file is unsure, its status is `needs_mapping` and nothing is added before somebody has answered.
"""

from __future__ import annotations

from .asleep import AsleepContacts, find_asleep
from .files import Readable, Stored, TooLarge, remove, store
from .rejects import Reject, list_rejects, record_rejected_export, rejected_csv
from .understanding import list_encodings
from .uploads import (
    CheckPlan,
    CheckView,
    check_listing,
    check_region,
    commit_import,
    counts_otherwise,
    discard_import,
    enqueue,
    get,
    get_check,
    list_imports,
    plan_check,
    plan_mapping,
    progress,
    remove_upload,
    set_mapping,
    start_check,
    to_api,
    undo_import,
)

__all__ = [
    "AsleepContacts",
    "CheckPlan",
    "CheckView",
    "Readable",
    "Reject",
    "Stored",
    "TooLarge",
    "check_listing",
    "check_region",
    "commit_import",
    "counts_otherwise",
    "discard_import",
    "enqueue",
    "find_asleep",
    "get",
    "get_check",
    "list_encodings",
    "list_imports",
    "list_rejects",
    "plan_check",
    "plan_mapping",
    "progress",
    "record_rejected_export",
    "rejected_csv",
    "remove",
    "remove_upload",
    "set_mapping",
    "start_check",
    "store",
    "to_api",
    "undo_import",
]
