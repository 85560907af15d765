"""Around every module."""

from __future__ import annotations

import resource
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.module import Edge, run_cluster_module
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube import packages
from tests.unit.module_run import Run, run_module

SPEC = ArgumentSpec({"secret": {"type": "str", "no_log": True}, "user": {"type": "str"}})
OPTIONS = {"secret": "hunter2", "user": "robot"}


@pytest.fixture(autouse=True)
def _with_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these needs the packages."""
    monkeypatch.setattr(packages, "MISSING", "")
    monkeypatch.setattr(packages, "URLLIB3_VERSION", packages.MINIMUM)


def run(work: t.Callable[[Edge], Outcome], **how: bool) -> Run:
    """Run this as a module."""
    return run_module(lambda: run_cluster_module(SPEC, work), OPTIONS, **how)


def test_success() -> None:
    """What is returned is returned, with warnings, and secrets in it are hidden."""
    outcome = Outcome({"rows": [{"reason": "says hunter2"}], "n": 1}, changed=True, warnings=["careful, hunter2"])

    found = run(lambda _edge: outcome)

    assert (found.result["rows"], found.result["n"]) == ([{"reason": "says ********"}], 1)
    assert (found.result["changed"], found.warnings) == (True, ["careful, ********"])
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
    """Work is told whether to write."""
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
    """Of an error that nobody thought of only type and place are told, since its text could hold anything."""

    def work(_edge: Edge) -> Outcome:
        unknown_secret = "never registered"
        raise ZeroDivisionError(unknown_secret) from ValueError(unknown_secret)

    found = run(work)

    assert found.message.startswith("Unexpected ZeroDivisionError (test_module.py, line ")
    assert found.message.endswith(", in work); this is a mistake in regcred.kubernetes, please report it")
    assert "never registered" not in found.output.replace('unknown_secret = "never registered"', "")


@pytest.mark.parametrize("option", ["user", "count"])
def test_credential_as_a_name(option: str) -> None:
    """A credential where a name or a number is wanted is quoted by nobody: not by ansible-core, and not by us."""
    spec = ArgumentSpec({**SPEC.options, "count": {"type": "int"}})
    options = {option: {"username": "robot", "password": "pass word-1"}}

    def work(edge: Edge) -> Outcome:
        raise InvalidInput("user", f"{edge.params['user']!r} is no name", "correct it")

    found = run_module(lambda: run_cluster_module(spec, work), options)

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


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a package that it needs the task fails before any work."""
    monkeypatch.setattr(packages, "MISSING", "PyYAML")
    monkeypatch.setattr(packages, "IMPORT_PROBLEM", "Traceback: No module named 'yaml'")

    found = run(lambda _edge: pytest.fail("worked without the package"))

    assert found.message.startswith("Failed to import the required Python library (PyYAML) on ")


def test_marks_differ_between_runs() -> None:
    """The mark of a secret is another in each run, so that it tells nothing outside of it."""

    def work(edge: Edge) -> Outcome:
        return Outcome({"mark": edge.marks.mark(edge.secrets.add("hunter2"))})

    assert run(work).result["mark"] != run(work).result["mark"]
