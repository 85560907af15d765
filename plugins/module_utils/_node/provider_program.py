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
    for path in (bin_dir, bin_dir / name):
        found = path.stat()
        trusted = (0, os.geteuid())
        if found.st_uid not in trusted:
            yield f"{path}: its owner is not root, and can have kubelets run what they like; give it to root"
        elif found.st_mode & _BY_OTHERS or (found.st_mode & _BY_GROUP and found.st_gid != 0):
            yield f"{path}: others than its owner can write to it, and have kubelets run what they like; set its mode to 0755"
