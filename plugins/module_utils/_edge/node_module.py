# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Around a module that works on the machine it runs on, which needs no more than Python."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.module_work import BaseEdge, run_work
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.node_files import (
    Compose,
    FileResult,
    WantedFile,
    manage_file,
)

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.argument_spec import ArgumentSpec


class NodeEdge(BaseEdge):
    """What its work gets."""

    def manage_file(self, wanted: WantedFile, compose: Compose) -> FileResult:
        """Bring one file to what ``compose`` makes of it, or in check mode tell what would be done."""
        return manage_file(wanted, compose, label=self._label, check_mode=self.check_mode)

    def _label(self, written: Path, target: Path, is_there: bool) -> None:  # noqa: FBT001  # a callable of this shape is handed inwards
        """Give a new file the SELinux context of the one that it replaces, or the one that belongs to its place."""
        if self._module.selinux_enabled():
            context = (
                self._module.selinux_context(str(target))
                if is_there
                else self._module.selinux_default_context(str(target))
            )
            self._module.set_context_if_different(str(written), context, changed=False)


def run_node_module(spec: ArgumentSpec, work: t.Callable[[NodeEdge], Outcome]) -> None:
    """
    Run a module that works on its machine, from options to exit.

    Args:
        spec: Its options.
        work: What it does with them. Options that break a rule of its own raise, before anything is written.
    """
    module = spec.create_module()
    run_work(module, NodeEdge(module), work)
