# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say whose a node's file is and who may read it, as Ansible's own file modules name them."""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ..._domain.errors import InvalidInput
from ..._node.file.file import Rights
from ..._node.file.problems import group_name, user_name
from ..._operations.write_file import FileResult, WantedFile
from .argument_spec import ArgumentSpec

FILE_SPEC = ArgumentSpec(
    {
        "owner": {"type": "str"},
        "group": {"type": "str"},
        "mode": {"type": "raw", "default": "0600"},
        "backup": {"type": "bool", "default": False},
        "keep_previous": {"type": "bool", "default": False},
    }
)

_MODE_CURE = "give it in quotes and octal, such as '0600'"
_OCTAL = re.compile("0?o?[0-7]{3,4}")
_MOST = 0o777
_EVERYBODY = 0o007


def wanted_file(params: t.Mapping[str, t.Any], path: str, *, new_directories: int = 1) -> WantedFile:
    """
    The file that the options describe.

    Args:
        params: The options of ``FILE_SPEC``.
        path: Where it is.
        new_directories: How many folders above it may be made, mode 0700, when they are missing.

    Raises:
        InvalidInput: naming the option.
    """
    if params["backup"] and params["keep_previous"]:
        raise InvalidInput("keep_previous", "is true, and so is backup", "set one of them")
    rights = Rights(mode=_mode(params["mode"]), uid=_uid(params["owner"]), gid=_gid(params["group"]))
    return WantedFile(
        Path(path),
        rights,
        backup=params["backup"],
        keeps_previous=params["keep_previous"],
        new_directories=new_directories,
    )


def exposure_warnings(wanted: WantedFile, what: str) -> list[str]:
    """That everybody on the node can read what is secret in the file, ``what`` in words; none where the mode forbids it."""
    if not wanted.rights.mode & _EVERYBODY:
        return []
    return [f"{wanted.path}: with mode {wanted.rights.mode:04o}, everybody on this node can read {what}"]


def copies_of(wanted: WantedFile, result: FileResult[t.Any]) -> dict[str, t.Any]:
    """What a module returns about the file as it was: ``backup_file`` or ``previous``; empty where no copy was made."""
    if not wanted.keeps_previous:
        return {"backup_file": result.backup_file} if result.backup_file else {}
    previous = result.previous
    if previous is None or not result.changed:
        return {}
    rights = {"owner": user_name(previous.uid), "group": group_name(previous.gid), "mode": f"{previous.mode:04o}"}
    return {"previous": {"backup_file": result.backup_file, **rights}}


def _mode(given: t.Any) -> int:
    mode = _as_number(given)
    if not 0 <= mode <= _MOST:
        raise InvalidInput("mode", f"{given!r} is no mode of such a file", _MODE_CURE)
    return mode


def _as_number(given: t.Any) -> int:
    """A number is what YAML made of ``0600``; a text is octal, or symbolic and then counts from 0600."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and _OCTAL.fullmatch(given):
        return int(given.replace("o", ""), 8)
    if not given:
        raise InvalidInput("mode", f"{given!r} is not a mode", _MODE_CURE)
    try:
        start = os.stat_result((stat.S_IFREG | 0o600, *(0,) * 9))
        return int(AnsibleModule._symbolic_mode_to_octal(start, given))  # noqa: SLF001  # as all of Ansible's file modules read it
    except (TypeError, ValueError, AttributeError, IndexError):
        raise InvalidInput("mode", f"{given!r} is not a mode", _MODE_CURE) from None


def _uid(name: str | None) -> int | None:
    if not name:
        return None
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return _number(name, where="owner", kind="user")


def _gid(name: str | None) -> int | None:
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return _number(name, where="group", kind="group")


def _number(name: str, *, where: str, kind: str) -> int:
    if name.isascii() and name.isdigit():
        return int(name)
    raise InvalidInput(where, f"there is no {kind} {name!r} on this node", "correct the name, or make it first")
