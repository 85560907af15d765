"""Steps of a test run: each says what it does, is timed and counted, and the summary at the end tells of all."""

from __future__ import annotations

import time
import traceback
import typing as t
from dataclasses import dataclass, field

from tests.environment.errors import SetupError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Outcome:
    """
    How many checks of a step passed, failed and were skipped.

    Attributes:
        failures: What was printed of those that failed, a text a program.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple[str, ...] = field(default=(), compare=False)

    def __add__(self, other: Outcome) -> Outcome:
        """Both together."""
        return Outcome(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.failures + other.failures,
        )

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
    """

    name: str
    what: str
    run: Callable[[], Outcome]


@dataclass(frozen=True)
class Result:
    """What became of a step."""

    name: str
    outcome: Outcome
    seconds: float = 0.0


def run_steps(steps: Sequence[Step], clock: Callable[[], float] = time.monotonic) -> list[Result]:
    """Run the steps in order. None rests on another, so all run whatever becomes of one, and one run reports all failures."""
    results: list[Result] = []
    for step in steps:
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
        broken = str(error)
    except Exception:  # noqa: BLE001  # whatever it is, the steps after it have nothing to do with it
        broken = traceback.format_exc()
    print(f"{step.name}: {broken}", flush=True)
    return Outcome(failed=1, failures=(broken,))


def total(results: Sequence[Result]) -> Outcome:
    """The outcomes of all steps that ran."""
    return sum((result.outcome for result in results), start=Outcome())


def summary(results: Sequence[Result]) -> str:
    """What failed once more, a line a step with its time, and the total as the last line."""
    width = max((len(result.name) for result in results), default=0)
    lines = [f"{result.name:<{width}}  {duration(result.seconds):>12}  {result.outcome}" for result in results]
    return "\n".join([*failures(results), *lines, str(total(results))])


def failures(results: Sequence[Result], of: str = "") -> list[str]:
    """A paragraph for each program that reported failures, headed by its step's name and that of the run."""
    return [
        f"!!! {f'{of} {result.name}'.strip()}\n{text.strip()}\n"
        for result in results
        for text in result.outcome.failures
    ]


def duration(seconds: float) -> str:
    """Seconds as people say them: ``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if seconds < 9.95:  # below, tenths are of interest
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
