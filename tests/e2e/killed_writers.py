"""
Runs docker_config again and again, each time in a process that is killed at a random moment, and looks at what is left.

``python -m tests.e2e.killed_writers FOLDER RUNS SEED`` writes a `Findings` as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import stat
import sys
import time
import typing as t
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ansible.module_utils import basic

from tests.unit.conftest import COLLECTION

MODULE: t.Final = f"{COLLECTION}.plugins.modules.docker_config"
NAME: t.Final = "config.json"
BEFORE_MODE: t.Final = 0o644
AFTER_MODE: t.Final = 0o600
FILLING: t.Final = "x" * 3_000_000
"""So much is written that many a kill comes while it is."""


@dataclass
class Findings:
    """
    What was seen.

    Attributes:
        problems: What must never be.
        killed: Runs that were killed before they ended.
        strays: Kills that left a temporary file behind.
        written: Kills after which the new contents were there.
    """

    problems: list[str] = field(default_factory=list)
    killed: int = 0
    strays: int = 0
    written: int = 0


def torture(folder: Path, runs: int, seed: int) -> Findings:
    """Kill ``runs`` runs; every second one begins without a file."""
    main = importlib.import_module(MODULE).main
    dice = random.Random(seed)
    file, findings = folder / NAME, Findings()
    usual = max(_run(main, file, "first", after=None) for _unused in range(3))
    for number in range(runs):
        file.unlink(missing_ok=True)
        before = _prepare(file) if number % 2 else None
        # Half of them at any time, half when it is the file's turn.
        after = usual * dice.uniform(0 if number % 4 < 2 else 0.5, 1.05)
        _run(main, file, f"user-{number}", after=after, findings=findings)
        _look(file, before, f"user-{number}", findings)
    _run(main, file, "last", after=None)
    findings.problems += [f"stray after the next run: {path.name}" for path in folder.iterdir() if path != file]
    return findings


def _run(
    main: t.Callable[[], None], file: Path, user: str, *, after: float | None, findings: Findings | None = None
) -> float:
    """Run the module, and kill it ``after`` seconds; how long it took."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(main, file, user)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if findings is not None:
        findings.killed += os.WIFSIGNALED(status)
    return time.monotonic() - began


def _become(main: t.Callable[[], None], file: Path, user: str) -> t.NoReturn:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    registry = {"registry": "quay.io", "username": user, "password": f"password of {user}"}
    args = {"path": str(file), "registries": [registry]}
    vars(basic).update(_ANSIBLE_ARGS=json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode(), _ANSIBLE_PROFILE="legacy")
    try:
        main()
    finally:
        os._exit(1)


def _prepare(file: Path) -> bytes:
    """A file with unknown contents and a mode that is to be corrected."""
    content = json.dumps({"auths": {"ghcr.io": {"auth": "dTpw"}}, "filling": FILLING}).encode()
    file.write_bytes(content)
    file.chmod(BEFORE_MODE)
    return content


def _look(file: Path, before: bytes | None, user: str, findings: Findings) -> None:
    strays = [path for path in file.parent.iterdir() if path != file]
    findings.strays += bool(strays)
    findings.problems += [
        f"{user}: {path.name} has mode {_mode(path):o}" for path in strays if _mode(path) != AFTER_MODE
    ]
    if not file.exists():
        findings.problems += [f"{user}: the file is gone"] if before is not None else []
        return
    content = file.read_bytes()
    if content == before:
        findings.problems += [f"{user}: the old file has mode {_mode(file):o}"] if _mode(file) != BEFORE_MODE else []
        return
    findings.written += 1
    if _mode(file) != AFTER_MODE:
        findings.problems.append(f"{user}: the new file has mode {_mode(file):o}")
    try:
        document = json.loads(content)
    except ValueError:
        findings.problems.append(f"{user}: the file is broken")
        return
    expected = {"ghcr.io", "quay.io"} if before is not None else {"quay.io"}
    if set(document["auths"]) != expected or len(document.get("filling", "")) != len(FILLING) * (before is not None):
        findings.problems.append(f"{user}: the file is not complete")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def main() -> None:
    """Torture, and tell."""
    folder, runs, seed = sys.argv[1:]
    print(json.dumps(asdict(torture(Path(folder), int(runs), int(seed)))))


if __name__ == "__main__":
    main()
