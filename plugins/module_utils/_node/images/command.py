# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Commands of programs that work with images: what is run is data, and a credential in it is never among the arguments.

Whoever may look at the list of processes reads arguments; environment, files of mode 0600 and terminals are their owner's.
"""

from __future__ import annotations

import contextlib
import os
import pty
import termios
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ..._domain.errors import RegcredError
from ..._domain.secret_text import SecretText
from ..bounded_run import Finished, NotStarted, TookTooLong, WroteTooMuch, run_bounded
from ..file.private_folder import secret_folder

LARGEST_LIST = 64 * 1024 * 1024
LONGEST_LINE = 4095
"""Bytes that the kernel takes as one line of a terminal, its end included (``N_TTY_BUF_SIZE``)."""

_CREDENTIALS_OF_OTHERS = ("CRICTL_CREDS", "CRICTL_AUTH", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE")
"""Variables that would have a program use a credential that nobody declared, beside or before the one that it gets."""


class CommandFailed(RegcredError):
    """
    A program did not do what it was asked to.

    Args:
        output: What it wrote to standard error, or what is wrong in our words; secrets may be in it.
        took_too_long: Whether it was ended because of the time.
    """

    def __init__(self, output: str, *, took_too_long: bool = False) -> None:
        super().__init__(output)
        self.output = output
        self.took_too_long = took_too_long


@dataclass(frozen=True)
class SecretFile:
    """
    A file that is there while the program runs, in a folder of its own.

    Attributes:
        text: What is in it.
        variable: The variable that names it to the program.
        names_folder: Whether the variable names the folder instead.
    """

    name: str
    text: SecretText
    variable: str
    names_folder: bool = False


@dataclass(frozen=True)
class Command:
    """
    A command.

    Attributes:
        arguments: The program and its arguments; no secret.
        environment: Variables that are secret.
        file: A file with a credential.
        typed: A line that is typed on the program's terminal, as soon as it reads one.
        has_output: Whether what it writes to standard output is of interest.
    """

    arguments: tuple[str, ...]
    environment: t.Mapping[str, SecretText] = field(default_factory=dict)
    file: SecretFile | None = None
    typed: SecretText | None = None
    has_output: bool = False


def run_command(command: Command, *, timeout: float) -> str:
    """
    What a command writes to standard output.

    Args:
        timeout: Seconds; then it is ended.

    Raises:
        CommandFailed: It failed, could not be started, or did not come to an end.
    """
    program = Path(command.arguments[0]).name
    try:
        done = _run(command, timeout)
    except NotStarted as error:
        raise CommandFailed(f"{command.arguments[0]} cannot be started ({error})") from None
    except TookTooLong:
        raise CommandFailed(f"{program} did not end within {timeout:g} seconds", took_too_long=True) from None
    except WroteTooMuch:
        raise CommandFailed(f"{program} wrote more than {LARGEST_LIST} bytes") from None
    except OSError as error:
        raise CommandFailed(f"{program} cannot be given a credential ({error.strerror})") from None
    if done.returncode:
        errors = done.errors.decode("utf-8", "surrogateescape")
        raise CommandFailed(errors or f"{program} ended with {done.returncode} and wrote no error")
    return done.output.decode("utf-8", "surrogateescape")


def _run(command: Command, timeout: float) -> Finished:
    with contextlib.ExitStack() as stack:
        return run_bounded(
            command.arguments,
            timeout=timeout,
            largest_output=LARGEST_LIST if command.has_output else None,
            terminal=stack.enter_context(_typed(command.typed)) if command.typed else None,
            environment=stack.enter_context(_environment(command)),
            keep_errors=True,
        )


@contextlib.contextmanager
def _environment(command: Command) -> t.Iterator[dict[str, str]]:
    """Ours, in the language of the messages that we know, with the command's secrets."""
    kept = {name: value for name, value in os.environ.items() if name not in _CREDENTIALS_OF_OTHERS}
    secrets = {name: text.reveal() for name, text in command.environment.items()}
    variables = {**(kept if secrets or command.file or command.typed else os.environ), "LC_ALL": "C", **secrets}
    if command.file is None:
        yield variables
        return
    with secret_folder() as folder:
        path = folder / command.file.name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(command.file.text.reveal().encode("utf-8", "surrogateescape"))
        yield {**variables, command.file.variable: str(folder if command.file.names_folder else path)}


@contextlib.contextmanager
def _typed(line: SecretText) -> t.Iterator[int]:
    """A terminal on which a line waits to be read; it shows nothing, and takes every character as it is."""
    ours, theirs = pty.openpty()
    try:
        settings = termios.tcgetattr(theirs)
        settings[3] &= ~termios.ECHO
        settings[6] = [b"\0"] * len(settings[6])  # no character means anything but itself: _POSIX_VDISABLE
        termios.tcsetattr(theirs, termios.TCSANOW, settings)
        os.write(ours, line.reveal().encode("utf-8", "surrogateescape") + b"\n")
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)


def fits_a_line(text: SecretText) -> bool:
    """Whether a text can be typed: it has no end of a line in it, and is not too long."""
    revealed = text.reveal()
    length = len(revealed.encode("utf-8", "surrogateescape"))
    return not set("\r\n\0") & set(revealed) and length < LONGEST_LINE
