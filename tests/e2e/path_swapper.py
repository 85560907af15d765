"""
A user of this machine who puts links into their own home folder while root writes there.

``python -m tests.e2e.path_swapper UID HOME TARGET MODE`` goes on until its standard input ends. TARGET is root's. MODE is ``wait``,
which puts a link in the place of ``.docker`` as soon as that is there, or ``swap``, which goes from one trick to the next.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import select
import shutil
import sys
import time
import typing as t
from pathlib import Path

NAME: t.Final = ".docker"
RESTS_SECONDS: t.Final = (0.0002, 0.01)
"""From much shorter to much longer than root is at work between two looks, so that it meets all of it on any machine."""


def become(uid: int) -> None:
    """Be nobody but this user from here on."""
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def clear(home: Path, number: int) -> None:
    """Take away what is there; a folder of root's, too, since who owns a folder can rename what is in it."""
    away = home / f"away-{number}"
    with contextlib.suppress(OSError):
        (home / NAME).rename(away)
    with contextlib.suppress(OSError):
        away.unlink()
    shutil.rmtree(away, ignore_errors=True)


def put_folder(home: Path, _target: Path) -> None:
    """A folder, as it should be."""
    (home / NAME).mkdir()


def put_link_to_folder(home: Path, target: Path) -> None:
    """A link to root's folder."""
    (home / NAME).symlink_to(target)


def put_link_to_empty_folder(home: Path, target: Path) -> None:
    """A link to a folder of root's that has no such file."""
    (home / NAME).symlink_to(target / "empty")


def put_link_to_file(home: Path, target: Path) -> None:
    """A folder in which the file is a link to root's."""
    (home / NAME).mkdir()
    (home / NAME / "config.json").symlink_to(target / "config.json")


def put_second_name(home: Path, target: Path) -> None:
    """A folder in which the file is root's, under another name, where the kernel allows that."""
    (home / NAME).mkdir()
    os.link(target.with_name("open") / "config.json", home / NAME / "config.json")


def put_nothing(_home: Path, _target: Path) -> None:
    """Nothing is there."""


TRICKS: t.Final = (
    put_folder,
    put_link_to_folder,
    put_nothing,
    put_link_to_file,
    put_folder,
    put_link_to_empty_folder,
    put_nothing,
    put_second_name,
)


def swap(home: Path, target: Path) -> None:
    """One trick after the other, until standard input ends."""
    dice = random.Random(0)
    for number, trick in enumerate(itertools.cycle(TRICKS)):
        if is_asked():
            return
        with contextlib.suppress(OSError):
            trick(home, target)
        shortest, longest = RESTS_SECONDS
        time.sleep(shortest * (longest / shortest) ** dice.random())
        clear(home, number)


def wait(home: Path, target: Path) -> None:
    """Put a link in the place of a folder that comes to be there; begin anew at each line of standard input."""
    for number in itertools.count():
        print(flush=True)
        while not is_asked():
            with contextlib.suppress(OSError):
                (home / NAME).rename(home / f"made-{number}")
                (home / NAME).symlink_to(target)
        if not sys.stdin.readline():
            return
        clear(home, number)


def is_asked() -> bool:
    """Whether standard input has ended, or has a line."""
    return bool(select.select([0], [], [], 0)[0])


def main() -> None:
    """Become the user, and play tricks."""
    uid, home, target, mode = sys.argv[1:]
    become(int(uid))
    {"swap": swap, "wait": wait}[mode](Path(home), Path(target))


if __name__ == "__main__":
    main()
