"""A run that ends while a program works for it: whoever ends it, nothing of it goes on, and no secret stays."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.ending import ends_when_asked, sleep
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import private_folder
from tests.unit.conftest import ROOT

SECONDS = 120
"""After which something hangs."""

RUN = """
import sys
sys.path.insert(0, {root!r})
import tests.unit.conftest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.ending import ends_when_asked
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.command import Command, SecretFile, run_command
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import private_folder
private_folder.own_places = lambda: (Path({place!r}),)
file = SecretFile("config.json", SecretText("hunter2"), "PLACE")
command = Command(("/bin/sh", "-c", "echo $$ > {pids}/part && mv {pids}/part {pids}/$1; exec sleep 600", "sh"), file=file)
commands = [Command((*command.arguments, str(number)), file=file) for number in range(3)]
with ends_when_asked(), ThreadPoolExecutor(1) as pool:
    list(pool.map(lambda each: run_command(each, timeout=600), commands))
"""


@pytest.fixture(name="temporary", autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for secrets, which is ours alone."""
    folder = tmp_path / "place"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(private_folder, "own_places", lambda: (folder,))
    return folder


def wait_until(is_so: t.Callable[[], bool]) -> None:
    """Until something is so."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    with contextlib.suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


@contextlib.contextmanager
def running(tmp_path: Path) -> t.Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A run whose program works, and the program's process."""
    pids = tmp_path / "pids"
    pids.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", RUN.format(root=str(ROOT), pids=pids, place=str(tmp_path / "place"))],
        stderr=subprocess.PIPE,
    ) as run:
        try:
            wait_until((pids / "0").exists)
            yield run, int((pids / "0").read_text())
        finally:
            run.kill()
    assert [path.name for path in pids.iterdir()] == ["0"], "another program was started"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end(number: signal.Signals, tmp_path: Path, temporary: Path) -> None:
    """Program and folder go with it, and no further program is started."""
    with running(tmp_path) as (run, program):
        assert [path.name for path in temporary.glob("*/*")] == ["config.json"]
        run.send_signal(number)
        _output, errors = run.communicate(timeout=SECONDS)

    assert (run.returncode, b"KeyboardInterrupt" in errors, b"hunter2" in errors) == (-signal.SIGINT, True, False)
    assert not runs(program)
    assert list(temporary.iterdir()) == []


def test_killed(tmp_path: Path, temporary: Path) -> None:
    """The program is ended by the kernel, and the next run removes the folder."""
    with running(tmp_path) as (run, program):
        run.kill()
        run.wait(SECONDS)
        wait_until(lambda: not runs(program))

    assert len(list(temporary.glob("*/config.json"))) == 1
    private_folder.remove_left_folders()
    assert list(temporary.iterdir()) == []


def test_a_signal_is_no_other_runs() -> None:
    """A signal that came is forgotten afterwards, and handlers are as they were."""
    before = signal.getsignal(signal.SIGTERM)
    with ends_when_asked():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            sleep(0)

    sleep(0)
    assert signal.getsignal(signal.SIGTERM) == before
