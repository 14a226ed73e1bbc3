"""A site with something of everything that /metrics and /health tell of."""

from __future__ import annotations

from campaign_app.app_context import context_of
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import EngineHeartbeat, Import
from campaign_app.providers.base import ProviderUnavailable, TrunkDown
from campaign_app.queries import durable_counters
from campaign_app.transaction import begin_write, transaction
from tests.engine.world import World, phones
from tests.support.scrape import Scrape, parse
from tests.web.people_support import Site


def scrape(site: Site) -> Scrape:
    response = site.app.test_client().get("/metrics")
    assert response.status_code == 200, response.get_data(as_text=True)
    return parse(response.get_data(as_text=True))


def make_busy(site: Site) -> World:
    """Two engines dial three campaigns: on a trunk that works, one whose circuit is open, one that was paused. The
    caller closes the world."""
    with site.app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    world = World(url, site.clock)
    failing, paused = world.trunk("failing"), world.trunk("paused", lines=5)
    world.campaign(phones(20), name="Works", max_concurrent_calls=8)
    world.campaign(phones(20, 100), name="Fails", provider="failing")
    world.campaign(phones(20, 200), name="Rests", provider="paused")
    world.providers[failing].answers["*"] = ProviderUnavailable("no route to host")
    world.providers[paused].answers["*"] = TrunkDown("the carrier refuses the credentials")
    world.tick(8)
    context_of(site.app).certificate.expires_at = site.clock.now().timestamp()
    first, second, *_ = world.provider.live()
    world.provider.tell(first, AttemptStatus.COMPLETED)
    world.provider.tell(second, AttemptStatus.BUSY)
    world.clock.move(2)
    world.tick()
    world.new_engine("engine-2").tick()
    with site.app.app_context(), transaction(db.session()) as session:
        session.add(
            Import(
                campaign_id=1,
                filename="a.csv",
                stored_as="a",
                size=1,
                status="completed",
                accepted=20,
                rejected=3,
                created_by="user:ada@example.com",
                created_at=site.clock.now(),
            )
        )
        session.merge(
            EngineHeartbeat(
                name="worker-1",
                role="worker",
                host="board",
                pid=7,
                started_at=site.clock.now(),
                last_tick_at=site.clock.now(),
                tick_ms=0,
            )
        )
    world.sql(
        """INSERT INTO call_events (token, at, received_at, source, status)
           SELECT token, at, received_at, 'callback', status FROM call_events LIMIT 1"""
    )
    with begin_write(world.db) as connection:
        durable_counters.add_to_counters(connection, {"events_unknown_token": 2})
    return world
