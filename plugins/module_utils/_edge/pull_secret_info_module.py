# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of pull_secret_info to its outcome."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubernetes_names import check_object_name
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.cluster_options import CLUSTER_SPEC
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.namespace_options import (
    NAMESPACE_SPEC,
    missing_namespace_spec,
    selection_from,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.unseen import UNSEEN_SPEC, judged
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.pull_secret_reports import (
    report_pull_secrets,
)

if t.TYPE_CHECKING:
    from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.module import Edge

PULL_SECRET_INFO_SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("skip", "fail")
    + UNSEEN_SPEC
    + ArgumentSpec({"names": {"type": "list", "elements": "str", "default": [], "aliases": ["name"]}})
)


def run_pull_secret_info(edge: Edge) -> Outcome:
    """What pull_secret_info does."""
    names = edge.params["names"]
    for index, name in enumerate(names):
        check_object_name(name, where=f"names[{index}]")
    reports = report_pull_secrets(edge.connect(), selection_from(edge.params), names)
    failure, warnings = judged(reports.unseen, edge.params["unseen"])
    warnings += reports.unselected
    warnings += [f"names: no Secret in the selected namespaces is called {name!r}" for name in reports.unmatched]
    problems = sum(len(report["problems"]) for report in reports.secrets)
    return Outcome(
        returned={"pull_secrets": reports.secrets, "problem_count": problems, "unseen": reports.unseen},
        failure=failure,
        warnings=warnings,
    )
