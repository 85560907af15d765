"""A child ends with its parent, however early the parent is killed, and a component can be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cluster.deadlines import wait_for
from tests.cluster.processes import Component
from tests.cluster.watcher import REPOSITORY, Watcher, identify

# A parent that is killed after it has started a child, and before the watcher knows of that.
KILLED_EARLY = """
import os, signal, sys
from pathlib import Path
from tests.cluster.processes import Component
from tests.cluster.watcher import Watcher

folder = Path(sys.argv[1])

def killed(_watcher, pid):
    (folder / "pid").write_text(str(pid))
    os.kill(os.getpid(), signal.SIGKILL)

Watcher.watch = killed
(folder / "box").mkdir()
program = ["/bin/sh", "-c", 'touch "$1" && exec sleep 600', "sh", str(folder / "began")]
Component("sleeper", program, directory=folder / "box", watcher=Watcher(folder / "box"))
"""


def test_a_parent_that_is_killed_before_the_watcher_knows(tmp_path: Path) -> None:
    """The program does not begin, and nothing of the child is left."""
    killed = subprocess.run([sys.executable, "-c", KILLED_EARLY, str(tmp_path)], cwd=REPOSITORY, check=False)
    child = int((tmp_path / "pid").read_text(encoding="utf-8"))

    wait_for(lambda: identify(child) is None or (tmp_path / "began").exists(), "the child waits for ever")

    began = (tmp_path / "began").exists()
    if began:
        os.kill(child, signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert not began


def test_killed_and_started_again(tmp_path: Path) -> None:
    """The second process is another one, is watched like the first, and writes behind what the first one wrote."""
    (tmp_path / "box").mkdir()
    watcher = Watcher(tmp_path / "box")
    sleeper = Component(
        "sleeper", ["/bin/sh", "-c", "echo here; exec sleep 600"], directory=tmp_path / "box", watcher=watcher
    )
    first = sleeper.identity
    wait_for(sleeper.last_lines, "the first one says nothing")

    sleeper.kill()
    sleeper.start_again()

    second = sleeper.identity
    wait_for(lambda: sleeper.last_lines() == "here\nhere", "the second one says nothing")
    sleeper.check()
    watcher.close()
    sleeper.reap()
    assert (identify(first.pid), identify(second.pid)) == (None, None)
    assert first != second
