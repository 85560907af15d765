# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a kubeconfig's credential plugin: within bounds of time and size, and without a terminal."""

from __future__ import annotations

import typing as t

from .._kube.connection.credential_plugin import PluginFailed, RunPlugin
from .._node.bounded_run import NotStarted, TookTooLong, WroteTooMuch, program_on_path, run_bounded

LONGEST_SECONDS = 110.0
"""Less than all of the connection may take, so that a plugin is ended before it is given up."""
LARGEST_ANSWER = 1024 * 1024


def plugin_runner(seconds_left: t.Callable[[], float]) -> RunPlugin:
    """What runs plugins; ``seconds_left`` says how much of the run's time there still is."""

    def run(command: t.Sequence[str], environment: t.Mapping[str, str]) -> bytes:
        program, seconds = program_on_path(command[0]), min(seconds_left(), LONGEST_SECONDS)
        if program is None:
            raise PluginFailed("is not installed, or may not be run")
        try:
            done = run_bounded(
                [program, *command[1:]], environment=environment, timeout=seconds, largest_output=LARGEST_ANSWER
            )
        except NotStarted as error:
            raise PluginFailed(f"cannot be started ({error})") from None
        except TookTooLong:
            raise PluginFailed(f"gave no answer within {seconds:.0f} seconds, and was ended") from None
        except WroteTooMuch:
            raise PluginFailed(f"wrote more than {LARGEST_ANSWER} bytes, and was ended") from None
        if done.returncode:
            ended = f"exit code {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
            raise PluginFailed(f"failed ({ended})")
        return done.output

    return run
