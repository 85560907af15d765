# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module ends with, and what may be seen of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._domain.masking.visible_text import visible, visible_lines

if t.TYPE_CHECKING:
    from .._domain.masking.mask import Mask

_PATHS = frozenset({"backup_file", "bin_dir", "endpoint", "path"})
"""Return values that roles hand on: they stay as they are."""

_NAMES = _PATHS.union(
    ("action", "cause", "format", "from", "kind", "pull_policy", "renewed", "secrets_from", "severity", "verdict"),
    (
        "after_header",
        "before_header",
        "id",
        "image",
        "images",
        "name",
        "namespace",
        "node",
        "nodes",
        "objects",
        "owner",
    ),
    ("group", "match_images", "mode"),
    ("previous_id", "program", "providers", "repository", "secret", "secrets", "service", "service_account", "tenant"),
)
"""Return values that hold names, paths and words of a closed set, nothing of what a secret is made of."""


@dataclass(frozen=True)
class Outcome:
    """
    What a module has to say.

    Attributes:
        returned: Return values beside ``changed`` and ``diff``.
        changed: Whether anything was, or in check mode would be, changed.
        diff: Before and after, a pair a namespace or file.
        failure: Why the task failed, empty when it did not.
        warnings: What the user should know.
        message: ``msg`` of a task that did not fail, one line for people.
    """

    returned: t.Mapping[str, t.Any] = field(default_factory=dict)
    changed: bool = False
    diff: t.Sequence[t.Mapping[str, t.Any]] = ()
    failure: str = ""
    warnings: t.Sequence[str] = ()
    message: str = ""


_FOUND_NAMES = frozenset({"email", "registry", "username"})
"""Names that others gave: somebody's password may be equal to one, but is no part of one."""


class Shown:
    """
    What may be seen of an outcome: without secrets, and without what moves the cursor or forges a line.

    Args:
        mask: Hides what is secret.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A message, in one line."""
        return visible(self._hidden(text))

    def result(self, value: t.Any, key: str = "") -> t.Any:
        """Return values; ``key`` is what the value is found by."""
        if isinstance(value, dict):
            return {
                visible(name) if isinstance(name, str) else name: self.result(each, name)
                for name, each in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.result(each, key) for each in value]
        if not isinstance(value, str) or key in _PATHS:
            return value
        if key in ("before", "after"):
            return visible_lines(self._hidden(value))
        is_name = key in _NAMES or (key in _FOUND_NAMES and self._mask.is_secret(value))
        return visible(value) if is_name else self.text(value)

    def _hidden(self, text: str) -> str:
        """A thousand namespaces say the same."""
        if text not in self._known:
            self._known[text] = self._mask.hide_in_own(text)
        return self._known[text]
