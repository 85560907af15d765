from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.environment.processes import Done, run

BOTH = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"


def test_both_streams_and_the_status_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a program says is one text, and nothing of it is printed unless asked for."""
    assert run([sys.executable, "-c", BOTH], cwd=tmp_path) == Done(3, "out\nerr\n")
    assert not capsys.readouterr().out


def test_aloud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Aloud, the same text is also on the screen."""
    done = run([sys.executable, "-c", BOTH], cwd=tmp_path, aloud=True)

    assert capsys.readouterr().out == done.text


def test_environment_and_folder(tmp_path: Path) -> None:
    """The environment is exactly what was given, and the working folder, too."""
    program = "import os; print(os.getcwd(), os.environ.get('HOME'), os.environ.get('GIVEN'))"

    done = run([sys.executable, "-c", program], cwd=tmp_path, env={"GIVEN": "yes"})

    assert done.text == f"{tmp_path.resolve()} None yes\n"


def test_stopped_with_us(tmp_path: Path) -> None:
    """A program does not outlive the run that was stopped, and gets the time to clean up."""
    cleaned = tmp_path / "cleaned"
    ready = tmp_path / "ready"
    inner = (
        "import pathlib, signal, sys, time\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({str(cleaned)!r}).touch(), sys.exit(0)))\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "time.sleep(60)\n"
    )
    outer = (
        "import pathlib, signal, sys\n"
        "from tests.environment.processes import run\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        f"run([sys.executable, '-c', {inner!r}], cwd=pathlib.Path({str(tmp_path)!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", outer]) as process:
        deadline = time.monotonic() + 300
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.terminate()

    assert process.returncode == 143
    assert cleaned.exists()
