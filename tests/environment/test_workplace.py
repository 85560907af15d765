from __future__ import annotations

import contextlib
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.environment import workplace as module
from tests.environment.ansible_test import AnsibleTest
from tests.environment.cores import CORES
from tests.environment.interpreters import Interpreter
from tests.environment.layout import PROJECT
from tests.environment.processes import Done
from tests.environment.steps import Outcome
from tests.environment.venvs import Venv
from tests.environment.workplace import Workplace


class Runs:
    """What was run instead of being run, each with the end of its command line and its environment."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.environments: list[t.Mapping[str, str]] = []
        self.failing = ""

    def run(self, command: t.Sequence[str | Path], **options: t.Any) -> Done:
        """Take the place of `processes.run`."""
        self.commands.append(" ".join(map(str, command[1:])))
        self.environments.append(options["env"])
        return Done(int(bool(self.failing) and self.failing in self.commands[-1]), "")


@pytest.fixture(name="runs")
def _runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    runs = Runs()
    monkeypatch.setattr(module, "run", runs.run)
    monkeypatch.setattr(Workplace, "venv", lambda _self: Venv(Path("/venv")))
    return runs


def _workplace(kubernetes: str = "") -> Workplace:
    python = Interpreter(Path("/usr/bin/python3.13"), (3, 13, 0), has_ensurepip=True)
    return Workplace(CORES[1], python, [python], kubernetes=kubernetes)


def test_oracle(runs: Runs) -> None:
    """Whoever says how many cases wants these."""
    _workplace().oracle("--cases", "7")

    assert runs.commands == ["-m pytest tests/oracle --cases 7"]


@pytest.mark.parametrize(("failing", "expected"), [("", Outcome(passed=1)), ("demo", Outcome(failed=1))])
def test_demo(failing: str, expected: Outcome, runs: Runs) -> None:
    """A program is one check, by its exit code."""
    runs.failing = failing

    assert _workplace().demo() == expected
    assert runs.commands == ["-m tests.demo --check"]


def test_a_release_of_kubernetes(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests for a release get clusters of this release, and not the one that the user has."""
    monkeypatch.setenv("REGCRED_KUBECONFIG", "/home/ann/.kube/config")
    monkeypatch.delenv("REGCRED_KUBERNETES", raising=False)

    _workplace("1.34").unit("tests/e2e")
    _workplace().unit("tests/e2e")

    asked, own = runs.environments
    assert "REGCRED_KUBECONFIG" not in asked
    assert asked["REGCRED_KUBERNETES"] == "1.34"
    assert own["REGCRED_KUBECONFIG"] == "/home/ann/.kube/config"
    assert "REGCRED_KUBERNETES" not in own


@pytest.mark.parametrize(("kubernetes", "expected"), [("1.34", "[] 1.34\n"), ("", "[config] \n")])
def test_the_cluster_of_integration_tests(
    kubernetes: str, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same goes for the cluster that is started around ansible-test."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "[$REGCRED_KUBECONFIG] $REGCRED_KUBERNETES"\n', encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(Workplace, "venv", lambda _self: Venv(tmp_path))
    monkeypatch.setenv("REGCRED_KUBECONFIG", "config")
    monkeypatch.delenv("REGCRED_KUBERNETES", raising=False)
    outputs: list[str] = []

    def integration(_self: AnsibleTest, _targets: t.Iterable[str], prefix: t.Sequence[str | Path]) -> Outcome:
        outputs.append(subprocess.run(prefix, check=True, capture_output=True, text=True).stdout)
        return Outcome(passed=1)

    monkeypatch.setattr(AnsibleTest, "integration", integration)
    monkeypatch.setattr(module, "collections_path", lambda _project: contextlib.nullcontext(tmp_path))

    _workplace(kubernetes).integration("pull_secret")

    assert outputs == [expected]


def test_the_part_that_is_about_ansible_core(runs: Runs) -> None:
    """It names files that there are."""
    [step] = _workplace().steps("e2e-core")
    step.run()

    [command] = runs.commands
    assert "tests/e2e/test_leaks.py" in command
    assert all((PROJECT / file).is_file() for file in command.split()[2:])


def test_headline() -> None:
    """A release of Kubernetes is named where it was asked for."""
    assert str(_workplace()) == "ansible-core 2.21 on Python 3.13"
    assert str(_workplace("1.34")) == "ansible-core 2.21 on Python 3.13 with Kubernetes 1.34"
