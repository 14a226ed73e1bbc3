"""Simulator speed: how much faster than life simulated calls go, known to every connection of an engine."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from campaign_app.domain.trunk import SIMULATOR

SPEED_OPTION = "switchboard_simulator_speed"


def give_simulator_speed(engine: Engine, speed: float) -> None:
    """Let the engine's sessions know how much faster than life the simulator's calls go."""
    engine.update_execution_options(**{SPEED_OPTION: speed})


def find_speed(bind: Engine | Connection, provider: str | None) -> float:
    """How much faster than life the calls of a kind of provider go: 60 is a simulated minute in a second."""
    if provider != SIMULATOR:
        return 1.0
    return float(bind.get_execution_options().get(SPEED_OPTION, 1.0))
