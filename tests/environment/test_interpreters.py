from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.environment.interpreters import Interpreter, one_of_each_series, probe, working_interpreters

# What a file that is named like a Python says when it is run.
NO_PYTHON = {
    "a shim whose version is not installed": "echo 'pyenv: version `3.12` is not installed' >&2; exit 127",
    "a program that says something else": "echo hello",
    "another implementation": """echo '["/usr/bin/pypy3", "PyPy", [3, 11, 0], true]'""",
    "half an answer": """echo '["/usr/bin/python3"]'""",
}


def _script(folder: Path, body: str) -> Path:
    script = folder / "python3"
    script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    script.chmod(0o755)
    return script


def _interpreter(path: str, *version: int, has_ensurepip: bool = True) -> Interpreter:
    major, minor, patch = version
    return Interpreter(Path(path), (major, minor, patch), has_ensurepip)


@pytest.mark.parametrize("body", NO_PYTHON.values(), ids=NO_PYTHON.keys())
def test_what_does_not_work_is_left_out(tmp_path: Path, body: str) -> None:
    """A file that only looks like a Python is not taken for one."""
    assert probe(_script(tmp_path, body)) is None


def test_a_file_that_cannot_be_run_is_left_out(tmp_path: Path) -> None:
    """A missing file is no interpreter, and no error."""
    assert probe(tmp_path / "python3") is None


def test_the_running_interpreter_is_found_behind_a_shim(tmp_path: Path) -> None:
    """The path is the real file, whatever the name that started it."""
    found = probe(_script(tmp_path, f'exec "{sys.executable}" "$@"'))

    assert found is not None
    assert (Path(os.path.realpath(sys.executable)), sys.version_info[:3]) == (found.path, found.version)


CHOICES: dict[str, tuple[list[Interpreter], list[str]]] = {
    "newest series first": (
        [_interpreter("/a", 3, 9, 18), _interpreter("/b", 3, 13, 0), _interpreter("/c", 3, 10, 1)],
        ["/b", "/c", "/a"],
    ),
    "newest patch level of a series": ([_interpreter("/a", 3, 11, 2), _interpreter("/b", 3, 11, 10)], ["/b"]),
    "one that can make virtual environments before a newer one that cannot": (
        [_interpreter("/a", 3, 11, 2), _interpreter("/b", 3, 11, 9, has_ensurepip=False)],
        ["/a"],
    ),
    "one that cannot is better than none": ([_interpreter("/b", 3, 11, 9, has_ensurepip=False)], ["/b"]),
    "none": ([], []),
}


@pytest.mark.parametrize(("found", "expected"), CHOICES.values(), ids=CHOICES.keys())
def test_one_of_each_series(found: list[Interpreter], expected: list[str]) -> None:
    """Each series is there once, by its best interpreter."""
    assert expected == [str(one.path) for one in one_of_each_series(found)]


def test_candidates_come_from_path_and_pyenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pyenv version is found though only its failing shim is on PATH."""
    shims = tmp_path / "shims"
    version = tmp_path / "versions" / "3.99.1" / "bin"
    for folder in (shims, version):
        folder.mkdir(parents=True)
    _script(shims, "exit 127")
    _script(version, """echo '["/opt/python3.99", "CPython", [3, 99, 1], true]'""")
    monkeypatch.setenv("PATH", str(shims))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))

    assert "3.99" in [one.series for one in working_interpreters()]


def test_other_programs_are_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only python3 and python3.N are run, not python3-config and its like."""
    ran = tmp_path / "ran"
    _script(tmp_path, f"touch {ran}").rename(tmp_path / "python3-config")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))

    working_interpreters()

    assert not ran.exists()
