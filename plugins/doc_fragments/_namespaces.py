# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Which namespaces: ``NAMESPACE_SPEC``."""

    DOCUMENTATION = r"""
options:
  namespaces:
    description:
      - Names and globs (C(*), C(?), C([...])) of namespaces; V(["*"]) is every namespace.
      - Of O(namespaces), O(namespace_selector) and O(rancher_project), at least one is needed, and all that are given must
        hold. Namespaces that are being deleted are skipped and reported.
      - A glob, selector, project or skipped name that stands for no namespace is a warning.
    type: list
    elements: str
    aliases:
      - namespace
  namespace_selector:
    description:
      - Label selector, as C(kubectl get namespaces --selector) takes it. One with a blank part, which would select everything,
        is refused.
    type: str
  exclude_namespaces:
    description:
      - Names and globs of namespaces to leave alone, whatever else selects them. Nothing is pruned from them either.
    type: list
    elements: str
    default: []
  rancher_project:
    description:
      - Only namespaces of this Rancher project, as V(c-m-abcde:p-xyz12) or V(p-xyz12).
      - It is compared with the annotation C(field.cattle.io/projectId), which is what Rancher goes by.
    type: str
"""
