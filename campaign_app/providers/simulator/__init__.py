"""Simulated carrier: calls that live by a seeded plan and are kept in a ledger, so that they survive a restart."""

from .adapter import SimulatorFaults, SimulatorProvider

__all__ = ["SimulatorFaults", "SimulatorProvider"]
