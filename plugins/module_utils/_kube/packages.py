# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packages that requests and kubeconfigs need: which is missing, and which release is here."""

from __future__ import annotations

from importlib import import_module

MINIMUM = "1.26.0"
"""The first release of urllib3 that takes no TLS 1.0. Stated in the documentation fragment ``_cluster`` as well."""

MISSING = ""
"""The package that is missing."""

URLLIB3_VERSION = URLLIB3_PATH = ""
"""Its release, and the file that it was found at."""

try:
    MISSING = f"urllib3 >= {MINIMUM}"
    import urllib3

    MISSING = "PyYAML"
    import_module("yaml")  # kubeconfigs are read with it
except ImportError:
    pass
else:
    MISSING = ""
    URLLIB3_VERSION, URLLIB3_PATH = str(urllib3.__dict__["__version__"]), str(urllib3.__file__)
