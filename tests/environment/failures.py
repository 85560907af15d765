"""What failed, out of all that a program printed: the summary shows it again, since a log is read from its end and may be cut."""

from __future__ import annotations

import re
import typing as t

FIRST_LINES: t.Final = 60
LAST_LINES: t.Final = 25
SECTIONS: t.Final = 4
LONGEST_LINE: t.Final = 2000

_PYTEST_PART: t.Final = re.compile(r"^=+ (?:ERRORS|FAILURES) =+\n", re.MULTILINE)
_PYTEST_SECTION: t.Final = re.compile(r"^(?=_{3,} .* _{3,}$)", re.MULTILINE)
_PYTEST_SUMMARY: t.Final = re.compile(r"^=+ short test summary info =+\n", re.MULTILINE)
_TASK: t.Final = re.compile(r"(?:TASK|RUNNING HANDLER) \[")
_LISTED_TARGETS: t.Final = re.compile(r"^\w+: The \d+ integration test\(s\) listed below", re.MULTILINE)
_FAILED_TASK: t.Final = re.compile(r"(?:fatal|failed): \[")
_RECAP_WITH_FAILURE: t.Final = re.compile(r"\S+ +: ok=.* (?:failed|unreachable)=[1-9]")


def pytest_failures(text: str) -> str:
    """The first failures with their tracebacks, each shortened in its middle, and pytest's list of all; empty without any."""
    parts = _PYTEST_PART.split(text)[1:]
    sections = [section for part in parts for section in _PYTEST_SECTION.split(_PYTEST_SUMMARY.split(part)[0])[1:]]
    listed = [summary for part in parts for summary in _PYTEST_SUMMARY.split(part)[1:]]
    return "\n".join([*(shortened(section) for section in sections[:SECTIONS]), *map(shortened, listed)])


def integration_failures(text: str) -> str:
    """
    The tasks that ended plays of ansible-test's targets, and its list of targets; empty when none failed.

    Targets have tasks fail on purpose, so that only the last failure before a play's recap that counts one is of interest.
    """
    found, task, failure = [], "", ""
    for line in text.splitlines():
        if _TASK.match(line):
            task = line
        elif _FAILED_TASK.match(line):
            failure = f"{task}\n{line[:LONGEST_LINE]}"
        elif _RECAP_WITH_FAILURE.match(line):
            found.append(failure)
    listed = _LISTED_TARGETS.search(text)
    return shortened("\n".join([*found, text[listed.start() :] if listed else ""]))


def shortened(text: str) -> str:
    """The text without its middle where it is long."""
    lines = text.rstrip().splitlines()
    left_out = len(lines) - FIRST_LINES - LAST_LINES
    if left_out <= 0:
        return "\n".join(lines)
    return "\n".join([*lines[:FIRST_LINES], f"[{left_out} lines more]", *lines[-LAST_LINES:]])
