# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Around a module that talks to an API server."""

from __future__ import annotations

import typing as t

from .module_work import BaseEdge, run_work
from .options.cluster import connect
from .required_packages import require_packages
from .result import Outcome

if t.TYPE_CHECKING:
    from .._kube.api import KubeApi
    from .options.argument_spec import ArgumentSpec


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
