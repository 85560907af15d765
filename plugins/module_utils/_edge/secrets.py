# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The one place that registers secrets, so that Ansible masks them wherever they might show up, in every form.

ansible-core up to 2.21 takes ``no_log_values`` out of a module's result; from 2.22 on it masks what was registered in
everything that is shown. Neither knows a derived form, such as the base64 text in a Secret, unless it is told.
"""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config import Credential
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.json_text import render_json
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking import Mask
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.utf8 import as_utf8

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:  # ansible-core before 2.22

    def register_secret(value: str) -> str:
        """Stand-in: ``no_log_values`` does it all."""
        return value


class SecretRegister:
    """
    Secrets of one run.

    Args:
        module: Of it, only ``no_log_values`` is used. Filters and lookups have none: what they register is hidden from
            ansible-core 2.22 on, and older ones know no way.
    """

    def __init__(self, module: AnsibleModule | None = None) -> None:
        self._no_log_values: set[str] = module.no_log_values if module else set()
        self._forms: set[str] = set()

    def add(self, text: str) -> SecretText:
        """Register a secret: as it is, as JSON has it, and in base64."""
        if text:
            for form in (text, render_json(text)[1:-1], _base64(text)):
                self._register(form)
        return SecretText(text)

    def add_credential(self, credential: Credential) -> Credential:
        """Register a credential's password and its ``auth``."""
        self.add(credential.password.reveal())
        self._register(credential.auth.reveal())
        return credential

    def declare_public(self, text: t.Any) -> None:
        """Take back what Ansible registered because it stands beside a secret: a user name must stay readable."""
        if isinstance(text, str) and text not in self._forms:
            self._no_log_values.discard(text)

    def mask(self) -> Mask:
        """What hides all that is registered so far."""
        return Mask(self._forms | self._no_log_values)

    def _register(self, form: str) -> None:
        shown = as_utf8(form)
        self._forms |= {form, shown}
        self._no_log_values.add(register_secret(shown))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")
