"""Who lives where, and who may know whom. The rules are in tests/support/rooms.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rooms import MAY_IMPORT, PACKAGE, check

ROOT = Path(__file__).resolve().parents[2]


def modules() -> dict[str, Path]:
    """{dotted name: path} of every module of the product."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def test_every_module_keeps_to_its_room() -> None:
    findings = [
        finding
        for name, path in modules().items()
        for finding in check(name, path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py")
    ]
    assert not findings, "\n" + "\n".join(map(str, findings))


def test_the_check_has_read_the_product() -> None:
    assert {"campaign_app", "campaign_app.clock", "campaign_app.domain.attempt"} <= set(modules())


def test_every_module_lives_in_a_known_room() -> None:
    tops = {name.split(".")[1] for name in modules() if "." in name}
    assert tops <= set(MAY_IMPORT), f"rooms without rules: {sorted(tops - set(MAY_IMPORT))}"


BAD = [
    ("campaign_app.domain.retry", "import sqlalchemy", "the standard library only"),
    ("campaign_app.domain.retry", "import phonenumbers", "phonenumbers in phone.py"),
    ("campaign_app.domain.retry", "import babel", "babel in countries.py"),
    ("campaign_app.domain.retry", "from campaign_app.models import Base", "domain may not know models"),
    (
        "campaign_app.domain.retry",
        "def f():\n    from campaign_app import clock",
        "domain may not know clock",
    ),
    ("campaign_app.models.call", "from campaign_app.queries import claim", "models may not know queries"),
    (
        "campaign_app.queries.claim",
        "import campaign_app.services.single_calls",
        "queries may not know services",
    ),
    ("campaign_app.services.single_calls", "from ..engine import tick", "services may not know engine"),
    (
        "campaign_app.services.single_calls",
        "from campaign_app.transaction import commit",
        "may not know transaction",
    ),
    (
        "campaign_app.services.single_calls",
        "from campaign_app import create_app",
        "services may not know create_app",
    ),
    ("campaign_app.services.single_calls", "import campaign_app", "services may not know create_app"),
    (
        "campaign_app.engine.tick",
        "from campaign_app.wiring import make_provider",
        "engine may not know wiring",
    ),
    (
        "campaign_app",
        "from campaign_app.providers.simulator.adapter import Simulator",
        "may not know providers",
    ),
    (
        "campaign_app.providers.simulator.adapter",
        "from campaign_app.models import Base",
        "providers may not know models",
    ),
    (
        "campaign_app.providers.twilio.calls",
        "from ...services import calls",
        "providers may not know services",
    ),
    ("campaign_app.engine.tick", "from campaign_app.providers import simulator", "only providers/base.py"),
    ("campaign_app.engine.tick", "from campaign_app.providers.basement import X", "only providers/base.py"),
    ("campaign_app.engine.tick", "import apscheduler.triggers", "only engine/scheduler.py"),
    (
        "campaign_app.engine.tick",
        "from celery import Celery",
        "only engine/tasks.py and worker.py know celery",
    ),
    ("campaign_app.engine.dispatch", "import kombu", "only engine/tasks.py and worker.py know kombu"),
    ("campaign_app.web.frame", "def f():\n    import redis", "only redis_link.py"),
    (
        "campaign_app.services.fragment_cache",
        "from campaign_app.redis_link import RedisLink",
        "may not know redis_link",
    ),
    (
        "campaign_app.cli",
        "from campaign_app.providers.asterisk.client import Client",
        "cli may not know providers",
    ),
    ("campaign_app.web.calls", "from campaign_app.api.schemas import Call", "web may not know api"),
    ("campaign_app.web.calls", "from campaign_app.engine import tick", "web may not know engine"),
    ("campaign_app.api.calls", "from campaign_app.web.forms import Form", "api may not know web"),
    (
        "campaign_app.api.calls",
        "if TYPE_CHECKING:\n    from campaign_app.engine.tick import Engine",
        "api may not know engine",
    ),
    ("campaign_app.web.calls", "from datetime import datetime\nx = datetime.now(UTC)", "only clock.py"),
    ("campaign_app.web.calls", "from datetime import datetime as dt\nx = dt.utcnow()", "only clock.py"),
    ("campaign_app.web.calls", "import datetime\nx = datetime.date.today()", "only clock.py"),
    ("campaign_app.models.call", "from datetime import datetime\nC(default=datetime.now)", "only clock.py"),
    ("campaign_app.engine.tick", "import time as t\nx = t.time()", "only clock.py"),
    ("campaign_app.engine.tick", "from time import monotonic\nx = monotonic()", "only clock.py"),
    ("campaign_app.engine.tick", "import time\ntime.sleep(1)", "not in the product"),
    ("campaign_app.clock", "from time import sleep as rest\nrest(1)", "not in the product"),
    ("campaign_app.engine.tick", "import importlib\nimportlib.import_module('x')", "not in the product"),
    ("campaign_app.engine.tick", "__import__('campaign_app.web')", "not in the product"),
    (
        "campaign_app.engine.x",
        "import sqlalchemy as sa\nsa.event.listen(db, 'connect', f)",
        "only extensions.py listens",
    ),
    (
        "campaign_app.services.x",
        "from sqlalchemy import event\nevent.remove(db, 'connect', f)",
        "only extensions.py listens",
    ),
    ("campaign_app.worker", "import signal\nsignal.signal(signal.SIGTERM, f)", "a handler may take no lock"),
    ("campaign_app.services.single_calls", "session.commit()", "only transaction.py"),
    ("campaign_app.services.single_calls", "finish = session.commit", "only transaction.py"),
    ("campaign_app.queries.claim", "with engine.begin() as c:\n    pass", "only transaction.py"),
    ("campaign_app.web.calls", "try:\n    pass\nexcept:\n    pass", "bare except"),
    ("campaign_app.services.x", "from sqlalchemy import func\nx = func.count()", "SQL functions and text"),
    ("campaign_app.services.x", "import sqlalchemy as sa\nx = sa.text('SELECT 1')", "SQL functions and text"),
    (
        "campaign_app.services.x",
        "from campaign_app.queries.sets import run\nrun(c, 'x')",
        "SQL functions and text",
    ),
    (
        "campaign_app.services.x",
        "from sqlalchemy import select\nx = select(A).where(A.id == 1).with_for_update()",
        "locks, counts and joins",
    ),
    (
        "campaign_app.services.x",
        "from sqlalchemy import select\nx = select(A).join(B)",
        "locks, counts and joins",
    ),
    ("campaign_app.services.x", "x = session.get(A, 1, with_for_update=True)", "locks stand in queries/"),
    (
        "campaign_app.services.x",
        "from sqlalchemy import select\nx = select(A.id, B.name)",
        "more than one table",
    ),
    ("campaign_app.engine.x", "from sqlalchemy import select\nx = select(A)", "in queries/ or services/"),
]


@pytest.mark.parametrize("module, source, rule", BAD)
def test_a_broken_rule_is_found(module: str, source: str, rule: str) -> None:
    findings = check(module, source)
    assert len(findings) == 1, findings
    assert rule in str(findings[0])
    assert str(findings[0]).startswith(f"{module}:")


GOOD = [
    (
        "campaign_app.services.x",
        "from sqlalchemy import select\nx = select(A.id, A.name).where(A.id == 1)",
        False,
    ),
    ("campaign_app.services.x", "x = ', '.join(names)", False),
    (
        "campaign_app.queries.x",
        "from sqlalchemy import func, select\nx = select(func.count()).join(A)",
        False,
    ),
    ("campaign_app.cli", "from campaign_app import Switchboard", False),
    ("campaign_app.serve", "from campaign_app.wiring import make_provider", False),
    ("campaign_app.wiring", "from campaign_app.providers.simulator.adapter import Simulator", False),
    ("campaign_app", "from . import web\nfrom .wiring import make_speech", True),
    (
        "campaign_app.clock",
        "import time\nfrom datetime import UTC, datetime\nx = datetime.now(UTC), time.monotonic()",
        False,
    ),
    ("campaign_app.domain", "from .attempt import News", True),
    ("campaign_app.domain.phone", "import phonenumbers\nfrom .errors import Invalid", False),
    (
        "campaign_app.engine.scheduler",
        "from apscheduler.schedulers.background import BackgroundScheduler",
        False,
    ),
    (
        "campaign_app.engine.place",
        "from campaign_app.providers.base import Dial\nfrom ..providers import base",
        False,
    ),
    ("campaign_app.engine.tick", "now = clock.now()\nstart = self.clock.monotonic()", False),
    ("campaign_app.providers.twilio", "from .client import Client\nfrom ..clock import Clock", True),
    ("campaign_app.services.single_calls", "with session.begin_nested():\n    session.flush()", False),
    ("campaign_app.transaction", "with session.begin():\n    session.commit()", False),
    (
        "campaign_app.queries.claim",
        "from sqlalchemy import func\nx = func.now()\ntry:\n    pass\nexcept ValueError:\n    pass",
        False,
    ),
]


@pytest.mark.parametrize("module, source, is_package", GOOD)
def test_what_is_allowed_passes(module: str, source: str, is_package: bool) -> None:
    assert check(module, source, is_package=is_package) == []
