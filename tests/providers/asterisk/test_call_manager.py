"""What calls ask for on its way to Asterisk, where requests fail: nobody is left waiting, no leg is dialed twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from campaign_app.providers.asterisk.call import AsteriskCall
from campaign_app.providers.asterisk.call_manager import CallManager
from campaign_app.providers.asterisk.call_states import CallState
from tests.providers.asterisk.one_call import answered
from tests.support.clock import FakeClock


class Wire:
    """Asterisk's end: answers every request, but for the first `refused` ones that would dial the other leg."""

    def __init__(self, refused: int = 0) -> None:
        self.refused = refused
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        said = f"{request.method} {request.url.path}"
        if said == "POST /channels" and self.refused:
            self.refused -= 1
            raise httpx.ConnectError("no connection", request=request)
        self.asked.append(said)
        return httpx.Response(200, json={})


def transferred(wire: Wire, may_transfer: Callable[[str, str], bool]) -> AsteriskCall:
    """A callee has pressed the key that transfers; the call as it stands when nothing is left to be asked for."""

    async def life() -> AsteriskCall:
        async with httpx.AsyncClient(transport=httpx.MockTransport(wire), base_url="http://pbx") as client:
            room = CallManager("app", lambda number: f"PJSIP/{number}@trunk", FakeClock())
            room.async_client, room.may_transfer = client, may_transfer
            call = answered()
            room.register_call(call)
            room.execute_actions(call, call.on_key("3"), raw="{}")
            while room._tasks:
                await asyncio.gather(*room._tasks)
            return call

    # In a thread of its own: the browser tests of the same process leave a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(life())).result()


def test_a_leg_that_could_not_be_asked_for_is_asked_for_again_and_its_line_is_not() -> None:
    wire, answers = Wire(refused=2), iter([True])
    call = transferred(wire, lambda token, to: next(answers))
    assert wire.asked.count("POST /channels") == 1
    assert call.state is CallState.CONNECTING


def test_a_leg_that_can_not_be_asked_for_at_all_ends_the_call() -> None:
    wire = Wire(refused=99)
    call = transferred(wire, lambda token, to: True)
    assert call.state is CallState.HANGING_UP_BOTH_LEGS
    assert wire.asked[-1] == f"DELETE /channels/{call.token}"
    assert "could not be told" in str(call.last_error)


def test_what_nobody_foresaw_while_asking_for_a_line_ends_the_call() -> None:
    def broken(token: str, to: str) -> bool:
        raise LookupError(token)

    wire = Wire()
    call = transferred(wire, broken)
    assert call.state is CallState.HANGING_UP
    assert wire.asked[-1] == f"DELETE /channels/{call.token}"
    assert "POST /channels" not in wire.asked
