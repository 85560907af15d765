# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
For whom requests are made: ``as``, ``as-groups``, ``as-uid`` and ``as-user-extra`` of a kubeconfig's user, and options.

Source: ``AuthInfo`` in ``tools/clientcmd/api/v1/types.go`` and ``getAuthInfo`` in ``tools/clientcmd/client_config.go`` of
client-go. What an option names takes the place of that field alone, as with kubectl's ``--as`` and ``--as-group``.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ..errors import ConnectionProblem


def impersonation_headers(
    user: t.Mapping[str, t.Any], where: str, *, name: str = "", groups: t.Sequence[str] = ()
) -> tuple[tuple[str, str], ...]:
    """
    The headers that say for whom.

    Args:
        user: The kubeconfig's user, of the right types; empty for none.
        where: It, for messages.
        name: The option's user; ``groups`` the option's groups. Empty for what is not given.

    Raises:
        ConnectionProblem: Groups, uid or extra without a user, which an API server takes as a request of one's own.
    """
    name = name or user.get("as") or ""
    if groups and not name:
        raise ConnectionProblem("impersonate_groups: is given without impersonate_user; set it, too")
    all_groups = groups or [group or "" for group in user.get("as-groups") or ()]
    uid, extra = user.get("as-uid"), user.get("as-user-extra") or {}
    if not name and (all_groups or uid or extra):
        raise ConnectionProblem(
            f"{where}: has as-groups, as-uid or as-user-extra, and no as; add as to it, or set impersonate_user"
        )
    headers = [("Impersonate-User", name)] if name else []
    headers += [("Impersonate-Uid", uid)] if uid else []
    headers += [("Impersonate-Group", group) for group in all_groups]
    for key, values in extra.items():
        named = f"Impersonate-Extra-{quote(key, safe='')}"
        headers += [(named, value or "") for value in values or ()]
    return tuple(headers)
