# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Kubeconfigs and the files that they name, read without waiting for anybody: a named pipe keeps its reader until somebody writes.

Links are followed as kubectl follows them; files of a node, where a link may be somebody else's, are read by ``_node/file``.
"""

from __future__ import annotations

import errno
import os
import stat

LARGEST = 64 * 1024 * 1024
"""Bytes; no file with credentials comes near it."""


def read_regular_file(path: str) -> bytes:
    """
    The contents of a file.

    Raises:
        OSError: It cannot be read, is no regular file, or is larger than any such file.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123  # a descriptor
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        contents = file.read(LARGEST + 1)
    if len(contents) > LARGEST:
        raise OSError(errno.EFBIG, f"it has more than {LARGEST} bytes")
    return contents
