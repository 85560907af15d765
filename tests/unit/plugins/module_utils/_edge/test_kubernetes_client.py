"""The package that modules need."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge import kubernetes_client
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.kubernetes_client import (
    MINIMUM,
    require_kubernetes,
)
from tests.unit.module_run import Run, run_module


def found_client(monkeypatch: pytest.MonkeyPatch, version: str, problem: str | None = None) -> Run:
    """What a module says where this is found."""
    monkeypatch.setattr(kubernetes_client, "IMPORT_PROBLEM", problem)
    monkeypatch.setattr(kubernetes_client, "CLIENT_VERSION", version)
    monkeypatch.setattr(kubernetes_client, "CLIENT_PATH", "/lib/kubernetes/__init__.py")

    def main() -> None:
        module = ArgumentSpec().create_module()
        require_kubernetes(module)
        module.exit_json(changed=False)

    return run_module(main, {})


def test_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the task says what to install and for which Python."""
    found = found_client(monkeypatch, "", "Traceback: No module named 'kubernetes'")

    start = f"Failed to import the required Python library (kubernetes >= {MINIMUM}) on "
    assert found.message.startswith(start)
    assert "'s Python " in found.message


@pytest.mark.parametrize("version", ["24.2.0", "28.0.9", "9.0.0"])
def test_too_old(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is too old, the task says which one was found, and where."""
    expected = (
        f"the Python package kubernetes {version} (/lib/kubernetes/__init__.py) is too old; install {MINIMUM} or newer"
    )

    assert expected == found_client(monkeypatch, version).message


@pytest.mark.parametrize("version", [MINIMUM, "28.1.1", "37.0.2", "100.0.0"])
def test_new_enough(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest that will do, and all newer ones, will do."""
    assert not found_client(monkeypatch, version).result.get("failed")


def test_minimum_is_documented() -> None:
    """The documentation names the same release."""
    from ansible_collections.regcred.kubernetes.plugins.doc_fragments._cluster import ModuleDocFragment  # noqa: PLC0415  # controllers alone have it

    assert f"kubernetes >= {MINIMUM}" in ModuleDocFragment.DOCUMENTATION
