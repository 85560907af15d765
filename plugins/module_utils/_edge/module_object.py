# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Ansible's module object, which by itself shows more than it should.

As soon as it has the options it writes them to syslog or the journal. Before ansible-core 2.22, it takes passwords out as
they are, and not as Python quotes those with a backslash, both quotes or a line break in a list of dictionaries.
"""

from __future__ import annotations

import resource
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.errors import UnsupportedError

from .._domain.masking.mask import Mask
from .._domain.masking.visible_text import visible
from .options.argument_spec import ArgumentSpec
from .options.unknown_keys import unknown_keys
from .options.wrong_kinds import wrong_kinds
from .shown_options import for_log, for_result, misplaced_in, names_in, words_of
from .utf8 import as_utf8


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
