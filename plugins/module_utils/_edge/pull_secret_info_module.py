# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of pull_secret_info to its outcome."""

from __future__ import annotations

import typing as t

from .._domain.cluster.names import check_object_name
from .._operations.report_pull_secrets import report_pull_secrets
from .options.argument_spec import ArgumentSpec
from .options.cluster import CLUSTER_SPEC
from .options.namespaces import NAMESPACE_SPEC, missing_namespace_spec, selection_from
from .options.unseen import UNSEEN_SPEC, judged
from .result import Outcome

if t.TYPE_CHECKING:
    from .module import Edge

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
