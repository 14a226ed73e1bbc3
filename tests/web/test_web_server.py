"""The web server's bounds: in a started server what strangers may hold, and on a clock moved by hand when they go."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from waitress import wasyncore  # type: ignore[import-untyped]

from campaign_app import create_app
from campaign_app.api.operations import OPERATIONS
from campaign_app.app_context import context_of
from campaign_app.http.body_limits import SMALL_BODY, find_body_limit
from campaign_app.web_server import GuardedChannel, ServerBounds, create_guarded_server
from tests.support.clock import FakeClock
from tests.support.server import free_port, running_app
from tests.support.slow_clients import assert_answers, connect
from tests.support.waiting import wait_until

MIB = 1024 * 1024


def port_of(server: Any) -> int:
    return int(server.effective_port)


def read_all(client: socket.socket) -> bytes:
    """Until the server ends the connection."""
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def copy_contact(database: Path, times: int) -> None:
    """Give the only contact's campaign so many more like it: an export beyond what the server buffers for a reader."""
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(contacts)") if row[1] != "id"]
        picked = ", ".join("'+1212' || (5550000 + n)" if name == "phone" else name for name in names)
        connection.execute(
            f"""WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {times})
                INSERT INTO contacts ({", ".join(names)}) SELECT {picked} FROM counted, contacts"""
        )
        connection.commit()


def test_strangers_and_slow_readers_do_not_stop_a_started_server(tmp_path: Path) -> None:
    with running_app(tmp_path, {"SWITCHBOARD_ENGINE": "off"}) as app, ExitStack() as held:
        bearer = f"Bearer {app.must('token', 'create', 'ops', '--role', 'operator')}"
        api = httpx.Client(
            base_url=f"{app.base_url}/api/v1",
            headers={"Authorization": bearer},
            trust_env=False,
            timeout=60,
        )
        held.enter_context(api)
        campaign = api.post("/campaigns", json={"name": "A", "message": {"text": "Hello"}}).json()["id"]
        first = {"phone": "+12125550000", "variables": dict.fromkeys("abc", "x" * 990)}
        assert api.post(f"/campaigns/{campaign}/contacts", json=[first]).json()["accepted"] == 1
        copy_contact(tmp_path / "switchboard.sqlite", 7_500)

        # A stranger's 300 MB: refused by the headers, whatever is waited for; the path of an upload is no exception.
        for path in ("/login", f"/campaigns/{campaign}/imports", f"/api/v1/campaigns/{campaign}/imports"):
            client = held.enter_context(
                connect(app.port, f"POST {path} HTTP/1.1\nHost: localhost\nContent-Length: 300000000\n\n")
            )
            client.sendall(b"x" * 100_000)
            answer = read_all(client).decode()
            assert answer.split()[1] in ("413", "303", "401"), answer
        too_much = api.post(f"/campaigns/{campaign}/contacts", content=b"x" * (33 * MIB))
        assert (too_much.status_code, too_much.headers["Content-Type"]) == (413, "application/problem+json")
        assert f"{32 * MIB:,} bytes" in too_much.json()["detail"]
        assert api.post("/campaigns", content=b"x" * (SMALL_BODY + 1)).status_code == 413

        export = (
            f"GET /api/v1/campaigns/{campaign}/export?format=json HTTP/1.1\nHost: localhost\n"
            f"Authorization: {bearer}\n\n"
        )
        stalled = [held.enter_context(connect(app.port, export, narrow=True)) for _ in range(8)]
        statuses = sorted(client.recv(15).split()[1].decode() for client in stalled)
        assert set(statuses) == {"200", "429"}
        assert_answers(app)
        for number in range(105):
            held.enter_context(connect(app.port, "" if number % 2 else "POST /login HTTP/1.1\nHost: lo"))
        assert_answers(app)
        assert api.get(f"/campaigns/{campaign}").status_code == 200


def test_every_route_that_takes_a_file_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SWITCHBOARD_INSTANCE_PATH", str(tmp_path))
    settings = context_of(create_app()).settings
    with_files = [f"api.{each.id}" for each in OPERATIONS if each.form is not None]
    assert len(with_files) >= 4
    for endpoint in [*with_files, "imports.upload", "lists.upload", "recordings.upload"]:
        assert find_body_limit(endpoint, settings) > SMALL_BODY, endpoint
    assert find_body_limit("auth.login", settings) == find_body_limit(None, settings) == SMALL_BODY


@contextmanager
def small_server(clock: FakeClock, **bounds: Any) -> Iterator[Any]:
    """A guarded server in a thread, whose clock the test moves."""

    def app(environ: Mapping[str, Any], start: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        refused = environ.get("HTTP_X_SWITCHBOARD_BODY_LIMIT")
        start("413 Too Large" if refused else "200 OK", [("Content-Type", "text/plain")])
        return [f"{refused or len(body)}".encode(), b"x" * int(environ["QUERY_STRING"] or 0)]

    server = create_guarded_server(
        app,
        "127.0.0.1",
        free_port(),
        bounds=ServerBounds(threads=2, look_every=0, **bounds),
        monotonic=clock.monotonic,
        body_limit=lambda _method, path, _peer, _headers: 3 * MIB if path == "/upload" else MIB,
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        # With nothing left to look at, the loop ends; woken by an answer's end, before it is woken for this.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(20)
        assert not thread.is_alive()
        server.task_dispatcher.shutdown()


def is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize(
    "begun, rest, seconds",
    [
        ("POST / HTTP/1.1\nHost: a\n", "X: y\n", 21),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: 5000\n\nabc", "d", 21),
        ("GET /?9000000 HTTP/1.1\nHost: a\n\n", "", 21),
        ("", "", 61),
    ],
    ids=["headers", "body", "reader", "idle"],
)
def test_who_does_not_get_on_is_dropped(begun: str, rest: str, seconds: int) -> None:
    clock = FakeClock()
    with small_server(clock) as server, connect(port_of(server), begun, narrow=True) as client:

        def look() -> None:
            """Another's request: it is answered, and the server looks at everybody meanwhile."""
            with connect(port_of(server), "GET / HTTP/1.1\nHost: a\nConnection: close\n\n") as other:
                assert read_all(other).startswith(b"HTTP/1.1 200")

        slow = wait_until(
            lambda: next(
                (
                    channel
                    for channel in list(server.active_channels.values())
                    if channel.bytes_in == len(begun.replace("\n", "\r\n"))
                    and (not begun.startswith("GET") or (channel.total_outbufs_len and not channel.requests))
                ),
                None,
            ),
            "the server to have read what was sent",
        )
        look()
        clock.move(seconds / 2)
        client.sendall(rest.replace("\n", "\r\n").encode())
        look()
        assert slow in server.active_channels.values()
        clock.move(seconds / 2 + 1)
        wait_until(lambda: slow not in list(server.active_channels.values()), "the server to drop it")


def test_bodies_end_at_their_routes_limit_and_the_client_reads_why() -> None:
    with small_server(FakeClock()) as server:
        url = f"http://127.0.0.1:{port_of(server)}"

        def chunks(count: int) -> Iterator[bytes]:
            yield from (b"x" * MIB for _ in range(count))

        with httpx.Client(trust_env=False, timeout=60) as client:
            assert client.post(f"{url}/upload", content=b"x" * (2 * MIB)).text == f"{2 * MIB}"
            assert client.post(f"{url}/upload", content=chunks(2)).text == f"{2 * MIB}"
            for path, content in (("/", b"x" * (9 * MIB)), ("/", chunks(9)), ("/upload", chunks(9))):
                answer = client.post(f"{url}{path}", content=content)
                assert (answer.status_code, answer.text) == (413, f"{MIB if path == '/' else 3 * MIB}")
            forged = client.post(url, content=b"abc", headers={"X-Switchboard-Body-Limit": "1"})
            assert (forged.status_code, forged.text) == (200, "3")


def test_the_idlest_connection_of_an_address_makes_room_for_its_newest() -> None:
    with small_server(FakeClock(), connections_of_address=3) as server, ExitStack() as held:
        port = port_of(server)
        clients = [held.enter_context(connect(port)) for _ in range(4)]
        wait_until(lambda: is_closed(clients[0]), "the first to make room")
        assert not any(is_closed(client) for client in clients[1:])
        last = held.enter_context(connect(port, "GET / HTTP/1.1\nHost: a\nConnection: close\n\n"))
        assert read_all(last).startswith(b"HTTP/1.1 200")


def test_an_answer_costs_the_same_however_many_connections_lie_open(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    readable = GuardedChannel.readable

    def note(channel: GuardedChannel) -> bool:
        asked.append(channel.addr[1])
        return readable(channel)

    monkeypatch.setattr(GuardedChannel, "readable", note)
    request = "GET / HTTP/1.1\nHost: a\nConnection: close\n\n"
    with small_server(FakeClock()) as server, ExitStack() as held:
        idle = [held.enter_context(connect(port_of(server))) for _ in range(40)]
        for _ in range(20):
            busy = held.enter_context(connect(port_of(server), request))
            assert read_all(busy).startswith(b"HTTP/1.1 200")
        # On the server's clock no time has passed, so nobody was asked but for what happened to them.
        ports = {client.getsockname()[1] for client in idle}
        assert sum(port in ports for port in asked) <= 2 * len(idle)
        # Whoever lay open is heard all the same.
        idle[7].sendall(request.replace("\n", "\r\n").encode())
        assert read_all(idle[7]).startswith(b"HTTP/1.1 200")
