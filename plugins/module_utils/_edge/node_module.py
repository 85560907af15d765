# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Around a module that works on the machine it runs on, which needs no more than Python."""

from __future__ import annotations

import typing as t

from .._operations.write_file import Compose, FileResult, WantedFile, manage_file
from .module_work import BaseEdge, run_work
from .result import Outcome

if t.TYPE_CHECKING:
    from pathlib import Path

    from .options.argument_spec import ArgumentSpec


class NodeEdge(BaseEdge):
    """What its work gets."""

    def manage_file(self, wanted: WantedFile, compose: Compose) -> FileResult:
        """Bring one file to what ``compose`` makes of it, or in check mode tell what would be done."""
        return manage_file(wanted, compose, label=self._label, check_mode=self.check_mode)

    def _label(self, path: Path, context: str) -> str:
        """The SELinux context of a file: that of the one that it replaces, or the one that belongs to its place."""
        if not self._module.selinux_enabled():
            return ""
        default = self._module.selinux_default_context(str(path))  # by the policy, from the text of the path alone
        return context or (":".join(default) if all(default) else "")


def run_node_module(spec: ArgumentSpec, work: t.Callable[[NodeEdge], Outcome]) -> None:
    """
    Run a module that works on its machine, from options to exit.

    Args:
        spec: Its options.
        work: What it does with them. Options that break a rule of its own raise, before anything is written.
    """
    module = spec.create_module()
    run_work(module, NodeEdge(module), work)
