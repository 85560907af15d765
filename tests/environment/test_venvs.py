from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment.cache import COMPLETE
from tests.environment.errors import SetupError
from tests.environment.interpreters import Interpreter, probe
from tests.environment.venvs import fingerprint, lines_of, make_empty, venv

HERE = Interpreter(Path("/usr/bin/python3.13"), (3, 13, 0), has_ensurepip=True)


@pytest.fixture(name="requirements")
def _requirements(tmp_path: Path) -> Path:
    (tmp_path / "run.txt").write_text("# what runs\nPyYAML~=6.0  # configuration\n\n", encoding="utf-8")
    file = tmp_path / "lint.txt"
    file.write_text("-r run.txt\nruff==0.1\n", encoding="utf-8")
    return file


@pytest.fixture(name="interpreter")
def _interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    """The running Python, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = probe(Path(sys.executable))
    assert found is not None
    return found


def test_lines_of_included_files(requirements: Path) -> None:
    """Included files count as if they stood there, comments do not."""
    assert list(lines_of(requirements)) == ["PyYAML~=6.0", "ruff==0.1"]


def test_fingerprint_ignores_comments(requirements: Path) -> None:
    """A new comment makes no new environment."""
    before = fingerprint(HERE, requirements, ())
    requirements.write_text("# linters\n" + requirements.read_text(encoding="utf-8"), encoding="utf-8")

    assert before == fingerprint(HERE, requirements, ())


def test_fingerprint_tells_all_else_apart(requirements: Path) -> None:
    """The interpreter, its version, the extras and an included file each make another environment."""
    newer = Interpreter(HERE.path, (3, 13, 1), has_ensurepip=True)
    elsewhere = Interpreter(Path("/opt/bin/python3.13"), HERE.version, has_ensurepip=True)
    marks = [
        fingerprint(HERE, requirements, ()),
        fingerprint(newer, requirements, ()),
        fingerprint(elsewhere, requirements, ()),
        fingerprint(HERE, requirements, ("ansible-core~=2.21.0",)),
    ]
    (requirements.parent / "run.txt").write_text("PyYAML~=5.0\n", encoding="utf-8")
    marks.append(fingerprint(HERE, requirements, ()))

    assert len(set(marks)) == len(marks)


def test_without_ensurepip(tmp_path: Path) -> None:
    """Debian's Python without python3-venv is named with the way out."""
    bare = Interpreter(Path("/usr/bin/python3.11"), (3, 11, 2), has_ensurepip=False)

    with pytest.raises(SetupError, match=r"^/usr/bin/python3\.11 cannot .*: apt install python3\.11-venv\)"):
        make_empty(tmp_path / "venv", bare)


def test_made_once(tmp_path: Path, interpreter: Interpreter, capsys: pytest.CaptureFixture[str]) -> None:
    """The first call makes a working environment and says so; the second finds it."""
    nothing = tmp_path / "nothing.txt"
    nothing.touch()

    first = venv("empty", interpreter, nothing, what="nothing (about a second)")
    second = venv("empty", interpreter, nothing, what="nothing (about a second)")

    assert first == second
    assert capsys.readouterr().out == "installing nothing (about a second)\n"
    prefix = subprocess.run(
        [first.python, "-c", "import sys; print(sys.prefix)"], capture_output=True, check=True, text=True
    )
    assert os.path.realpath(prefix.stdout.strip()) == os.path.realpath(first.folder)


def test_pip_fails(tmp_path: Path, interpreter: Interpreter) -> None:
    """The output of pip is reported, and the broken environment is not taken for a good one."""
    bad = tmp_path / "bad.txt"
    bad.write_text("./there-is-no-such-folder\n", encoding="utf-8")

    with pytest.raises(SetupError, match=r"(?s)^installing bad things failed \(status 1\):.*there-is-no-such-folder"):
        venv("bad", interpreter, bad, what="bad things")

    assert not list(tmp_path.rglob(COMPLETE))
