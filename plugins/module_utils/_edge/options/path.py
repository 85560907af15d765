# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that hold a path, where people give a file's contents by mistake."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from ..._domain.shown_names import check_path, is_path
from ..._node.file.file import read_path
from ..secrets import SecretRegister


def path_option(params: t.Mapping[str, t.Any], name: str, secrets: SecretRegister, *, where: str = "") -> str:
    """
    The path that an option holds, empty when it is not given. What is no path is registered as a secret.

    Args:
        name: Which of them.
        where: How messages call it, where that is not its name.

    Raises:
        InvalidInput: It is no path; without what it is.
    """
    given = params.get(name)
    if given is None or given == "":
        return ""
    if not is_path(given):
        secrets.add(str(given))
    return check_path(given, where=where or name)


def read_named(path: Path) -> bytes | None:
    """
    What is in a docker config that an option names; ``None`` when it is not there.

    Root goes through no link that others can have put there; whoever else it is gets no further by one than by itself.

    Raises:
        NodeFileError: It cannot be read, is no file, is too large, or lies behind such a link.
    """
    path = path.absolute()
    return read_path(path if os.geteuid() == 0 else Path(os.path.realpath(path))).content
