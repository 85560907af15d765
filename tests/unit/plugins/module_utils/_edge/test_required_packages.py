"""The packages that modules need."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import Edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import run_module as run_edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.required_packages import require_packages
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube import packages
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.packages import MINIMUM
from tests.unit.module_run import Run, run_module


def found_packages(monkeypatch: pytest.MonkeyPatch, version: str, missing: str = "") -> Run:
    """What a module says where this is found."""
    monkeypatch.setattr(packages, "MISSING", missing)
    monkeypatch.setattr(packages, "URLLIB3_VERSION", version)
    monkeypatch.setattr(packages, "URLLIB3_PATH", "/lib/urllib3/__init__.py")

    def work(_edge: Edge) -> Outcome:
        require_packages()
        return Outcome()

    return run_module(lambda: run_edge(ArgumentSpec(), work), {})


@pytest.mark.parametrize("missing", ["PyYAML", f"urllib3 >= {MINIMUM}"])
def test_missing(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is missing, the task says what to install and for which Python."""
    found = found_packages(monkeypatch, "", missing)

    assert found.message.startswith(f"Failed to import the required Python library ({missing}) on ")
    assert "'s Python " in found.message


@pytest.mark.parametrize("version", ["1.25.11", "1.9", "0.1"])
def test_too_old(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is too old, the task says which was found, and where."""
    expected = f"the Python package urllib3 {version} (/lib/urllib3/__init__.py) is too old; install {MINIMUM} or newer"

    assert expected == found_packages(monkeypatch, version).message


@pytest.mark.parametrize("version", [MINIMUM, "1.26.20", "2.8.0", "10.0.0"])
def test_new_enough(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest that will do, and all newer ones, will do."""
    assert not found_packages(monkeypatch, version).result.get("failed")


def test_what_is_here_will_do() -> None:
    """What is installed beside these tests is found."""
    pytest.importorskip("urllib3")
    pytest.importorskip("yaml")

    require_packages()

    assert packages.MISSING == ""


def test_minimum_is_documented() -> None:
    """The documentation names the same release."""
    from ansible_collections.regcred.kubernetes.plugins.doc_fragments._cluster import ModuleDocFragment  # noqa: PLC0415  # controllers alone have it

    assert f"urllib3 >= {MINIMUM}" in ModuleDocFragment.DOCUMENTATION
