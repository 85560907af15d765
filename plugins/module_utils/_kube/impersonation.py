# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Impersonation that a kubeconfig asks for (``as``, ``as-groups``, ``as-uid``, ``as-user-extra`` of a user).

The ``kubernetes`` client ignores these fields, and would act with more rights than the kubeconfig's author meant.
Source: ``k8s.io/client-go/tools/clientcmd/api/v1/types.go`` (``AuthInfo``).
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path
from urllib.parse import quote

try:
    import yaml
except ImportError:  # reported by _edge, together with the client that needs it too
    yaml = None  # type: ignore[assignment]  # the name stands for a missing package


def read_impersonation(kubeconfig: str, context: str) -> tuple[tuple[str, str], ...]:
    """
    The headers that a kubeconfig asks for.

    Args:
        kubeconfig: One path, or several joined as in ``KUBECONFIG``; they were read before, so they can be read.
        context: The context in use, empty for the current one.
    """
    paths = [Path(path).expanduser() for path in kubeconfig.split(os.pathsep)]
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) or {} for path in paths if path.exists()]
    current = context or next((each["current-context"] for each in documents if each.get("current-context")), "")
    user_name = _named(documents, "contexts", current).get("context", {}).get("user", "")
    user = _named(documents, "users", user_name).get("user") or {}
    headers = [("Impersonate-User", user["as"])] if user.get("as") else []
    headers += [("Impersonate-Uid", user["as-uid"])] if user.get("as-uid") else []
    headers += [("Impersonate-Group", group) for group in user.get("as-groups") or ()]
    for key, values in (user.get("as-user-extra") or {}).items():
        headers += [(f"Impersonate-Extra-{quote(key, safe='')}", value) for value in values]
    return tuple(headers)


def _named(documents: t.Iterable[t.Mapping[str, t.Any]], section: str, name: str) -> t.Mapping[str, t.Any]:
    for document in documents:
        for entry in document.get(section) or ():
            if entry.get("name") == name:
                found: t.Mapping[str, t.Any] = entry
                return found
    return {}
