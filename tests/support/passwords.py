"""Passwords that are weighed quickly: the product takes a fifth of a second of processor time for each, on purpose."""

from __future__ import annotations

from argon2 import PasswordHasher

from campaign_app.services.people import users

PRODUCTS_HASHER = users._hasher
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id still, but without the 64 MiB that make it slow."""


def weigh_passwords_quickly() -> None:
    """From now on, in this process and those that are forked from it."""
    users._hasher = QUICK_HASHER
