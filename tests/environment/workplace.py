"""One release of ansible-core on one Python, and all that can be tested with it."""

from __future__ import annotations

import os
import sys
import typing as t
from dataclasses import dataclass
from functools import partial

from tests.cluster.binaries import ASKED_RELEASE
from tests.environment.ansible_test import AnsibleTest, pytest_outcome
from tests.environment.failures import shortened
from tests.environment.layout import PROJECT, collections_path
from tests.environment.lint import lint
from tests.environment.processes import run
from tests.environment.steps import Outcome, Step
from tests.environment.venvs import REQUIREMENTS, Venv, venv

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.environment.cores import Core
    from tests.environment.interpreters import Interpreter
    from tests.environment.lint import Linter

EXISTING_CLUSTER: t.Final = "REGCRED_KUBECONFIG"
E2E_ABOUT_CORE: t.Final = tuple(
    f"tests/e2e/test_{name}.py"
    for name in (
        "bad_input",
        "docker_config_leaks",
        "docker_credentials",
        "green_and_nothing_done",
        "image_pull_leaks",
        "leaks",
        "many_namespaces_shown",
        "node_image_leaks",
        "policy_leaks",
        "prepull_images",
        "role_folders",
        "syslog",
        "weak_passwords",
    )
)
"""What depends on how ansible-core handles options, results, logs, roles and plugins more than on the cluster."""


@dataclass(frozen=True)
class Workplace:
    """
    Where tests run.

    Attributes:
        core: The release of ansible-core.
        interpreter: The Python of the controller.
        interpreters: Every Python that is here, to try modules on.
        project: The checkout.
        kubernetes: The release of the clusters that are started, such as ``1.34``; without one it is up to the user.
    """

    core: Core
    interpreter: Interpreter
    interpreters: Sequence[Interpreter]
    project: Path = PROJECT
    kubernetes: str = ""

    def __str__(self) -> str:
        """For headlines: ``ansible-core 2.21 on Python 3.13``."""
        release = f" with Kubernetes {self.kubernetes}" if self.kubernetes else ""
        return f"ansible-core {self.core.series} on Python {self.interpreter.series}{release}"

    def venv(self) -> Venv:
        """What the collection and its tests need."""
        return self._venv("run", f"ansible-core {self.core.series} and what the modules need (a minute or two, once)")

    def lint_venv(self) -> Venv:
        """The same, and the linters."""
        return self._venv("lint", "the linters (a minute or two, once)")

    def _venv(self, name: str, what: str) -> Venv:
        return venv(name, self.interpreter, REQUIREMENTS / f"{name}.txt", self.core.requirement, what=what)

    def lint(self, linters: Sequence[Linter] | None = None) -> Outcome:
        """All that reads the code without running it."""
        tools = self.lint_venv()
        with collections_path(self.project) as collections:
            return lint(collections, tools, linters)

    def sanity(self) -> Outcome:
        """``ansible-test sanity`` on every Python that is here."""
        tools = self.venv()
        with collections_path(self.project) as collections:
            return AnsibleTest(self.core, tools, self.interpreters, collections).sanity()

    def unit(self, *arguments: str) -> Outcome:
        """Run pytest in the checkout, on what pyproject.toml names or on ``arguments``."""
        command: list[str | Path] = [self.venv().python, "-m", "pytest", *arguments]
        return pytest_outcome(run(command, cwd=self.project, env=self.environment(), aloud=True))

    def e2e(self, *arguments: str) -> Outcome:
        """The same on what needs a cluster."""
        return self.unit(*(arguments or ("tests/e2e",)))

    def unit_on_oldest(self) -> Outcome:
        """Run the unit tests of modules with ``ansible-test`` on the oldest Python for modules that is here."""
        tools = self.venv()
        with collections_path(self.project) as collections:
            return AnsibleTest(self.core, tools, self.interpreters, collections).units(self._oldest_target().series)

    def _oldest_target(self) -> Interpreter:
        """There is one, because every release runs modules on its controller's Python, too."""
        return min((one for one in self.interpreters if one.series in self.core.targets), key=lambda one: one.version)

    def integration(self, *targets: str) -> Outcome:
        """Run the integration targets, all or those named, on one cluster that is started for them."""
        tools = self.venv()
        python: list[str | Path] = [tools.python, "-m"]
        prefix: list[str | Path] = [
            *self._choice_of_cluster(),
            *python,
            "tests.cluster",
            "run",
            "--",
            *python,
            "tests.environment.target_settings",
            "--",
        ]
        with collections_path(self.project) as collections:
            return AnsibleTest(self.core, tools, self.interpreters, collections).integration(targets, prefix)

    def integration_targets(self) -> list[str]:
        """The names of all integration targets."""
        return sorted(folder.name for folder in (self.project / "tests" / "integration" / "targets").glob("*/"))

    def reliability(self, *arguments: str) -> Outcome:
        """Modules under random faults; the arguments are ``--seed`` and ``--rounds``."""
        return self.unit("tests/reliability", *arguments)

    def demo(self) -> Outcome:
        """The demo as one check."""
        command: list[str | Path] = [self.venv().python, "-m", "tests.demo", "--check"]
        done = run(command, cwd=self.project, env=self.environment(), aloud=True)
        return Outcome(failed=1, failures=(shortened(done.text),)) if done.status else Outcome(passed=1)

    def oracle(self, *arguments: str) -> Outcome:
        """Compare our answers with those of the kubelet's own code; the arguments are ``--cases``, ``--seed`` and ``--release``."""
        return self.unit("tests/oracle", *arguments)

    def command(self, *arguments: str) -> list[str | Path]:
        """The command that runs ``python -m tests.environment`` for this very workplace."""
        release = ["--kubernetes", self.kubernetes] if self.kubernetes else []
        return [sys.executable, "-m", "tests.environment", "--core", self.core.series, *release, *arguments]

    def become(self, module: str, arguments: Sequence[str]) -> t.NoReturn:
        """Become ``python -m module``, with the terminal."""
        python = self.venv().python
        os.chdir(self.project)
        os.execve(python, [str(python), "-m", module, *arguments], self.environment())  # noqa: S606  # no shell is wanted

    def environment(self) -> dict[str, str]:
        """This process's environment, with the virtual environment's programs first and the choice of cluster."""
        path = os.pathsep.join([str(self.venv().bin), os.environ.get("PATH", os.defpath)])
        if not self.kubernetes:
            return {**os.environ, "PATH": path}
        kept = {name: value for name, value in os.environ.items() if name != EXISTING_CLUSTER}
        return {**kept, "PATH": path, ASKED_RELEASE: self.kubernetes}

    def _choice_of_cluster(self) -> list[str]:
        """A command that runs another one with clusters of our release, and not with the one that the user has."""
        return ["env", "-u", EXISTING_CLUSTER, f"{ASKED_RELEASE}={self.kubernetes}"] if self.kubernetes else []

    def steps(self, *names: str) -> list[Step]:
        """The steps with these names, in this order."""
        oldest = self._oldest_target().series
        targets = len(self.integration_targets())
        every = [
            Step("lint", "reading the code without running it", self.lint),
            Step("unit", f"pytest, {self}", self.unit),
            Step("unit-plugins", f"pytest tests/unit, {self}", partial(self.unit, "tests/unit")),
            Step("oracle", "our answers beside those of the kubelet's own code", self.oracle),
            Step("unit-target", f"ansible-test units, modules on Python {oldest}", self.unit_on_oldest),
            Step("reliability", f"modules under faults, and what others lose, {self}", self.reliability),
            Step("sanity", f"ansible-test sanity, {self}", self.sanity),
            Step("cluster", "pytest tests/cluster", partial(self.unit, "tests/cluster")),
            Step("e2e", f"pytest tests/e2e against a cluster, {self}", self.e2e),
            Step(
                "e2e-core",
                f"the part of tests/e2e that is about ansible-core, {self}",
                partial(self.e2e, *E2E_ABOUT_CORE),
            ),
            Step(
                "e2e-rest",
                f"the other part, {self}",
                partial(self.e2e, "tests/e2e", *(f"--ignore={file}" for file in E2E_ABOUT_CORE)),
            ),
            Step("integration", f"{targets} targets against a cluster, {self}", self.integration),
            Step("demo", "the demo, checked", self.demo),
        ]
        by_name = {step.name: step for step in every}
        return [by_name[name] for name in names]
