# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packages that modules need on the host they run on: are they there, and new enough."""

from __future__ import annotations

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.compat.version import LooseVersion

from .._domain.errors import RegcredError
from .._kube import packages


class MissingPackage(RegcredError):
    """A package is missing on the host that the module runs on, or too old."""


def require_packages() -> None:
    """
    See that the packages are there.

    Raises:
        MissingPackage: naming it, and how it is installed.
    """
    if packages.MISSING:
        raise MissingPackage(str(missing_required_lib(packages.MISSING)))
    version, minimum = packages.URLLIB3_VERSION, packages.MINIMUM
    if LooseVersion(version) < LooseVersion(minimum):
        raise MissingPackage(
            f"the Python package urllib3 {version} ({packages.URLLIB3_PATH}) is too old; install {minimum} or newer"
        )
