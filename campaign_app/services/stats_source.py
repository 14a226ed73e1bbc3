"""Stats source: what the figures of campaigns are read from, each statement at most once for all that are shown.

A page of fifty campaigns runs each of about fifteen statements once, when the first of its campaigns needs the result,
and not fifty times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy.orm import Session

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.models import CONTACT_COUNTERS, Campaign, CampaignCounters
from campaign_app.queries import campaign_stats as queries
from campaign_app.queries.campaign_stats import CallSpan, RecentCalls, TrunkUser
from campaign_app.queries.forgotten import is_forget_key_missing
from campaign_app.queries.fragments import SLOT, slot_of
from campaign_app.queries.unresolved import DoubtfulLines
from campaign_app.services import health, recovery
from campaign_app.services.queue_summary import QueueRows, load_queues

RATE_WINDOW = timedelta(minutes=15)
JUDGED_OVER = timedelta(seconds=30)
"""How far back the use of lines is judged, so that a reason does not change with every call that ends."""
NO_RECENT_CALLS = RecentCalls()


class StatsSource:
    """The rows of some campaigns as they are at one instant, in UTC; `tick_seconds` is the engine's."""

    def __init__(
        self, session: Session, campaigns: Sequence[Campaign], now: datetime, tick_seconds: float
    ) -> None:
        self.session = session
        self._campaigns = campaigns
        self._ids = [campaign.id for campaign in campaigns]
        self._trunk_ids = sorted({campaign.trunk_id for campaign in campaigns})
        self.now = now
        self.tick_seconds = tick_seconds

    def counters(self, campaign: Campaign) -> CampaignCounters:
        return self._counters[campaign.id]

    def contacts(self, campaign: Campaign) -> dict[str, int]:
        """By status."""
        counters = self.counters(campaign)
        return {status.value: getattr(counters, column) for status, column in CONTACT_COUNTERS.items()}

    def open_by_status(self, campaign: Campaign) -> dict[str, int]:
        return self._open_by_status.get(campaign.id, {})

    def response_counts(self, campaign: Campaign) -> dict[str, int]:
        """What is counted of the calls' details, by name."""
        return self._response_counts.get(campaign.id, {})

    def undecided(self, campaign: Campaign) -> int:
        """Calls of unknown outcome about which nobody has decided yet."""
        if not self.counters(campaign).attempts_unresolved:
            return 0
        return self._undecided.get(campaign.id, 0)

    def recent_calls(self, campaign: Campaign) -> RecentCalls:
        """What ended in RATE_WINDOW, and what was sent last."""
        return self._recent_calls.get(campaign.id, NO_RECENT_CALLS)

    @cached_property
    def queues(self) -> QueueRows:
        waiting = {
            campaign.id: self.counters(campaign).contacts_pending + self.counters(campaign).contacts_retry
            for campaign in self._campaigns
        }
        return load_queues(self.session, waiting, self.now)

    @cached_property
    def is_engine_alive(self) -> bool:
        return health.is_engine_alive(self.session, self.now, self.tick_seconds)

    @cached_property
    def is_quarantined(self) -> bool:
        return recovery.is_quarantined(self.session)

    @cached_property
    def is_forget_key_missing(self) -> bool:
        """Whether the permit refuses everybody, because forgotten numbers cannot be known."""
        return is_forget_key_missing(self.session.connection())

    def dispatch_failure(self, campaign: Campaign) -> str | None:
        """Why nothing is handed over to workers for its trunk."""
        return None if campaign.trunk_id in self._leased_trunks else self._dispatch_failure

    def soft_start_left(self, campaign: Campaign) -> int | None:
        """How many more people a soft start may call; None: everyone may be called."""
        if campaign.soft_start is None or campaign.soft_start_at is None:
            return None
        return max(campaign.soft_start - self._people_begun.get(campaign.id, 0), 0)

    def overdue_lines(self, campaign: Campaign) -> int:
        """Open calls that should have ended."""
        return self._overdue.get(campaign.id, 0)

    def doubtful_lines(self, campaign: Campaign) -> DoubtfulLines:
        return self._doubtful.get(campaign.id, DoubtfulLines(0, None))

    def held_lines(self, campaign: Campaign) -> int:
        return self._held_lines.get(campaign.id, 0)

    def held_trunk_lines(self, campaign: Campaign) -> int:
        """Of its trunk."""
        return self._held_trunk_lines.get(campaign.trunk_id, 0)

    def keeps_transfer_line(self, campaign: Campaign) -> bool:
        """Whether its trunk keeps a line for transfers."""
        return campaign.trunk_id in self._transfer_trunks

    def call_spans(self, campaign: Campaign, since: datetime) -> list[CallSpan]:
        """Its calls that had a line after `since`, which is no longer than JUDGED_OVER ago."""
        return _had_lines(self._call_spans.get(campaign.id, ()), since)

    def trunk_spans(self, campaign: Campaign, since: datetime) -> list[CallSpan]:
        """The same of its trunk."""
        return _had_lines(self._trunk_spans.get(campaign.trunk_id, ()), since)

    def others_on_trunk(self, campaign: Campaign) -> list[TrunkUser]:
        """The other campaigns that hold lines of its trunk, most first."""
        users = self._trunk_users.get(campaign.trunk_id, [])
        return [user for user in users if user.campaign_id != campaign.id]

    @cached_property
    def _counters(self) -> dict[int, CampaignCounters]:
        return queries.load_counters(self.session, self._ids)

    @cached_property
    def _open_by_status(self) -> dict[int, dict[str, int]]:
        return queries.count_open_by_status(self.session, self._ids)

    @cached_property
    def _response_counts(self) -> dict[int, dict[str, int]]:
        return queries.read_response_counts(self.session, self._ids)

    @cached_property
    def _undecided(self) -> dict[int, int]:
        ids = self._choose(lambda campaign: self.counters(campaign).attempts_unresolved > 0)
        return queries.count_undecided(self.session, ids)

    @cached_property
    def _recent_calls(self) -> dict[int, RecentCalls]:
        """Not of those that neither claimed a call nor had one end for so long: their latest attempts say nothing."""
        longest = max(
            (
                timedelta(seconds=2 / campaign.calls_per_second)
                for campaign in self._campaigns
                if campaign.status == CampaignStatus.RUNNING and campaign.calls_per_second
            ),
            default=RATE_WINDOW,
        )
        since = slot_of(self.now - max(longest, RATE_WINDOW)) - SLOT
        active = queries.list_active(self.session, self._ids, since) | self._open_by_status.keys()
        return queries.measure_recent_calls(self.session, sorted(active), self.now - RATE_WINDOW)

    @cached_property
    def _dispatch_failure(self) -> str | None:
        return health.find_dispatch_failure(self.session, self.now, self.tick_seconds)

    @cached_property
    def _leased_trunks(self) -> set[int]:
        return health.list_leased_trunks(self.session, self._trunk_ids, self.now, self.tick_seconds)

    @cached_property
    def _people_begun(self) -> dict[int, int]:
        starts = [
            (campaign.id, campaign.soft_start_at)
            for campaign in self._campaigns
            if campaign.soft_start is not None and campaign.soft_start_at is not None
        ]
        return queries.count_people_begun(self.session, starts)

    @cached_property
    def _overdue(self) -> dict[int, int]:
        return queries.count_overdue(self.session, self._dialing, self.now)

    @cached_property
    def _doubtful(self) -> dict[int, DoubtfulLines]:
        return queries.count_doubtful_lines(self.session, self._dialing, self.now)

    @cached_property
    def _dialing(self) -> list[int]:
        return self._choose(lambda campaign: self.counters(campaign).contacts_dialing != 0)

    @cached_property
    def _held_lines(self) -> dict[int, int]:
        return queries.count_held_lines(self.session, self._running)

    @cached_property
    def _held_trunk_lines(self) -> dict[int, int]:
        return queries.count_held_trunk_lines(self.session, self._trunk_ids)

    @cached_property
    def _transfer_trunks(self) -> set[int]:
        return queries.list_transfer_trunks(self.session, self._trunk_ids)

    @cached_property
    def _call_spans(self) -> dict[int, list[CallSpan]]:
        return queries.list_call_spans(self.session, self._running, self.now - JUDGED_OVER)

    @cached_property
    def _trunk_spans(self) -> dict[int, list[CallSpan]]:
        return queries.list_trunk_spans(self.session, self._trunk_ids, self.now - JUDGED_OVER)

    @cached_property
    def _trunk_users(self) -> dict[int, list[TrunkUser]]:
        return queries.list_trunk_users(self.session, self._trunk_ids)

    @cached_property
    def _running(self) -> list[int]:
        return self._choose(lambda campaign: campaign.status == CampaignStatus.RUNNING)

    def _choose(self, is_wanted: Callable[[Campaign], bool]) -> list[int]:
        return [campaign.id for campaign in self._campaigns if is_wanted(campaign)]


def _had_lines(spans: Sequence[CallSpan], since: datetime) -> list[CallSpan]:
    return [span for span in spans if span.ended is None or span.ended > since]
