# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The frame of every module: options in, one outcome out, each error a failed task that shows no secret.

Ansible's module object by itself shows more than it should. As soon as it has the options it writes them to syslog or the
journal. Before ansible-core 2.22, it takes passwords out as they are, and not as Python quotes those with a backslash, both
quotes or a line break in a list of dictionaries.
"""

from __future__ import annotations

import os
import traceback
import typing as t

from .._domain.errors import RegcredError, unforeseen
from .._domain.masking.visible_text import as_utf8
from .._domain.secret_text import Fingerprinter
from .options.argument_spec import ArgumentSpec, check_bounds
from .result import Outcome, Shown
from .secrets import SecretRegister
from .shown_options import names_in

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible.module_utils.basic import AnsibleModule
import resource
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.errors import UnsupportedError

from .._domain.masking.mask import Mask
from .._domain.masking.visible_text import visible
from .mistyped import unknown_keys, wrong_kinds
from .shown_options import for_log, for_result, misplaced_in, words_of


class RegcredModule(AnsibleModule):
    """A module that shows of its options, wherever it shows any, what may be seen."""

    def __init__(self, spec: ArgumentSpec) -> None:
        # Passwords are in our memory, and in that of the programs that we run: none of us leaves a core file behind.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        self._items = spec.items
        rules = spec.rules()
        super().__init__(supports_check_mode=True, argument_spec=dict(spec.options), **rules)  # type: ignore[no-untyped-call]  # ansible-core gives it no types
        if self._wrong_kinds:
            self.fail_json(msg=" | ".join(self._wrong_kinds))

    def _load_params(self) -> None:
        """Load the options; what is wrong with their kinds has to be seen before they are converted."""
        super()._load_params()  # type: ignore[no-untyped-call]  # ansible-core gives it no types
        self._wrong_kinds = list(wrong_kinds(self.params, self.argument_spec, self._items))

    def log(self, msg: t.Any, log_args: t.Mapping[str, t.Any] | None = None) -> None:
        """Log; ``log_args`` are there when it is about the options."""
        if log_args is not None:
            log_args = as_utf8(
                {name: visible(str(value)) for name, value in for_log(self.params, self.argument_spec).items()}
            )
            msg = " ".join(["Invoked with", *(f"{name}={value}" for name, value in log_args.items())])
        super().log(msg, log_args)  # type: ignore[no-untyped-call]  # ansible-core gives it no types

    def exit_json(self, **kwargs: t.Any) -> t.NoReturn:
        """Exit with a result, which shows of the options what may be seen."""
        super().exit_json(**{"invocation": {"module_args": self.shown_options()}, **kwargs})

    def fail_json(self, msg: t.Any, **kwargs: t.Any) -> t.NoReturn:
        """Fail; until a ``SecretRegister`` has taken over what is secret, it can be an error about the options themselves."""
        # ansible-core shows the first error alone: that an option is missing, and not the mistyped one that was to be it.
        errors = self.validation_result.errors if hasattr(self, "validation_result") else []
        unsupported = [error.msg for error in errors[1:] if isinstance(error, UnsupportedError)]
        # A mistyped key is why another is missing; of a key in an item, nothing else is of use.
        unknown = unknown_keys(self.shown_options(), self.argument_spec, self._items) if errors else []
        msg = " | ".join([*unknown, *(self._wrong_kinds if errors else ())]) or "; unsupported parameters: ".join(
            [str(msg), *unsupported]
        )
        self.see_misplaced()
        if self.no_log_values:
            names = (*names_in(self.shown_options()), *words_of(self.argument_spec))
            msg = visible(Mask(self.no_log_values, names).hide(str(msg)))
            self.no_log_values.clear()
        super().fail_json(as_utf8(msg), **{"invocation": {"module_args": self.shown_options()}, **kwargs})

    def add_path_info(self, kwargs: dict[str, t.Any]) -> dict[str, t.Any]:
        """Nothing: ansible-core would add what has the name ``path`` by now, whoever put it there, and fails where it went."""
        return kwargs

    def see_misplaced(self) -> None:
        """Count what stands in the wrong option, and may be a credential, among what is secret."""
        self.no_log_values.update(misplaced_in(getattr(self, "params", {}), self.argument_spec))

    def shown_options(self) -> dict[str, t.Any]:
        """The options, with what may not be seen hidden."""
        shown: dict[str, t.Any] = as_utf8(for_result(getattr(self, "params", {}), self.argument_spec))
        return shown


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
