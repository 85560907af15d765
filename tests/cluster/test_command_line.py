"""The command line: clusters that stay, and clusters for one command."""

from __future__ import annotations

import signal
import subprocess
import sys
import typing as t

import pytest

from tests.cluster.binaries import find_programs
from tests.cluster.state import end, find
from tests.cluster.watcher import REPOSITORY, is_running

if t.TYPE_CHECKING:
    from pathlib import Path


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m tests.cluster``."""
    return subprocess.run(
        [sys.executable, "-m", "tests.cluster", *arguments], cwd=REPOSITORY, check=False, capture_output=True, text=True
    )


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[str]:
    """A name for a detached cluster that no other run sees, and that is ended in any case."""
    for program, path in find_programs().items():
        (tmp_path / program).symlink_to(path)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield "team-a"
    end("team-a")


def test_stays_until_ended(name: str) -> None:
    """A cluster that is up outlives the command that started it, is not started twice, and is gone after down."""
    started = command("up", "--name", name)
    detached = find(name)
    assert detached is not None, started.stderr
    assert f"export KUBECONFIG={detached.kubeconfig}" in started.stdout
    assert f"python -m tests.cluster down --name {name}" in started.stdout

    assert command("up", "--name", name).returncode == 0
    assert find(name) == detached
    opened = detached.open()
    assert opened.client.get("/readyz") == {"text": "ok"}
    assert opened.user("alice").exists()

    assert command("down", "--name", name).returncode == 0
    assert [process for process in detached.processes if is_running(process)] == []
    assert not detached.directory.exists()
    assert find(name) is None
    assert f"no cluster {name} is up" in command("down", "--name", name).stdout


def test_run() -> None:
    """A command finds a cluster in its environment, and its exit code is handed on."""
    ended = command("run", "--", "sh", "-c", "kubectl get --raw=/readyz; exit 7")

    assert (ended.stdout, ended.returncode) == ("ok", 7), ended.stderr


def test_run_is_ended() -> None:
    """When a run gets a signal to end, it ends the command and the cluster first."""
    # A shell that waits for a child misses a signal that comes just before; one that goes round does not.
    script = "trap 'echo ended; exit' TERM; dirname $KUBECONFIG; while :; do sleep 0.1; done"
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster", "run", "--", "sh", "-c", script],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with running:
        assert running.stdout is not None
        directory = running.stdout.readline().strip()
        running.send_signal(signal.SIGTERM)
        assert running.stdout.readline() == "ended\n"

    assert running.returncode == 128 + signal.SIGTERM
    assert subprocess.run(["ls", "-d", directory], check=False, capture_output=True).returncode != 0


def test_mistakes() -> None:
    """A name that cannot be a file's and a command that is missing are reported as what they are."""
    assert "'../x' is no name for a cluster" in command("up", "--name", "../x").stderr
    assert command("run").returncode == 2
