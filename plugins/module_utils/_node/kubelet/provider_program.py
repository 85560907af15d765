# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A credential provider's program: whether a kubelet would start with it, and who could put another in its place.

Source: ``RegisterCredentialProviderPlugins`` in ``pkg/credentialprovider/plugin/plugin.go``, which uses ``exec.LookPath``.
"""

from __future__ import annotations

import os
import stat
import typing as t

from ..file.path import look, strangers_of, way_to_file
from ..file.problems import NodeFileError

if t.TYPE_CHECKING:
    from pathlib import Path

_BY_OTHERS = stat.S_IWOTH
_BY_GROUP = stat.S_IWGRP


def program_problem(bin_dir: Path, name: str) -> str:
    """Why a kubelet would not start, a clause; empty where it would."""
    path = bin_dir / name
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"cannot be used ({error.strerror})"
    if stat.S_ISDIR(mode):
        return "is a folder"
    # Of root's rights, this one alone depends on the file.
    return "" if os.access(path, os.X_OK) else "is not executable"


def program_warnings(bin_dir: Path, name: str) -> t.Iterator[str]:
    """Who else than root could have the kubelet run another program, in words."""
    path = bin_dir / name
    try:
        with way_to_file(path) as way:
            found = None if way.missing else look(way.folder, way.name)
            others, folder = strangers_of(way.folder), way.folder.path
    except NodeFileError as error:
        yield f"{path}: who can have kubelets run another program is not known: {error}"
        return
    if others:
        yield (
            f"{folder}: {others} can put another program there, or another folder above it, and have kubelets run what they like;"
            " give it and all folders above it to root, mode 0755"
        )
    if found is not None and found.st_uid not in (0, os.geteuid()):
        yield f"{path}: its owner is not root, and can have kubelets run what they like; give it to root"
    elif found is not None and (found.st_mode & _BY_OTHERS or (found.st_mode & _BY_GROUP and found.st_gid != 0)):
        yield f"{path}: others than its owner can write to it, and have kubelets run what they like; set its mode to 0755"
