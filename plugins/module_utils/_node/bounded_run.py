# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A program of this machine, run within bounds of time and size, in a session of its own that ends with it when it fails.

When our process ends, the program does so as well: by the kernel's hand where ours was killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import selectors
import shutil
import signal
import subprocess
import time
import typing as t
from dataclasses import dataclass

from .ending import end_if_asked, until_next_look

LARGEST_ERRORS = 16 * 1024
"""So much of the end of what it writes to standard error is kept."""

_CHUNK = 64 * 1024
_PR_SET_PDEATHSIG = 1
_PRCTL: t.Any = getattr(ctypes.CDLL(None), "prctl", None)
"""Linux alone has it; looked up here, since a process between fork and exec had better not look for anything."""


class NotStarted(Exception):
    """The program cannot be started; the text is the system's, such as ``Exec format error``."""


class TookTooLong(Exception):
    """The program did not come to an end in time, and was ended."""


class WroteTooMuch(Exception):
    """The program wrote more than anybody can want, and was ended."""


@dataclass(frozen=True)
class Finished:
    """
    What came of it.

    Attributes:
        returncode: Its exit code; negative for a signal.
        output: What it wrote to standard output (hence no ``repr``).
        errors: The end of what it wrote to standard error.
    """

    returncode: int
    output: bytes
    errors: bytes = b""

    def __repr__(self) -> str:
        return f"Finished({self.returncode}, ...)"


def program_on_path(name: str, *more: str) -> str | None:
    """
    Where a program is, on ``PATH`` or in more folders; ``None`` when it is in none of them.

    An empty or relative entry does not count: the folder that root's task runs in is often another user's home.
    """
    folders = (*os.environ.get("PATH", os.defpath).split(os.pathsep), *more)
    return shutil.which(name, path=os.pathsep.join(folder for folder in folders if folder.startswith("/")))


def run_bounded(
    arguments: t.Sequence[str],
    *,
    timeout: float,
    largest_output: int | None,
    given: bytes = b"",
    terminal: int | None = None,
    environment: t.Mapping[str, str] | None = None,
    keep_errors: bool = False,
) -> Finished:
    """
    Run a program.

    Args:
        arguments: The program's path, and its arguments.
        timeout: Seconds, for all of it.
        largest_output: Bytes that it may write to standard output; ``None`` where nobody wants to know what.
        given: Its standard input, at most ``select.PIPE_BUF`` bytes.
        terminal: A terminal that is its standard input instead.
        environment: All of its environment; ``None`` for ours.
        keep_errors: Whether standard error is of interest; a secret may be in it as well.

    Raises:
        NotStarted: There is no such program, or it cannot be run here.
        TookTooLong: It was ended, with all that it had started.
        WroteTooMuch: It was ended, with all that it had started.
        ValueError: There is more to be given than fits into an empty pipe, where writing it cannot block.
        KeyboardInterrupt: We were asked to end (``ending.py``); it was ended.
    """
    if len(given) > select.PIPE_BUF:
        raise ValueError("too much for a pipe that nobody may read")
    end_if_asked()
    deadline = time.monotonic() + timeout
    try:
        # run_command is a method of AnsibleModule, which is not at hand here and has no timeout.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            list(arguments),
            stdin=subprocess.PIPE if terminal is None else terminal,
            stdout=subprocess.DEVNULL if largest_output is None else subprocess.PIPE,
            stderr=subprocess.PIPE if keep_errors else subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
            preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509  # it calls what was looked up before, and takes no lock
        )
    except OSError as error:
        raise NotStarted(error.strerror) from None
    with process, _ended_on_failure(process):
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
                stdin.write(given)
        output, errors = _read(process, deadline, largest_output or 0)
        while process.returncode is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(until_next_look(_seconds_until(deadline)))
    return Finished(process.returncode, output, errors)


def _end_with(parent: int) -> t.Callable[[], None]:
    """
    What a child does first: have the kernel kill it when the thread ends that started it, which waits for it in any other case.

    Args:
        parent: Our process; where that is gone already, nobody would kill the child any more.
    """

    def prepare() -> None:
        if _PRCTL is not None:
            _PRCTL(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _seconds_until(deadline: float) -> float:
    end_if_asked()
    left = deadline - time.monotonic()
    if left <= 0:
        raise TookTooLong
    return left


@contextlib.contextmanager
def _ended_on_failure(process: subprocess.Popen[bytes]) -> t.Iterator[None]:
    """Whoever it started goes with it, lest they hold on to its output."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise


def _read(process: subprocess.Popen[bytes], deadline: float, largest_output: int) -> tuple[bytes, bytes]:
    output, errors = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for pipe, buffer in ((process.stdout, output), (process.stderr, errors)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, buffer)
        while selector.get_map():
            for key, _events in selector.select(until_next_look(_seconds_until(deadline))):
                chunk = os.read(key.fd, _CHUNK)
                key.data.extend(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            del errors[:-LARGEST_ERRORS]
            if len(output) > largest_output:
                raise WroteTooMuch
    return bytes(output), bytes(errors)
