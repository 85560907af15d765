# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a credential helper of this machine: one question, one answer, within bounds of time and size."""

from __future__ import annotations

import select
import typing as t

from .._domain.docker_config.helper_answer import HelperAnswer
from .._domain.docker_config.usable_login import UnusableLogin
from .bounded_run import NotStarted, TookTooLong, WroteTooMuch, program_on_path, run_bounded

LARGEST_ANSWER = 1024 * 1024


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
    if len(asked) > select.PIPE_BUF:
        raise UnusableLogin(f"what {program} is to look up is too long", "give the registry as in image names")
    path = _installed(program)
    try:
        done = run_bounded([path, command], given=asked, timeout=timeout, largest_output=LARGEST_ANSWER)
    except NotStarted as error:
        raise UnusableLogin(f"{path} cannot be started ({error})", "install it anew") from None
    except TookTooLong:
        raise UnusableLogin(
            f"{program} gave no answer within {timeout:g} seconds",
            "see whether its store waits to be unlocked, or give it more time with helper_timeout",
        ) from None
    except WroteTooMuch:
        raise UnusableLogin(
            f"{program} wrote more than {LARGEST_ANSWER} bytes", "see whether it is the right program"
        ) from None
    return HelperAnswer(done.returncode, done.output)


def _installed(program: str) -> str:
    path = program_on_path(program)
    if path is None:
        raise UnusableLogin(
            f"the credential helper {program} is not installed",
            "install it where Ansible runs, in a folder on its PATH, or log in where no credential store is used",
        )
    return path
