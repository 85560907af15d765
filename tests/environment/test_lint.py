from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.environment.layout import COLLECTION
from tests.environment.lint import Linter, lint, linters, quick_linters
from tests.environment.steps import Outcome
from tests.environment.venvs import Venv

VENV = Venv(Path(sys.executable).parent.parent)
PYTHON = Path(sys.executable).name


@pytest.fixture(name="collections")
def _collections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty collection, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / COLLECTION).mkdir(parents=True)
    return tmp_path


def test_findings_are_printed(collections: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A linter that finds something is heard, one that does not is only named."""
    chosen = [
        Linter("strict", [PYTHON, "-c", "print('x.py:1: bad'); raise SystemExit(1)"]),
        Linter("mild", [PYTHON, "-c", "print('all fine')"]),
    ]

    outcome = lint(collections, VENV, chosen)

    output = capsys.readouterr().out
    assert outcome == Outcome(passed=1, failed=1)
    assert "x.py:1: bad\nstrict: failed (status 1) in " in output
    assert "mild: passed in " in output
    assert "all fine" not in output


def test_runs_in_the_collection(collections: Path) -> None:
    """Linters run in the copy, with the collection on Ansible's path and their cache to themselves."""
    program = (
        "import fcntl, os, pathlib\n"
        f"assert pathlib.Path.cwd() == pathlib.Path({str(collections / COLLECTION)!r}).resolve()\n"
        f"assert os.environ['ANSIBLE_COLLECTIONS_PATH'] == {str(collections)!r}\n"
        "handle = open(os.environ['XDG_CACHE_HOME'] + '/regcred/own.lock', 'a')\n"
        "try:\n    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError:\n    pass\n"
        "else:\n    raise SystemExit('the cache is not locked')\n"
    )

    assert lint(collections, VENV, [Linter("own", [PYTHON, "-c", program], cache="own")]) == Outcome(passed=1)


def test_quick_linters() -> None:
    """The hook before a commit runs some of the linters, and never the slow ones."""
    assert {linter.name for linter in quick_linters()} == {"house rules", "ruff check", "ruff format", "yamllint"}
    assert len(linters()) > len(quick_linters())
