# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The frame of every module: options in, one outcome out, each error a failed task that shows no secret."""

from __future__ import annotations

import os
import traceback
import typing as t

from .._domain.errors import RegcredError, unforeseen
from .._domain.secret_text import Fingerprinter
from .module_object import RegcredModule
from .options.argument_spec import ArgumentSpec
from .options.bounds import check_bounds
from .result import Outcome, Shown
from .secrets import SecretRegister
from .shown_options import names_in
from .utf8 import as_utf8

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible.module_utils.basic import AnsibleModule


class Edge:
    """
    What a module's work gets of Ansible.

    Attributes:
        params: Its options.
        check_mode: Whether nothing may be written.
        secrets: What is secret, from the options on.
        marks: Marks for secrets, of this run alone.
    """

    def __init__(self, module: RegcredModule) -> None:
        self._module: AnsibleModule = module
        self.params: t.Mapping[str, t.Any] = module.params
        self.check_mode: bool = module.check_mode
        module.see_misplaced()
        self.secrets = SecretRegister(module, names_in(module.shown_options()))
        self.marks = Fingerprinter(os.urandom(32))

    def selinux_label(self, path: Path, context: str) -> str:
        """The SELinux context of a file: that of the one that it replaces, or the one that belongs to its place."""
        if not self._module.selinux_enabled():
            return ""
        default = self._module.selinux_default_context(str(path))  # by the policy, from the text of the path alone
        return context or (":".join(default) if all(default) else "")


def run_module(spec: ArgumentSpec, work: t.Callable[[Edge], Outcome]) -> None:
    """
    Run a module, from options to exit.

    Args:
        spec: Its options.
        work: What it does with them, once all numbers are within their bounds. Options that break a rule of its own raise, before
            anything is written.
    """
    module = RegcredModule(spec)
    edge = Edge(module)
    try:
        _finish(module, _outcome(edge, spec, work), edge.secrets)
    except Exception as error:  # noqa: BLE001  # the text of an unforeseen error could hold anything, so it is left out
        module.fail_json(msg=unforeseen(error), exception="".join(traceback.format_tb(error.__traceback__)))


def _outcome(edge: Edge, spec: ArgumentSpec, work: t.Callable[[Edge], Outcome]) -> Outcome:
    try:
        check_bounds(spec.bounds, edge.params)
        return work(edge)
    except RegcredError as error:
        return Outcome(failure=str(error))


def _finish(module: RegcredModule, outcome: Outcome, secrets: SecretRegister) -> None:
    """Exit; no secret gets past here."""
    result = dict(outcome.returned, changed=outcome.changed)
    if module._diff:  # noqa: SLF001  # the documented way to know whether a diff was asked for
        result["diff"] = list(outcome.diff)
    shown = Shown(secrets.mask())
    for warning in outcome.warnings:
        module.warn(as_utf8(shown.text(warning)))
    result = as_utf8(shown.result({**result, "invocation": {"module_args": module.shown_options()}}))
    if outcome.failure:
        module.fail_json(msg=as_utf8(shown.text(outcome.failure)), **result)
    module.exit_json(msg=as_utf8(shown.text(outcome.message)), **result)
