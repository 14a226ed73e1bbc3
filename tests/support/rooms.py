"""Reads a module's source and says where it breaks the house rules: who may import whom, and who may read the
clock, commit or sleep. It never imports, so it sees what stands in functions and under TYPE_CHECKING too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

PACKAGE = "campaign_app"
TOP = ""
"""The room of campaign_app/__init__.py, which puts everything together."""
WIRING = "wiring"
"""The room of wiring.py, which alone names concrete providers."""
CONTEXT = "app_context"
"""The room of app_context.py: what the process shares."""

RULES = frozenset({"domain", "models", "queries", "rules", "services"})
FLOOR = frozenset(
    {
        "certificate_watch",
        "clock",
        "config",
        "crash_points",
        "disk_space",
        "extensions",
        "folder_mark",
        "instance_lock",
        "logs",
        "mail",
        "own_command",
        "private_files",
        "redis_link",
        "safe_http",
        "schema_version",
        "signing",
        "time_zones",
        "transaction",
        "vault",
    }
)
LISTENERS = frozenset(f"sqlalchemy.event.{name}" for name in ("listen", "listens_for", "remove"))
HANDLERS = frozenset(f"{PACKAGE}.{name}" for name in ("serve", "stop_signals", "uploads.validator"))
"""Who says what a signal does: a handler runs between any two steps and may wait for nothing."""
MAY_IMPORT: dict[str, frozenset[str]] = {
    "domain": frozenset({"domain"}),
    "models": frozenset({"domain", "models"}),
    "rules": frozenset({"domain", "rules"}),
    "queries": frozenset({"domain", "models", "queries", "rules"}),
    "services": RULES | {"disk_space", "folder_mark", "own_command", "speech", "uploads", "vault"},
    "uploads": frozenset({"domain", "uploads"}),
    "speech": frozenset({"domain", "clock", "speech"}),
    "providers": frozenset({"domain", "clock", "providers"}),
    "engine": RULES | FLOOR | {"providers", "engine", "uploads"},
    "web": RULES | FLOOR | {"http", "web"},
    "api": RULES | FLOOR | {"http", "api"},
    "http": RULES | FLOOR | {"http", CONTEXT},
    TOP: RULES | FLOOR | {"api", "cli", "http", "speech", "web", CONTEXT, WIRING},
    CONTEXT: RULES | {"certificate_watch", "clock", "config", "safe_http", "signing", "speech", "vault"},
    WIRING: FLOOR | {"domain", "engine", "models", "providers", "services", "speech", CONTEXT},
    "backup": RULES | FLOOR | {"backup", CONTEXT, TOP},
    "doctor": RULES | FLOOR | {"serve", CONTEXT, TOP},
    "main": frozenset({"config", "private_files", "serve", TOP}),
    "cli": RULES | FLOOR | {"backup", "doctor", "engine", "serve", "cli", CONTEXT, TOP},
    "serve": RULES | FLOOR | {"engine", "http", "stop_signals", "web_server", CONTEXT, TOP, WIRING},
    "stop_signals": frozenset(),
    "web_server": frozenset({"channel_watch", "http"}),
    "channel_watch": frozenset(),
    "worker": FLOOR | {"engine", CONTEXT, TOP, WIRING},
    "clock": frozenset(),
    "time_zones": frozenset(),
    "crash_points": frozenset(),
    "folder_mark": frozenset(),
    "certificate_watch": frozenset({"clock"}),
    "instance_lock": frozenset(),
    "schema_version": frozenset({"own_command"}),
    "own_command": frozenset(),
    "mail": frozenset(),
    "disk_space": frozenset(),
    "private_files": frozenset(),
    "vault": frozenset({"domain"}),
    "safe_http": frozenset({"domain", "safe_requests"}),
    "safe_requests": frozenset({"clock", "domain", "safe_http"}),
    "signing": frozenset({"domain"}),
    "config": frozenset({"domain", "crash_points", "own_command"}),
    "redis_link": frozenset({"clock"}),
    "logs": frozenset({"domain", "clock", "config"}),
    "extensions": frozenset({"domain", "models", "clock", "config", "own_command"}),
    "transaction": frozenset({"domain", "models", "clock", "crash_points", "extensions"}),
    "migrations": frozenset({"domain", "models", "extensions"}),
}

_TASKS = (f"{PACKAGE}.engine.tasks", f"{PACKAGE}.worker")
_REDIS = (f"{PACKAGE}.redis_link", f"{PACKAGE}.engine.rate", f"{PACKAGE}.engine.tasks")
BROKERS: dict[str, tuple[str, ...]] = {
    "celery": _TASKS,
    "kombu": _TASKS,
    "amqp": _TASKS,
    "redis": _REDIS,
    "limits": (f"{PACKAGE}.engine.rate", f"{PACKAGE}.http.throttle"),
}
"""Packages that speak to a broker or to Redis, and the modules that may know them."""

# Where a name may be used at all; everywhere else it is a finding.
CLOCK_READS = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        *(
            f"time.{name}"
            for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
        ),
    }
)
NOWHERE = frozenset({"time.sleep", "importlib.import_module", "builtins.__import__"})

# Where SQL stands: everything with a lock, a count or more than one table is in queries/. Services may read and change
# rows of one table by key with the ORM; the other rooms ask services and queries.
SQL_ROOMS = frozenset({"queries", "models", "migrations", "extensions", "transaction"})
ORM_WORDS = frozenset({"select", "insert", "update", "delete"})
"""SQLAlchemy's statements of one table, which services may use."""
SQL_WORDS = frozenset({"func", "text", "case", "exists", "literal_column", "union", "union_all"})
JOINING = frozenset(
    {"join", "outerjoin", "group_by", "having", "with_for_update", "subquery", "scalar_subquery"}
)
RUN = f"{PACKAGE}.queries.sets.run"


@dataclass(frozen=True, slots=True)
class Finding:
    module: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.rule}"


def check(module: str, source: str, *, is_package: bool = False) -> list[Finding]:
    """Every broken rule in the source of `module` (dotted: `campaign_app.engine.tick`), in line order.

    `is_package` says that the source is an `__init__.py`, from which relative imports count one level less.
    """
    tree = ast.parse(source)
    found = [
        Finding(module, line, rule)
        for line, target in _imports(tree, module, is_package)
        if (rule := _import_rule(module, target))
    ]
    found += [Finding(module, line, rule) for line, rule in _deeds(tree, module)]
    if room_of(module) not in SQL_ROOMS:
        found += [Finding(module, line, rule) for line, rule in _sql_findings(tree, room_of(module))]
    return sorted(found, key=lambda finding: finding.line)


def room_of(module: str) -> str:
    """`engine` for `campaign_app.engine.tick`; TOP for the package itself and for a name it defines."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in MAY_IMPORT else TOP


def _imports(tree: ast.Module, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """(line, dotted target) of every import; `from a import b` is `a.b`, for b may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                drop = node.level - 1 if is_package else node.level
                base = ".".join([*parents[: len(parents) - drop], *([base] if base else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


COUNTRY_DATA = {
    "phonenumbers": tuple(
        f"{PACKAGE}.domain.{name}"
        for name in ("phone", "countries", "number_types", "number_zones", "number_places")
    ),
    "holidays": (f"{PACKAGE}.domain.public_holidays",),
    "babel": tuple(
        f"{PACKAGE}.domain.{name}"
        for name in ("countries", "zone_names", "call_price", "spoken_words", "local_words")
    ),
}
"""Data about the world that comes as a library, and the modules of the domain that read it."""


def _known_to_domain() -> str:
    return ", ".join(
        f"{library} in {' and '.join(name.rpartition('.')[2] + '.py' for name in modules)}"
        for library, modules in COUNTRY_DATA.items()
    )


def _import_rule(module: str, target: str) -> str | None:
    room = room_of(module)
    top = target.partition(".")[0]
    if top == PACKAGE:
        return _room_rule(module, room, target)
    if top == "apscheduler" and module != f"{PACKAGE}.engine.scheduler":
        return f"imports {target}: only engine/scheduler.py knows APScheduler"
    if top in BROKERS and module not in BROKERS[top]:
        known = " and ".join(
            name.removeprefix(f"{PACKAGE}.").replace(".", "/") + ".py" for name in BROKERS[top]
        )
        return f"imports {target}: only {known} know {top}"
    if room == "domain" and top not in sys.stdlib_module_names and module not in COUNTRY_DATA.get(top, ()):
        return f"imports {target}: the domain knows the standard library only; {_known_to_domain()}"
    return None


def _room_rule(module: str, room: str, target: str) -> str | None:
    wanted = room_of(target)
    if wanted not in MAY_IMPORT[room]:
        return f"imports {target}: {room or 'create_app'} may not know {wanted or 'create_app'}"
    base = f"{PACKAGE}.providers.base"
    concrete = wanted == "providers" and target != base and not target.startswith(f"{base}.")
    if concrete and room not in ("providers", WIRING):
        return f"imports {target}: outside the wiring only providers/base.py is known"
    return None


def _deeds(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    """Clock reads, commits, sleeps and bare excepts, under whatever name they were imported; a mere mention
    (`default=datetime.now`) counts as well as a call."""
    names = _local_names(tree)
    in_clock, in_transaction = module == f"{PACKAGE}.clock", module == f"{PACKAGE}.transaction"
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "bare except: name the error"
        if not isinstance(node, ast.Attribute | ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        name = _dotted(node, names)
        if name in CLOCK_READS and not in_clock:
            yield node.lineno, f"{name}: only clock.py reads the clock; take `now` as an argument"
        elif name in LISTENERS and module != f"{PACKAGE}.extensions" and room_of(module) != "models":
            yield node.lineno, f"{name}: only extensions.py listens to an engine, before anybody uses it"
        elif name == "signal.signal" and module not in HANDLERS:
            yield node.lineno, f"{name}: stop_signals.py sets events; a handler may take no lock"
        elif name in NOWHERE:
            yield node.lineno, f"{name}: not in the product"
        elif isinstance(node, ast.Attribute) and node.attr == "utcnow":
            yield node.lineno, "utcnow: only clock.py reads the clock; take `now` as an argument"
        elif isinstance(node, ast.Attribute) and node.attr in {"commit", "begin"} and not in_transaction:
            yield node.lineno, f".{node.attr}: only transaction.py begins and commits"


def _sql_findings(tree: ast.Module, room: str) -> Iterator[tuple[int, str]]:
    """Statements that belong in queries/: those with a lock, a count or more than one table, and text."""
    names = _local_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr):
            continue
        name = _dotted(node, names)
        package, _, word = (name or "").rpartition(".")
        if name == RUN or (package == "sqlalchemy" and word in SQL_WORDS):
            yield node.lineno, f"{word}: SQL functions and text stand in queries/"
        elif package == "sqlalchemy" and word in ORM_WORDS and room != "services":
            yield node.lineno, f"{word}: statements stand in queries/ or services/"
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in JOINING and _is_statement(node, names):
            yield node.lineno, f".{node.func.attr}: locks, counts and joins stand in queries/"
        if any(keyword.arg == "with_for_update" for keyword in node.keywords):
            yield node.lineno, "with_for_update: locks stand in queries/"
        if _dotted(node.func, names) == "sqlalchemy.select" and len(_tables_of(node)) > 1:
            yield node.lineno, "select: more than one table stands in queries/"


def _is_statement(node: ast.expr, names: dict[str, str]) -> bool:
    """Whether a chain of calls begins with one of SQLAlchemy's statements."""
    while isinstance(node, ast.Call):
        if (_dotted(node.func, names) or "").startswith("sqlalchemy."):
            return True
        if not isinstance(node.func, ast.Attribute):
            return False
        node = node.func.value
    return False


def _tables_of(select: ast.Call) -> set[str]:
    """The models whose columns a select() names."""
    roots = [argument.value if isinstance(argument, ast.Attribute) else argument for argument in select.args]
    return {root.id for root in roots if isinstance(root, ast.Name) and root.id[:1].isupper()}


def _local_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: {"dt": "datetime.datetime", "t": "time"}."""
    names = {"__import__": "builtins.__import__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    """`datetime.datetime.now` for `dt.now` after `from datetime import datetime as dt`; None for no name."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, names)
        return f"{base}.{node.attr}" if base else None
    return None
