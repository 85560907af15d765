# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The one place that knows what is secret in a run, and gives the mask that all pass before they are shown.

ansible-core up to 2.21 takes ``no_log_values`` out of a module's result, as they are and wherever they stand, which breaks
paths and names that hold a short one; here the mask does it all, and they are taken over. From 2.22 on, the controller
masks what was registered in everything that is shown, and leaves the results themselves alone.
"""

from __future__ import annotations

import base64
import binascii
import threading
import typing as t
from urllib.parse import unquote

from .._domain.docker_config.config import Credential
from .._domain.go.json import render_json
from .._domain.masking.mask import Mask, is_weak
from .._domain.masking.visible_text import as_utf8
from .._domain.pull_secret.document_secrets import secrets_in_header, secrets_in_value, values_in_object
from .._domain.secret_text import SecretText

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:  # ansible-core before 2.22

    def register_secret(value: str) -> str:
        """Stand-in: the mask does it all."""
        return value


LONGEST_SHOWN = 4096
"""Characters of what a server says."""


class SecretRegister:
    """
    Secrets of one run.

    Args:
        module: Its ``no_log_values`` are taken over. Filters and lookups have none: what they register is hidden from
            ansible-core 2.22 on, and older ones know no way.
        names: What the caller gave as names, which stay readable.
    """

    def __init__(self, module: AnsibleModule | None = None, names: t.Iterable[str] = ()) -> None:
        self._options: set[str] = set()
        if module:
            self._options |= module.no_log_values
            module.no_log_values.clear()
        self._mask = Mask(names=names)
        self._unread: set[str] = set()
        self._headers: set[str] = set()
        self._lock = threading.Lock()

    def add(self, text: str) -> SecretText:
        """Register a secret; ansible-core 2.22 also gets the forms that it does not know itself. An empty one is ignored."""
        if text:
            self._register(text, render_json(text)[1:-1], _base64(text))
        return SecretText(text)

    def add_credential(self, credential: Credential) -> Credential:
        """Register a credential's password and its ``auth``."""
        self.add(credential.password.reveal())
        self._register(credential.auth.reveal())
        return credential

    def add_misplaced(self, text: str) -> SecretText:
        """Register a secret that was given where names stand."""
        with self._lock:
            self._mask.forget_names_with(text)
        return self.add(text)

    def add_url(self, url: str) -> None:
        """Register the password in a URL, or in what is written like one."""
        password = url.rpartition("@")[0].rpartition("://")[2].partition(":")[2]
        self.add(password)
        self.add(unquote(password))

    def declare_public(self, text: t.Any) -> None:
        """Take back what Ansible registered because it stands beside a secret: a user name must stay readable."""
        if isinstance(text, str):
            self._options.discard(text)
            self._mask.keep(text)

    def see_headers(self, headers: t.Mapping[str, str]) -> None:
        """Register what a request says of who sends it."""
        for name, value in headers.items():
            if name.lower().endswith("authorization") and value not in self._headers:
                self._headers.add(value)
                for secret in secrets_in_header(value):
                    self.add(secret)

    def see_object(self, path: str, body: t.Any) -> None:
        """Remember what is in Secrets; it is read when there is something to hide it in, since they are many."""
        if "/secrets" in path:
            with self._lock:
                self._unread.update(values_in_object(body))

    def hide(self, text: str) -> str:
        """
        What a server says, without what is secret, and no more of it than anybody reads.

        Twice as much is looked through as is shown, and marked where it ends, so that what is cut off in its middle is found.
        """
        looked_at = text if len(text) <= 2 * LONGEST_SHOWN else f"{text[: 2 * LONGEST_SHOWN]}..."
        with self._lock:
            self._read_all()
            shown = str(self._mask.hide(looked_at))
        return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}... (cut off here)"

    def mask(self) -> Mask:
        """What hides all that is known so far."""
        with self._lock:
            self._read_all()
            return self._mask

    def _register(self, secret: str, *forms: str) -> None:
        with self._lock:
            self._mask.add(secret)
        for form in (secret, *forms) if secret and not is_weak(secret) else ():
            register_secret(as_utf8(form))

    def _read_all(self) -> None:
        self._mask.add(*self._options)
        for value in self._unread:
            try:
                self._mask.add(*secrets_in_value(base64.b64decode(value)))
            except binascii.Error:
                self._mask.add(value)
        self._unread = set()


def _base64(text: str) -> str:
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, which is refused wherever it cannot be written
        raw = as_utf8(text).encode("utf-8")
    return base64.b64encode(raw).decode("ascii")
