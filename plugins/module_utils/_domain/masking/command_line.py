# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords on a command line."""

from __future__ import annotations

import re
import typing as t

_SECRET_OPTION = re.compile(r"(?i)(?:password|passwd|secret|token|api-?key)$")


def secrets_in_arguments(arguments: t.Sequence[str]) -> list[str]:
    """What looks like a password on a command line, which everybody on the node can read."""
    found = []
    for argument, following in zip(arguments, [*arguments[1:], ""]):
        name, equals, value = argument.partition("=")
        secret = value if equals else following
        if _SECRET_OPTION.search(name) and secret and not secret.startswith(("-", "/", "$")):
            found.append(secret)
    return found
