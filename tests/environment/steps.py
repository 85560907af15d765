"""Steps of a test run: each says what it does, is timed and counted, and the summary at the end tells of all."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from tests.environment.errors import SetupError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Outcome:
    """How many checks of a step passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        """Both together."""
        return Outcome(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        """The line that a log reader looks for: ``12 passed, 0 failed`` and, if any, ``, 1 skipped``."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass(frozen=True)
class Step:
    """
    A part of a test run.

    Attributes:
        name: One word.
        what: What it does, for its headline.
        run: Does it and counts; raises :class:`SetupError` when it cannot even start.
        slow: Whether to leave it out when an earlier step has failed.
    """

    name: str
    what: str
    run: Callable[[], Outcome]
    slow: bool = False


@dataclass(frozen=True)
class Result:
    """What became of a step; ``outcome`` is ``None`` when it was left out."""

    name: str
    outcome: Outcome | None = None
    seconds: float = 0.0


def run_steps(
    steps: Sequence[Step], earlier: Sequence[Result] = (), clock: Callable[[], float] = time.monotonic
) -> list[Result]:
    """
    Run the steps in order.

    The quick ones all run, so that one run tells of all failures; a slow one is left out after a failure, be it one of ``earlier``.
    """
    results: list[Result] = []
    for step in steps:
        if step.slow and total([*earlier, *results]).failed:
            results.append(Result(step.name))
            continue
        print(f"=== {step.name}: {step.what}", flush=True)
        start = clock()
        outcome = _outcome_of(step)
        results.append(Result(step.name, outcome, clock() - start))
        print(f"--- {step.name}: {outcome} in {duration(results[-1].seconds)}\n", flush=True)
    return results


def _outcome_of(step: Step) -> Outcome:
    try:
        return step.run()
    except SetupError as error:
        print(f"{step.name}: {error}", flush=True)
        return Outcome(failed=1)


def total(results: Sequence[Result]) -> Outcome:
    """The outcomes of all steps that ran."""
    return sum((result.outcome for result in results if result.outcome), start=Outcome())


def summary(results: Sequence[Result]) -> str:
    """A line a step with its time, and the total as the last line."""
    width = max((len(result.name) for result in results), default=0)
    lines = [f"{result.name:<{width}}  {_time_and_counts(result)}" for result in results]
    return "\n".join([*lines, str(total(results))])


def _time_and_counts(result: Result) -> str:
    if result.outcome is None:
        return "not run, because an earlier step failed"
    return f"{duration(result.seconds):>12}  {result.outcome}"


def duration(seconds: float) -> str:
    """Seconds as people say them: ``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if seconds < 9.95:  # below, tenths are of interest
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
