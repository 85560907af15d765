"""Running programs: with what they say on the screen, or kept until it is wanted."""

from __future__ import annotations

import subprocess
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Command = Sequence[str | Path]


@dataclass(frozen=True)
class Done:
    """A program that has ended, with its standard output and standard error as one text."""

    status: int
    text: str


def run(command: Command, *, cwd: Path, env: Mapping[str, str] | None = None, aloud: bool = False) -> Done:
    """
    Run a program to its end.

    Args:
        command: The program and its arguments.
        cwd: Where it runs.
        env: Its whole environment; ``None`` is that of this process.
        aloud: Whether each line goes to the screen as it comes.
    """
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            text = "".join(_lines(process, aloud=aloud))
        except BaseException:
            # It gets the time to clean up (a cluster wants to be stopped): leaving the block waits for it.
            process.terminate()
            raise
    return Done(process.returncode, text)


def _lines(process: subprocess.Popen[str], *, aloud: bool) -> t.Iterator[str]:
    for line in process.stdout or ():
        if aloud:
            print(line, end="", flush=True)
        yield line
