"""Around a module that works on its machine."""

from __future__ import annotations

import os
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.node_module import NodeEdge, run_node_module
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome, outcome_of_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.file import Rights
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.write_file import Composed, WantedFile
from tests.unit.module_run import Run, run_module

SPEC = ArgumentSpec({"secret": {"type": "str", "no_log": True}})


def run(work: t.Callable[[NodeEdge], Outcome], **how: bool) -> Run:
    """Run this as a module."""
    return run_module(lambda: run_node_module(SPEC, work), {"secret": "hunter2"}, **how)


def test_without_a_cluster() -> None:
    """Neither the Kubernetes client nor any of our code for clusters is needed."""
    found = run(lambda _edge: Outcome({"x": "says hunter2"}, changed=True))

    assert (found.result["x"], found.result["changed"]) == ("says ********", True)
    node_side = sys.modules[NodeEdge.__module__].__dict__
    assert not [name for name, value in node_side.items() if "_kube" in str(getattr(value, "__module__", ""))]


@pytest.mark.parametrize(
    "error", [InvalidInput("o", "holds hunter2", "cure"), NodeFileError(Path("o"), "holds hunter2", "cure")]
)
def test_failure(error: Exception) -> None:
    """An error of ours is the message of the task, without secrets."""

    def work(_edge: NodeEdge) -> Outcome:
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

    def work(edge: NodeEdge) -> Outcome:
        wanted = WantedFile(tmp_path / "f", Rights(0o600))
        result = edge.manage_file(
            wanted, lambda _existing: Composed(b"new", after={"registries": {"quay.io": {"a": "b"}}})
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
    edge = NodeEdge(t.cast("t.Any", module))

    for label in (b"u:r:kept:s0", b"", b""):
        edge.manage_file(WantedFile(file, Rights(0o600)), lambda existing: Composed((existing or b"") + b"x"))
        seen.append(labels.get(file.stat().st_ino, b"none"))
        labels.clear()
        labels[file.stat().st_ino] = label
        module.is_known = label != b""

    assert seen == [b"u:r:default of f:s0", b"u:r:kept:s0", b"none"]
