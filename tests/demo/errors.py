"""What can go wrong in the demo."""

from __future__ import annotations


class DemoError(Exception):
    """A step failed, or what the demo claims does not hold; the message says which and how it is instead."""


def claim(holds: bool, otherwise: str) -> None:  # noqa: FBT001  # a claim is a truth value
    """
    Check a claim.

    Raises:
        DemoError: It does not hold; ``otherwise`` is how it is instead.
    """
    if not holds:
        raise DemoError(otherwise)
