# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Around a module that talks to an API server."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.cluster_options import connect
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.module_work import BaseEdge, run_work
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.required_packages import require_packages
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome

if t.TYPE_CHECKING:
    from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.argument_spec import ArgumentSpec
    from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi


class Edge(BaseEdge):
    """What its work gets."""

    def connect(self, *, bounds_run: bool = True) -> KubeApi:
        """A way to the API server that the options name; ``bounds_run`` as :func:`cluster_options.connect`."""
        return connect(self.params, self.secrets, bounds_run=bounds_run)


def run_cluster_module(spec: ArgumentSpec, work: t.Callable[[Edge], Outcome]) -> None:
    """
    Run a module that talks to an API server, from options to exit.

    Args:
        spec: Its options.
        work: What it does with them. Options that break a rule of its own raise, before anything is sent.
    """
    module = spec.create_module()
    edge = Edge(module)
    require_packages(module)
    run_work(module, edge, work)
