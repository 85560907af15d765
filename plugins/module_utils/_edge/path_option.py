# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that hold a path, where people give a file's contents by mistake."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plain_path import check_path, is_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import SecretRegister


def path_option(params: t.Mapping[str, t.Any], name: str, secrets: SecretRegister, *, where: str = "") -> str:
    """
    The path that an option holds, empty when it is not given. What is no path is registered as a secret.

    Args:
        params: The options.
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
