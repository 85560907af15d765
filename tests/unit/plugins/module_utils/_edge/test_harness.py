"""Around every module."""

from __future__ import annotations

import os
import resource
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import Edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import run_module as run_edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.renderer import outcome_of_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.file import Rights
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.write_file import (
    Composed,
    WantedFile,
    manage_file,
)
from tests.unit.module_run import Run, run_module

SPEC = ArgumentSpec({"secret": {"type": "str", "no_log": True}, "user": {"type": "str"}})
OPTIONS = {"secret": "hunter2", "user": "robot"}


def run(work: t.Callable[[Edge], Outcome], **how: bool) -> Run:
    """Run this as a module."""
    return run_module(lambda: run_edge(SPEC, work), OPTIONS, **how)


def test_success() -> None:
    """What is returned is returned, with warnings, and secrets in it are hidden."""
    rows = [{"reason": "says hunter2"}]
    outcome = Outcome({"rows": rows, "n": 1}, changed=True, warnings=["careful, hunter2"], message="done: hunter2")

    found = run(lambda _edge: outcome)

    assert (found.result["rows"], found.result["n"]) == ([{"reason": "says ********"}], 1)
    assert (found.result["changed"], found.warnings) == (True, ["careful, ********"])
    assert found.message == "done: ********"
    assert "hunter2" not in found.output


def test_no_text() -> None:
    """Bytes that are not UTF-8 leave as U+FFFD, one each: ansible-core takes no result with any."""
    rows = [{"user \udcff": "a\udcfe\udcffb"}, "\ud800"]

    done = run(lambda _edge: Outcome({"rows": rows, "text": "ä"}, warnings=["w\udcff"]))
    failed = run(lambda _edge: Outcome({"rows": rows}, failure="f\udcff"))

    assert (done.result["rows"], done.result["text"]) == ([{"user \ufffd": "a\ufffd\ufffdb"}, "\ufffd"], "ä")
    assert done.warnings == ["w\ufffd"]
    assert (failed.result["rows"], failed.message) == (done.result["rows"], "f\ufffd")


@pytest.mark.parametrize("diff", [True, False], ids=["asked for", "not asked for"])
def test_diff(diff: bool) -> None:
    """A diff is returned when it is asked for, also by a failure."""
    pair = {"before": "a", "after": "b hunter2"}

    for failure in ("", "broken"):
        outcome = Outcome(changed=True, diff=[pair], failure=failure)
        found = run(lambda _edge, outcome=outcome: outcome, diff=diff)  # type: ignore[misc]  # a default is how a loop's value is kept

        assert found.result.get("diff") == ([{"before": "a", "after": "b ********"}] if diff else None)


def test_check_mode() -> None:
    """Work is given whether to write."""
    assert run(lambda edge: Outcome({"check": edge.check_mode}), check_mode=True).result["check"] is True
    assert run(lambda edge: Outcome({"check": edge.check_mode})).result["check"] is False


def test_failed_work() -> None:
    """A task that failed in part tells what was done all the same."""
    found = run(
        lambda _edge: Outcome({"namespaces": [{"reason": "r"}]}, changed=True, failure="1 of 2 failed: hunter2")
    )

    assert (found.result["failed"], found.result["changed"]) == (True, True)
    assert found.result["namespaces"] == [{"reason": "r"}]
    assert found.message == "1 of 2 failed: ********"


def test_foreseen_error() -> None:
    """An error of ours is the message of the task, with secrets hidden, and nothing is changed."""

    def work(edge: Edge) -> Outcome:
        edge.secrets.add("derived-7")
        raise InvalidInput("option", "holds hunter2 and derived-7", "leave it out")

    found = run(work)

    assert found.message == "option: holds ******** and ********; leave it out"
    assert (found.result["failed"], found.result["changed"]) == (True, False)


def test_unforeseen_error() -> None:
    """Of an error that nobody thought of only type and place are reported, since its text could hold anything."""

    def work(_edge: Edge) -> Outcome:
        unknown_secret = "never registered"
        raise ZeroDivisionError(unknown_secret) from ValueError(unknown_secret)

    found = run(work)

    assert found.message.startswith("Unexpected ZeroDivisionError (test_harness.py, line ")
    assert found.message.endswith(", in work); this is a mistake in regcred.kubernetes, please report it")
    assert "never registered" not in found.output.replace('unknown_secret = "never registered"', "")


@pytest.mark.parametrize("option", ["user", "count"])
def test_credential_as_a_name(option: str) -> None:
    """A credential where a name or a number is wanted is quoted by nobody: not by ansible-core, and not by us."""
    spec = ArgumentSpec({**SPEC.options, "count": {"type": "int"}})
    options = {option: {"username": "robot", "password": "pass word-1"}}

    def work(edge: Edge) -> Outcome:
        raise InvalidInput("user", f"{edge.params['user']!r} is no name", "correct it")

    found = run_module(lambda: run_edge(spec, work), options)

    assert found.result["failed"]
    assert "pass word-1" not in found.output


def test_no_result() -> None:
    """What ansible-core cannot make a result of ends in the same way, whatever its text would say."""
    found = run(lambda _edge: Outcome({"value": object()}))

    assert found.message.startswith("Unexpected TypeError (")
    assert "object at" not in found.output


def test_no_core_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of a module is not written to a file, whoever ends it, nor is that of the programs that it runs."""
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (7, 9))
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: limits.append(limit))

    run(lambda _edge: Outcome())

    assert limits == [(resource.RLIMIT_CORE, (0, 9))]


def test_marks_differ_between_runs() -> None:
    """The mark of a secret is another in each run, so that it tells nothing outside of it."""

    def work(edge: Edge) -> Outcome:
        return Outcome({"mark": edge.marks.mark(edge.secrets.add("hunter2"))})

    assert run(work).result["mark"] != run(work).result["mark"]


def test_without_a_cluster() -> None:
    """The frame needs none of our code for clusters, whose packages are missing on many nodes."""
    names = sys.modules[Edge.__module__].__dict__.values()

    assert not [value for value in names if "_kube" in str(getattr(value, "__module__", ""))]


@pytest.mark.parametrize(
    "error", [InvalidInput("o", "holds hunter2", "cure"), NodeFileError(Path("o"), "holds hunter2", "cure")]
)
def test_failure(error: Exception) -> None:
    """An error of ours is the message of the task, without secrets."""

    def work(_edge: Edge) -> Outcome:
        raise error

    assert run(work).message == "o: holds ********; cure"


def test_paths_are_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A path in a result is no reason to look at what has that name by now, which another user may have put there or taken away.

    ansible-core does, to add owner, mode and size, and ends with a traceback where the file goes meanwhile.
    """
    monkeypatch.setattr(os.path, "exists", lambda _path: True)

    found = run(lambda _edge: Outcome({"path": str(tmp_path / "taken away")}, changed=True))

    assert found.result["changed"]
    assert not {"owner", "group", "mode", "uid", "gid", "size", "state"} & set(found.result)


@pytest.mark.parametrize("check_mode", [True, False])
def test_file(tmp_path: Path, check_mode: bool) -> None:
    """A file is brought to what it is to hold, and not in check mode; the diff is of the plan."""

    def work(edge: Edge) -> Outcome:
        wanted = WantedFile(tmp_path / "f", Rights(0o600))
        result = manage_file(
            wanted,
            lambda _existing: Composed(b"new", after={"registries": {"quay.io": {"a": "b"}}}),
            label=edge.selinux_label,
            check_mode=edge.check_mode,
        )
        return outcome_of_file(result.change, ["careful"], reason=result.change.reason)

    found = run(work, check_mode=check_mode, diff=True)

    assert (tmp_path / "f").exists() is not check_mode
    assert (found.result["reason"], found.result["changed"], found.warnings) == ("new", True, ["careful"])
    (diff,) = found.result["diff"]
    assert (diff["before_header"], diff["before"]) == (str(tmp_path / "f"), "")
    assert diff["after"].startswith("mode: 0600\nowner: ")
    assert diff["after"].endswith("registries:\n  quay.io:\n    a: b\n")


class FakeModule:
    """A module on a machine with SELinux; there is none in a test."""

    params: t.Mapping[str, t.Any] = {}
    check_mode = False

    def __init__(self) -> None:
        self.no_log_values: set[str] = set()
        self.is_known = True

    def shown_options(self) -> dict[str, t.Any]:
        """None."""
        return {}

    def see_misplaced(self) -> None:
        """Nothing is."""

    def selinux_enabled(self) -> bool:
        """Yes."""
        return True

    def selinux_default_context(self, path: str) -> list[str | None]:
        """That of a new file in this place."""
        return ["u", "r", f"default of {Path(path).name}", "s0"] if self.is_known else [None, None, None, None]


def test_selinux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file gets the context of its place, one that takes another's place keeps that one's, before it has the name."""
    labels: dict[int, bytes] = {}
    monkeypatch.setattr(os, "setxattr", lambda file, _name, value: labels.update({os.fstat(file).st_ino: value}))
    monkeypatch.setattr(os, "getxattr", lambda file, _name: labels.get(os.fstat(file).st_ino, b""))
    module, file, seen = FakeModule(), tmp_path / "f", []
    edge = Edge(t.cast("t.Any", module))

    for label in (b"u:r:kept:s0", b"", b""):
        manage_file(
            WantedFile(file, Rights(0o600)),
            lambda existing: Composed((existing or b"") + b"x"),
            label=edge.selinux_label,
            check_mode=False,
        )
        seen.append(labels.get(file.stat().st_ino, b"none"))
        labels.clear()
        labels[file.stat().st_ino] = label
        module.is_known = label != b""

    assert seen == [b"u:r:default of f:s0", b"u:r:kept:s0", b"none"]
