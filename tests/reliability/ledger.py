"""What a run has done and found, and the summary that it writes at its end."""

from __future__ import annotations

import collections
import threading
import typing as t

Finding: t.TypeAlias = t.Literal["lost", "leaked", "untrue"]
TITLES: t.Final[t.Mapping[Finding, str]] = {
    "lost": "things of others lost",
    "leaked": "secrets leaked",
    "untrue": "untrue rows of reports",
}


class Ledger:
    """Counts of one session; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()
        self._faults: collections.Counter[str] = collections.Counter()
        self._found: collections.Counter[Finding] = collections.Counter()
        self.seeds: list[int] = []

    def count(self, what: str, number: int = 1) -> None:
        """So many more of these, for example ``runs``."""
        with self._lock:
            self._counts[what] += number

    def count_faults(self, injected: t.Mapping[str, int]) -> None:
        """What a proxy did."""
        with self._lock:
            self._faults.update(injected)

    @property
    def faults(self) -> int:
        """How many were injected until now."""
        with self._lock:
            return sum(self._faults.values())

    def find(self, kind: Finding, findings: t.Sequence[str]) -> list[str]:
        """Count what must never be, and give it back as lines for the message of an assertion."""
        with self._lock:
            self._found[kind] += len(findings)
        return [f"{kind}: {finding}" for finding in findings]

    def is_empty(self) -> bool:
        """Whether nothing was done."""
        return not self._counts

    def lines(self) -> list[str]:
        """The summary."""
        done = [f"{number:,} {what}" for what, number in sorted(self._counts.items())]
        faults = [f"  {number:6,}  {name}" for name, number in sorted(self._faults.items())]
        found = [f"{title}: {self._found[kind]}" for kind, title in TITLES.items()]
        return [
            f"seeds: {', '.join(map(str, self.seeds)) or 'none'}",
            f"done: {', '.join(done)}",
            f"faults injected: {self.faults:,}",
            *faults,
            *found,
        ]
