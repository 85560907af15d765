"""What can go wrong before a test has even started."""

from __future__ import annotations


class SetupError(RuntimeError):
    """The machine lacks something or a tool could not be installed; the message says what to do."""
