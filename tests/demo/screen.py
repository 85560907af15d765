"""What is shown: readable on a terminal, in a log and in a pipe."""

from __future__ import annotations

import os
import sys
import textwrap
import time
import typing as t

WIDTH: t.Final = 100
COLOURS: t.Final = {"+": "32", "-": "31", "#": "1"}


class Screen:
    """Numbers the steps and knows how long each took."""

    def __init__(self) -> None:
        self.durations: list[tuple[str, float]] = []
        self._is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._started = time.monotonic()

    def begin(self, title: str) -> None:
        """A new step."""
        self._started = time.monotonic()
        self._line(self._coloured("#", f"\n{len(self.durations) + 1}. {title}"))

    def end(self, title: str) -> None:
        """The step is done; ``title`` is its row in the table of durations."""
        seconds = time.monotonic() - self._started
        self.durations.append((title, seconds))
        self.say(f"({seconds:.1f} s)")

    def say(self, text: str) -> None:
        """A paragraph."""
        self._line(textwrap.fill(" ".join(text.split()), WIDTH, initial_indent="   ", subsequent_indent="   "))

    def command(self, command: str) -> None:
        """What is typed to do the same by hand."""
        self._line(f"   $ {command}")

    def excerpt(self, text: str) -> None:
        """A program's output."""
        for line in text.splitlines():
            self._line(self._coloured(line[:1], f"   | {line}"))

    def table(self, rows: t.Sequence[tuple[str, str]]) -> None:
        """Two columns, the second one of numbers."""
        left = max(len(name) for name, _unused in rows)
        right = max(len(value) for _unused, value in rows)
        for name, value in rows:
            self._line(f"   {name:{left}}  {value:>{right}}")

    def _coloured(self, kind: str, text: str) -> str:
        return f"\033[{COLOURS[kind]}m{text}\033[0m" if self._is_coloured and kind in COLOURS else text

    def _line(self, text: str) -> None:
        print(text, flush=True)
