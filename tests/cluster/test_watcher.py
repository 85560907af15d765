"""What a dead parent left is ended; what is somebody else's is not."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.cluster.deadlines import HANGS_AFTER_SECONDS
from tests.cluster.watcher import ProcessIdentity, Watcher, clean_up, end_group, identify, is_running, wait_until_ended

# The number of the system call that ends one thread.
EXIT_THREAD: t.Final[t.Mapping[str, int]] = {"x86_64": 60, "aarch64": 93}


@pytest.fixture
def sleeper() -> t.Iterator[subprocess.Popen[bytes]]:
    """A process that leads a group, with a child in it."""
    with subprocess.Popen(["sh", "-c", "sleep 6000 & wait"], start_new_session=True) as process:
        yield process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def identity_of(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    """The identity of a process that runs."""
    identity = identify(process.pid)
    assert identity is not None
    return identity


def test_later_process_of_the_same_id(sleeper: subprocess.Popen[bytes]) -> None:
    """A process that was given the id of one that ended is left alone."""
    identity = identity_of(sleeper)
    earlier = identity._replace(start_time=identity.start_time - 1)

    end_group(earlier)

    assert not is_running(earlier)
    assert not wait_until_ended([identity], timeout=0.1)


def test_zombie(sleeper: subprocess.Popen[bytes]) -> None:
    """A process that has ended and waits for its parent counts as ended."""
    identity = identity_of(sleeper)

    end_group(identity, number=signal.SIGKILL)

    assert wait_until_ended([identity], timeout=HANGS_AFTER_SECONDS)


def test_first_thread_ended() -> None:
    """A process whose first thread has ended runs as long as another thread does."""
    script = f"""
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(6000,)).start()
ctypes.CDLL(None).syscall({EXIT_THREAD[platform.machine()]}, 0)
"""
    with subprocess.Popen([sys.executable, "-c", script], start_new_session=True) as process:
        identity = identity_of(process)
        while "\nState:\tZ" not in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8"):
            assert not wait_until_ended([identity], timeout=0.05)
        assert is_running(identity)

        end_group(identity)

        assert wait_until_ended([identity], timeout=HANGS_AFTER_SECONDS)


def test_close(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """At its end the watcher ends what it watches and removes the directory."""
    (tmp_path / "box").mkdir()
    watcher = Watcher(tmp_path / "box")
    watcher.watch(sleeper.pid)

    watcher.close()

    assert sleeper.wait(HANGS_AFTER_SECONDS) == -signal.SIGKILL
    assert not (tmp_path / "box").exists()


def test_watcher_that_was_ended(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """The parent cleans up by itself when somebody ended the watcher."""
    (tmp_path / "box").mkdir()
    watcher = Watcher(tmp_path / "box")
    watcher.watch(sleeper.pid)
    os.kill(watcher.pid, signal.SIGKILL)

    watcher.close()

    assert sleeper.wait(HANGS_AFTER_SECONDS) == -signal.SIGKILL
    assert not (tmp_path / "box").exists()


def test_release(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """What is released lives on, and so does the directory."""
    watcher = Watcher(tmp_path)
    watcher.watch(sleeper.pid)

    watcher.release()

    assert sleeper.poll() is None
    assert tmp_path.exists()


def test_twice(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Cleaning up what is gone already is no error."""
    identity = identity_of(sleeper)

    for _unused in range(2):
        clean_up(tmp_path / "box", [identity])

    assert not is_running(identity)
