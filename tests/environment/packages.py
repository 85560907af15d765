"""
Debian packages that tests need, installed once where that can be done: by root, with apt-get.

Nobody else's machine is asked for a password: where it cannot be done, who needs them is shown why.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import typing as t

from tests.environment.cache import cache_root, locked
from tests.environment.errors import SetupError

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LOCK_SECONDS: t.Final = 600
"""How long to wait for another apt: as long as it may take to install what it installs."""
RETRY_SECONDS: t.Final = 2.0
OPTIONS: t.Final = ("-q", "-y", "--no-install-recommends", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}")
# apt waits for dpkg's lock when an option says so, and never for those of its own lists and downloads.
_LOCKED: t.Final = re.compile(r"Could not get lock|Unable to (?:acquire|lock)", re.IGNORECASE)


class NotInstallable(SetupError):
    """Packages are missing and cannot be installed here; the message says why, and how a person would do it."""


def install_packages(names: Sequence[str], *, what: str) -> None:
    """
    Make sure that packages are installed; says so when it installs any.

    Args:
        names: Debian's names, for example ``["pass", "podman"]``.
        what: How long that takes and how much is downloaded, for the line that is printed before.

    Raises:
        NotInstallable: Some are missing, and there is no apt-get, nobody is root, or apt-get failed.
    """
    if not missing_packages(names):
        return
    # Runs beside each other take turns; the second finds everything there.
    with locked(cache_root() / "apt.lock", while_waiting="waiting for another run that is installing packages"):
        missing = missing_packages(names)
        if missing:
            _check_possible(missing)
            print(f"installing {', '.join(missing)} with apt-get ({what})", flush=True)
            _install(missing)


def missing_packages(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are not installed, all of them where there is no dpkg."""
    wanted = list(names)
    query = shutil.which("dpkg-query")
    if query is None:
        return wanted
    form = "${Package} ${db:Status-Status}\n"
    done = subprocess.run([query, "-W", "-f", form, *wanted], check=False, capture_output=True, text=True)
    installed = {line.partition(" ")[0] for line in done.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in installed]


def _check_possible(missing: Sequence[str]) -> None:
    by_hand = f"install them by hand: apt-get install --no-install-recommends {' '.join(missing)}"
    if shutil.which("apt-get") is None:
        raise NotInstallable(f"{', '.join(missing)}: not installed, and there is no apt-get here to install them with")
    if os.geteuid() != 0:
        raise NotInstallable(f"{', '.join(missing)}: not installed, and only root can install packages; {by_hand}")


def _install(names: Sequence[str]) -> None:
    """Lists of packages are fetched only when those that are here do not do: that takes as long as the rest."""
    status, output = _apt_get("install", *OPTIONS, "--", *names)
    if status:
        _apt_get("update", "-q")
        status, output = _apt_get("install", *OPTIONS, "--", *names)
    if status:
        raise NotInstallable(f"{', '.join(names)}: apt-get install ended with {status}:\n{_last_lines(output)}")


def _apt_get(*arguments: str) -> tuple[int, str]:
    """Exit code and all its output, with another try for as long as somebody else holds a lock."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        done = subprocess.run(
            ["apt-get", *arguments],
            check=False,
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode == 0 or not _LOCKED.search(done.stdout) or time.monotonic() > deadline:
            return done.returncode, done.stdout
        time.sleep(RETRY_SECONDS)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Nobody is there to answer questions, and messages are looked through, so they must be in English."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "LC_ALL": "C.UTF-8"}
    return {**environ, **quiet}


def _last_lines(text: str, count: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-count:])
