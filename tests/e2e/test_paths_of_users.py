"""Root writes a file in the home folder of a user who puts links there: nothing of root's is touched."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import signal
import subprocess
import sys
import tempfile
import typing as t
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.module_runs import PROJECT, ModuleRun, Modules

SLOW: t.Final = "REGCRED_SLOW"
ROUNDS: t.Final = 5000 if os.environ.get(SLOW) else 200
TRIES: t.Final = 200 if os.environ.get(SLOW) else 20
BUILDER: t.Final = pwd.getpwnam("nobody")
PASSWORD: t.Final = "made-up-Zq9Kt4"
ROOTS: t.Final = {"auths": {"ghcr.io": {"auth": "cm9vdDptYWRlLXVw"}}}
REFUSALS: t.Final = (
    rf"is a link that belongs to {BUILDER.pw_name}; it is not followed",
    "became a link while the task ran",
    "is not the folder that was just made",
    "was removed while the task ran",
    "was replaced while the task ran",
    r"belongs to root and has \d names, and nobody can have put it there",
    "cannot be read or written \\(No such file or directory\\)",
    "lies below something that is no folder",
)
"""What may be wrong where somebody takes away, meanwhile, what root has made or seen."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has anything to lose")


@dataclass(frozen=True)
class Machine:
    """
    Two users.

    Attributes:
        home: A user's.
        target: Root's, open to nobody else, with a docker config; ``open`` beside it can be looked into.
    """

    home: Path
    target: Path

    def roots(self) -> dict[str, tuple[t.Any, ...]]:
        """All that is root's: by path, its owner, group, mode, inode and contents."""
        found = {}
        for path in (self.target.parent, *self.target.parent.rglob("*")):
            if not path.is_relative_to(self.home) or path == self.home:
                state = path.lstat()
                content = path.read_bytes() if path.is_file() else None
                names = (state.st_uid, state.st_gid, oct(state.st_mode), state.st_ino)
                found[str(path)] = (*names, content)
        return found


@pytest.fixture(name="machine")
def _machine() -> t.Iterator[Machine]:
    """A home folder, and what is root's."""
    with tempfile.TemporaryDirectory(prefix="regcred-users-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part, mode in (("roots", 0o700), ("roots/empty", 0o700), ("open", 0o755), ("home", 0o755)):
            (folder / part).mkdir()
            (folder / part).chmod(mode)
        for part in ("roots", "open"):
            (folder / part / "config.json").write_text(json.dumps(ROOTS))
            (folder / part / "config.json").chmod(0o600)
        os.chown(folder / "home", BUILDER.pw_uid, BUILDER.pw_gid)
        yield Machine(folder / "home", folder / "roots")


@contextlib.contextmanager
def swapper(machine: Machine, mode: str) -> t.Iterator[subprocess.Popen[str]]:
    """The user at work."""
    command = [sys.executable, "-m", "tests.e2e.path_swapper"]
    command += [str(BUILDER.pw_uid), str(machine.home), str(machine.target), mode]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.communicate()


def write(modules: Modules, machine: Machine, **more: t.Any) -> ModuleRun:
    """The documented example: write a user's own file."""
    args = {
        "path": str(machine.home / ".docker" / "config.json"),
        "owner": BUILDER.pw_name,
        "registries": [{"registry": "quay.io", "username": "robot", "password": PASSWORD}],
        **more,
    }
    return modules.run_module("docker_config", {name: value for name, value in args.items() if value is not None})


def test_folder_is_swapped_as_it_is_made(node_modules: Modules, machine: Machine) -> None:
    """(a) The folder is missing, and a link to root's own takes its place between its making and its becoming the user's."""
    before = machine.roots()
    with swapper(machine, "wait") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(TRIES):
            process.stdout.readline()
            run = write(node_modules, machine)
            assert machine.roots() == before, f"try {number}: {run}"
            process.stdin.write("\n")
            process.stdin.flush()


def test_file_is_a_link(node_modules: Modules, machine: Machine) -> None:
    """(b) The file is a link to one of root's: it is named with its owner, and root's is what it was."""
    before, link = machine.roots(), machine.home / ".docker" / "config.json"
    link.parent.mkdir()
    link.symlink_to(machine.target / "config.json")
    for path in (link, link.parent):
        os.chown(path, BUILDER.pw_uid, BUILDER.pw_gid, follow_symlinks=False)

    runs = [write(node_modules, machine, backup=backup) for backup in (False, True)]

    assert machine.roots() == before
    message = (
        f"{link}: is a link that belongs to {BUILDER.pw_name}; it is not followed, because only root may say where root reads and "
        f"writes; give its target as the path, or run the task as {BUILDER.pw_name} (become_user)"
    )
    assert [run.message for run in runs] == [message] * 2


def test_folder_is_a_link(node_modules: Modules, machine: Machine) -> None:
    """(c) The folder is a link to one of root's: no file appears there."""
    before, link = machine.roots(), machine.home / ".docker"
    for target in ("roots", "roots/empty"):
        link.unlink(missing_ok=True)
        link.symlink_to(machine.home.parent / target)
        os.chown(link, BUILDER.pw_uid, BUILDER.pw_gid, follow_symlinks=False)

        run = write(node_modules, machine)

        assert machine.roots() == before
        assert run.message.startswith(f"{link}: is a link that belongs to {BUILDER.pw_name}; it is not followed")


def test_file_has_a_second_name(node_modules: Modules, machine: Machine) -> None:
    """A file of root's that a user gave a name in their own folder is neither merged into nor given away."""
    before, name = machine.roots(), machine.home / ".docker" / "config.json"
    name.parent.mkdir()
    os.chown(name.parent, BUILDER.pw_uid, BUILDER.pw_gid)
    os.link(machine.target / "config.json", name)

    runs = [write(node_modules, machine), write(node_modules, machine, mode="0644", owner=None)]

    assert machine.roots() == before
    assert [run.message.partition(";")[0] for run in runs] == [
        f"{name}: belongs to root and has 2 names, and {BUILDER.pw_name} can have put it there without being allowed to read it"
    ] * 2


def test_given_file_is_a_link(node_modules: Modules, machine: Machine) -> None:
    """What the user's own file is made of is read in the same way, and nothing of root's comes into it."""
    before, link = machine.roots(), machine.home / "given.json"
    link.symlink_to(machine.target / "config.json")
    os.chown(link, BUILDER.pw_uid, BUILDER.pw_gid, follow_symlinks=False)

    run = write(node_modules, machine, registries=None, config_file=str(link))

    assert run.message.startswith(
        f"config_file: {link} is a link that belongs to {BUILDER.pw_name}; it is not followed"
    )
    assert (machine.roots(), list(machine.home.iterdir())) == (before, [link])


def test_links_of_the_user_are_followed_as_that_user(node_modules: Modules, machine: Machine) -> None:
    """Who runs the task as the user follows the user's links, and can do no more by it than the user."""
    before, link = machine.roots(), machine.home / ".docker"
    real = machine.home / "dotfiles"
    real.mkdir()
    link.symlink_to("dotfiles")
    for path in (real, link):
        os.chown(path, BUILDER.pw_uid, BUILDER.pw_gid, follow_symlinks=False)
    args = {
        "path": str(link / "config.json"),
        "registries": [{"registry": "quay.io", "username": "robot", "password": PASSWORD}],
    }

    run = node_modules.run_module("docker_config", args, uid=BUILDER.pw_uid)

    assert (run.changed, run.result["path"]) == (True, str(real / "config.json"))
    assert run.warnings == []
    assert machine.roots() == before


def test_swapped_without_rest(node_modules: Modules, machine: Machine) -> None:
    """
    While the user swaps folder, file and links in a loop, nothing of root's changes, and no file of ours appears there.

    In each fourth round the user is held in the middle of it, so that some rounds write and some meet a link, however fast either is.
    """
    before, outcomes = machine.roots(), Counter[str]()
    with swapper(machine, "swap") as process:
        for number in range(ROUNDS):
            process.send_signal(signal.SIGCONT if number % 4 else signal.SIGSTOP)
            run = write(node_modules, machine, backup=number % 3 == 0)
            assert machine.roots() == before, f"round {number}: {run}"
            outcomes[next((each for each in REFUSALS if re.search(each, run.message)), run.message)] += 1

    print(dict(outcomes))
    assert set(outcomes) <= {"", *REFUSALS}, outcomes
    assert outcomes[""], "nothing was ever written, so nothing was tested"
    assert outcomes[REFUSALS[0]], "no link was ever met, so nothing was tested"
    for path in machine.home.glob(".docker/*"):
        path.unlink()
    assert write(node_modules, machine).changed
    file = machine.home / ".docker" / "config.json"
    assert [(path.stat().st_uid, oct(path.stat().st_mode & 0o777)) for path in (file.parent, file)] == [
        (BUILDER.pw_uid, "0o700"),
        (BUILDER.pw_uid, "0o600"),
    ]
