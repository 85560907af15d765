# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Whose a node's file is and who may read it: ``FILE_SPEC``."""

    DOCUMENTATION = r"""
options:
  owner:
    description:
      - Name or number of the user who owns the file.
      - Left out, a file that is there keeps its owner, and a new one belongs to whoever the task runs as.
    type: str
  group:
    description:
      - Name or number of the group that owns the file.
      - Left out, a file that is there keeps its group, and a new one gets the group of whoever the task runs as.
    type: str
  mode:
    description:
      - Permissions of the file, as V("0600") or V(u=rw,g=r); the latter starts from V("0600").
      - They are set on a file that is there as well, also when nothing else changes.
    type: raw
    default: "0600"
  backup:
    description:
      - Keep a copy of a file that is replaced or removed, beside it, for its owner alone. RV(backup_file) says where.
      - It holds the old credentials, and nothing removes it.
    type: bool
    default: false
  keep_previous:
    description:
      - Keep the file as it was beside it, also when only its owner, group or permissions change, so that
        M(regcred.kubernetes.previous_file) can take the change back. RV(previous) says where, and whose the file was.
      - The copy has owner, group and permissions of the file.
      - Unlike with O(backup), with which it cannot be combined, the copy is no file of yours to keep. M(regcred.kubernetes.previous_file)
        removes it once the change has proven itself; the next run on this file removes it as well.
    type: bool
    default: false
attributes:
  safe_file_operations:
    description: Uses atomic operations to ensure proper permissions and no partial file.
    support: full
    details:
      - A file is replaced as a whole, on its own file system, with owner, permissions and SELinux context set beforehand.
      - Access control lists and other extended attributes of the file that was there are not kept.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
"""
