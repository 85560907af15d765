# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which of a module's options may be shown: in the line that goes to syslog, and as ``invocation`` in a result.

An option is judged by its place in the spec. Of the others, only what looks like a name, a path or a selector is shown, since
people give a file's contents where a path is wanted, and passwords in URLs.
"""

from __future__ import annotations

import re
import typing as t

from .._domain.masking.mask import HIDDEN, Mask
from .._domain.masking.secret_forms import secrets_in_arguments
from .._domain.shown_names import is_encoded_document, is_plain

Spec = t.Mapping[str, t.Mapping[str, t.Any]]

_PIECE = re.compile(r"[{}]|[\"']\s*:|\[\s*[\"']")
"""Of a document, also where Ansible made a text of it, and took that for a list with commas."""
_TEXTS = frozenset(("annotations", "args", "email", "host", "kubeconfig", "labels", "program", "proxy", "username"))
"""Options that may hold any text, or are read by who knows what is secret in them; paths are such, too."""
_IDENTITIES = frozenset(("context", "impersonate_groups", "impersonate_user"))
_IDENTITY = re.compile(r"[^\"\\\n]*")
"""Of a user or context, such as ``auth0|o'neil`` and ``shop/api:6443/jane@example.com``."""


def for_result(params: t.Mapping[str, t.Any], spec: Spec) -> dict[str, t.Any]:
    """All options, with ``HIDDEN`` for what may not be seen."""
    options = _by_name(spec)
    return {
        name if name in options or _is_name(name) else HIDDEN: _shown(
            _without_passwords(value) if name == "args" else value, options.get(name, {"no_log": True})
        )
        for name, value in params.items()
    }


def for_log(params: t.Mapping[str, t.Any], spec: Spec) -> dict[str, t.Any]:
    """The options that can be seen as a whole."""
    options = _by_name(spec)
    return {
        name: value
        for name, value in params.items()
        if name in options and not _holds_secrets(options[name]) and _shown(value, options[name]) == value
    }


def names_in(shown: t.Any) -> t.Iterator[str]:
    """The texts of :func:`for_result` that were given openly."""
    if isinstance(shown, str):
        if shown != HIDDEN:
            yield shown
    elif isinstance(shown, (dict, list)):
        for member in shown.values() if isinstance(shown, dict) else shown:
            yield from names_in(member)


def misplaced_in(params: t.Mapping[str, t.Any], spec: Spec) -> t.Iterator[str]:
    """What is no value of its option and may hold credentials, as a message would quote it: an item of registries as a name."""
    options = _by_name(spec)
    for name, value in params.items():
        if name not in options and not _is_name(name):
            yield name
        yield from _misplaced(value, options.get(name, {}), name)


def _misplaced(value: t.Any, option: t.Mapping[str, t.Any], name: str) -> t.Iterator[str]:
    kind = option.get("type") or "str"
    if isinstance(value, (list, tuple)) and kind == "list":
        for member in value:
            yield from _misplaced(member, {**option, "type": option.get("elements")}, name)
    elif isinstance(value, t.Mapping) and kind == "dict":
        if option.get("options"):
            yield from misplaced_in(value, option["options"])
            return
        yield from (key for key in value if not _is_name(key))
        yield from (str(member) for member in value.values() if isinstance(member, (list, tuple, t.Mapping)))
    elif isinstance(value, (list, tuple, t.Mapping)) and kind not in ("raw", "json"):
        yield str(value)
        yield from (key for key in value if isinstance(value, t.Mapping) and not _is_name(key))
    elif isinstance(value, str) and not option.get("no_log") and not _is_in_place(value, name, kind):
        yield value


def _is_in_place(text: str, name: str, kind: str) -> bool:
    """Whether this is what such an option may hold, and is no credential in the place of a name, a number or a word."""
    if _PIECE.search(text) or is_encoded_document(text):
        return False
    if name in _IDENTITIES:
        return _IDENTITY.fullmatch(text) is not None
    return name in _TEXTS or kind in ("path", "json") or is_plain(text)


def without_misplaced(message: str, params: t.Mapping[str, t.Any], spec: Spec) -> str:
    """An error of ansible-core's about options, which quotes whatever was given."""
    return str(Mask(misplaced_in(params, spec), words_of(spec)).hide(message))


def words_of(spec: Spec) -> t.Iterator[str]:
    """Names of options, and what can be chosen: messages about options are made of these."""
    for name, option in _by_name(spec).items():
        yield name
        yield from map(str, option.get("choices") or ())
        yield from words_of(option.get("options") or {})


def _by_name(spec: Spec) -> dict[str, t.Mapping[str, t.Any]]:
    return {name: option for main, option in spec.items() for name in (main, *(option.get("aliases") or ()))}


def _holds_secrets(option: t.Mapping[str, t.Any]) -> bool:
    return bool(option.get("no_log")) or any(map(_holds_secrets, (option.get("options") or {}).values()))


def _shown(value: t.Any, option: t.Mapping[str, t.Any]) -> t.Any:
    if value is None or (isinstance(value, (bool, int, float)) and not option.get("no_log")):
        return value
    if option.get("no_log"):
        return HIDDEN
    if isinstance(value, (list, tuple)) and option.get("type") == "list":
        item = {**option, "type": option.get("elements")}
        return [_shown(member, item) for member in value]
    if isinstance(value, t.Mapping) and option.get("type") == "dict":
        spec = option.get("options")
        if spec:
            return for_result(value, spec)
        return {key if _is_name(key) else HIDDEN: _shown(member, {}) for key, member in value.items()}
    return value if isinstance(value, str) and not _holds_secrets(option) and is_plain(value) else HIDDEN


def _is_name(key: t.Any) -> bool:
    """Whether this is a key or a name that somebody chose, and no credential in its place."""
    return not isinstance(key, str) or is_plain(key)


def _without_passwords(arguments: t.Any) -> t.Any:
    """A command line, as it is shown."""
    if not isinstance(arguments, list) or not all(isinstance(argument, str) for argument in arguments):
        return arguments
    found = secrets_in_arguments(arguments)
    shown = []
    for argument in arguments:
        name, equals, value = argument.partition("=")
        shown.append(HIDDEN if argument in found else f"{name}={HIDDEN}" if equals and value in found else argument)
    return shown
