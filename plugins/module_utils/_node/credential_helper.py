# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a credential helper of this machine: one question, one answer, within bounds of time and size."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import shutil
import signal
import subprocess
import time
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.helper_answer import HelperAnswer
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.usable_login import UnusableLogin

LARGEST_ANSWER = 1024 * 1024
_CHUNK = 64 * 1024


def ask_helper(program: str, command: t.Literal["get", "list"], question: str, *, timeout: float) -> HelperAnswer:
    """
    Run ``program command`` with ``question`` on its standard input.

    It runs in a session of its own, all of which is ended when it takes too long or writes too much. What it writes to
    standard error, where a secret may be as well, is dropped.

    Args:
        program: Looked up on ``PATH``, for example ``docker-credential-pass``.
        command: What it is to do.
        question: For ``get`` the server; ``list`` takes no notice of it.
        timeout: Seconds.

    Raises:
        UnusableLogin: It is not there, cannot be started, or does not come to an end.
    """
    asked = question.encode("utf-8", "surrogateescape")
    # So much fits into an empty pipe: writing it cannot block, whether or not it is ever read.
    if len(asked) > select.PIPE_BUF:
        raise UnusableLogin(f"what {program} is to look up is too long", "give the registry as in image names")
    deadline = _Deadline(program, timeout)
    with _start(program, command) as process, _ended_on_failure(process):
        if process.stdin is None or process.stdout is None:
            raise ValueError("both are pipes")
        with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(asked)
        output = _read(process.stdout, deadline, program)
        while process.returncode is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(deadline.seconds_left())
    return HelperAnswer(process.returncode, output)


class _Deadline:
    def __init__(self, program: str, timeout: float) -> None:
        self._program = program
        self._timeout = timeout
        self._end = time.monotonic() + timeout

    def seconds_left(self) -> float:
        """More than none; raises `UnusableLogin` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise UnusableLogin(
                f"{self._program} gave no answer within {self._timeout:g} seconds",
                "see whether its store waits to be unlocked, or give it more time with helper_timeout",
            )
        return left


def _start(program: str, command: str) -> subprocess.Popen[bytes]:
    path = shutil.which(program)
    if path is None:
        raise UnusableLogin(
            f"the credential helper {program} is not installed",
            "install it where Ansible runs, in a folder on its PATH, or log in where no credential store is used",
        )
    try:
        # run_command is a method of AnsibleModule, and no module runs here.
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            [path, command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise UnusableLogin(f"{path} cannot be started ({error.strerror})", "install it anew") from None


@contextlib.contextmanager
def _ended_on_failure(process: subprocess.Popen[bytes]) -> t.Iterator[None]:
    """Whoever it started goes with it, lest they hold on to its output."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise


def _read(pipe: t.IO[bytes], deadline: _Deadline, program: str) -> bytes:
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while len(output) <= LARGEST_ANSWER:
            if not selector.select(deadline.seconds_left()):
                continue
            chunk = os.read(pipe.fileno(), _CHUNK)
            if not chunk:
                return bytes(output)
            output += chunk
    raise UnusableLogin(f"{program} wrote more than {LARGEST_ANSWER} bytes", "see whether it is the right program")
