# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Which ServiceAccounts: ``ACCOUNT_SPEC`` and ``CHOICE_SPEC``."""

    DOCUMENTATION = r"""
options:
  service_accounts:
    description:
      - Names and globs of the ServiceAccounts to link. Globs find what is there; plain names must exist.
    type: list
    elements: str
    default: [default]
"""

    MISSING = r"""
options:
  missing_service_account:
    description:
      - What to do about a plain name that does not exist.
      - V(wait) waits for the controller that is about to make it, up to O(wait_timeout); V(create) makes it, already linked;
        V(fail) fails the namespace.
      - A namespace that the task itself makes gets them from there, already linked, whatever is given here.
    type: str
    choices: [wait, create, fail]
    default: wait
  wait_timeout:
    description:
      - Seconds to wait for missing ServiceAccounts, for all of them together, 0 to 86400.
    type: int
    default: 30
"""

    CHOICE = r"""
options:
  service_account_selector:
    description:
      - Label selector that the ServiceAccounts must match as well. With it, no name must exist.
    type: str
  usage:
    description:
      - V(pull) links for pulling images (C(imagePullSecrets)), V(mount) for builds and mounts (C(secrets)).
    type: list
    elements: str
    choices: [pull, mount]
    default: [pull]
"""
