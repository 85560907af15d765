# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one package that modules need on the host they run on: is it there, and new enough."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.compat.version import LooseVersion

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection import (
    CLIENT_PATH,
    CLIENT_VERSION,
    IMPORT_PROBLEM,
)

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

MINIMUM = "28.1.0"
"""The first release that knows ``tls-server-name``. Stated in the documentation fragment ``_cluster`` as well."""


def kubernetes_problem() -> str:
    """What to say when the ``kubernetes`` package is missing or too old, empty when it is fine."""
    if IMPORT_PROBLEM:
        return str(missing_required_lib(f"kubernetes >= {MINIMUM}"))
    if LooseVersion(CLIENT_VERSION) < LooseVersion(MINIMUM):
        return f"the Python package kubernetes {CLIENT_VERSION} ({CLIENT_PATH}) is too old; install {MINIMUM} or newer"
    return ""


def require_kubernetes(module: AnsibleModule) -> None:
    """Fail the module when the ``kubernetes`` package is missing or too old."""
    problem = kubernetes_problem()
    if problem:
        module.fail_json(msg=problem, **({"exception": IMPORT_PROBLEM} if IMPORT_PROBLEM else {}))
