# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packages that modules need on the host they run on: are they there, and new enough."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.compat.version import LooseVersion

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.packages import (
    IMPORT_PROBLEM,
    MINIMUM,
    MISSING,
    URLLIB3_PATH,
    URLLIB3_VERSION,
)

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def packages_problem() -> str:
    """What to say when a package is missing or too old, empty when all is fine."""
    if MISSING:
        return str(missing_required_lib(MISSING))
    if LooseVersion(URLLIB3_VERSION) < LooseVersion(MINIMUM):
        return f"the Python package urllib3 {URLLIB3_VERSION} ({URLLIB3_PATH}) is too old; install {MINIMUM} or newer"
    return ""


def require_packages(module: AnsibleModule) -> None:
    """Fail the module when a package is missing or too old."""
    problem = packages_problem()
    if problem:
        module.fail_json(msg=problem, **({"exception": IMPORT_PROBLEM} if MISSING else {}))
