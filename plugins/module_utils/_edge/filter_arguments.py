# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What templates hand to filters, and how filters fail."""

from __future__ import annotations

import functools
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean

from .._domain.docker_config.config import DockerConfigError
from .._domain.errors import InvalidInput, RegcredError
from .._domain.go.json import render_json
from .._domain.masking.visible_text import visible
from .._domain.shown_names import quoted_name, shown_name
from .mistyped import unknown_in
from .options.credentials import REGISTRY_SPEC
from .shown_options import without_misplaced

Function = t.TypeVar("Function", bound=t.Callable[..., t.Any])

_ITEM_CURE = "give a list of dictionaries with registry, username and password, or registry and auth"
_NO_TEXT = (bool, int, float, bytes, list, tuple, dict, type(None))


def fails_with(error_class: type[Exception]) -> t.Callable[[Function], Function]:
    """
    A decorator for filters: our own errors become ``error_class``, with the filter's name and without what it was given.

    Args:
        error_class: ``AnsibleFilterError``, which only a plugin can import.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def call(*arguments: t.Any, **options: t.Any) -> t.Any:
            try:
                return function(*arguments, **options)
            except (RegcredError, DockerConfigError) as error:
                # Nothing of the cause: ansible-core shows the texts of all of them.
                raise error_class(visible(f"{function.__name__}: {error}")) from None

        return t.cast("Function", call)

    return decorate


def text_argument(value: t.Any, *, where: str) -> str:
    """
    A text, without the tags by which ansible-core 2.19 and later remember where it is from and whether it is a template.

    Raises:
        InvalidInput: It is something else.
    """
    if isinstance(value, _NO_TEXT):
        raise InvalidInput(where, f"is no text but {_native_type(value)}", "give a text")
    # In ansible-core 2.18, what is vaulted or undefined is no str; the one is decrypted here, the other raises its own error.
    return str(value)


def document_argument(value: t.Any, *, where: str) -> str:
    """A JSON text; or what it became on the way, since ansible-core 2.18 turns a text that looks like a dict into one."""
    return render_json(value) if isinstance(value, t.Mapping) else text_argument(value, where=where)


def choice_argument(value: t.Any, choices: t.Sequence[str], *, where: str) -> t.Any:
    """
    One of ``choices``.

    Raises:
        InvalidInput: It is none of them.
    """
    text = text_argument(value, where=where)
    if text not in choices:
        raise InvalidInput(where, f"is {quoted_name(text)}", f"use one of {', '.join(choices)}")
    return text


def flag_argument(value: t.Any, *, where: str) -> bool:
    """
    True or false, also as the text that extra variables are.

    Raises:
        InvalidInput: It is neither.
    """
    try:
        return bool(boolean(value))
    except TypeError:
        raise InvalidInput(where, "is neither true nor false", "use true or false") from None


def registries_argument(value: t.Any, *, where: str) -> list[dict[str, t.Any]]:
    """
    Credentials, one a registry, checked as the items of the option ``registries`` are.

    Raises:
        RegcredError: naming the item and its field, and no value.
    """
    if isinstance(value, (str, t.Mapping)) or not isinstance(value, t.Iterable):
        raise InvalidInput(where, f"is no list but {_native_type(value)}", _ITEM_CURE)
    return [_checked_item(item, where=f"{where}[{index}]") for index, item in enumerate(value)]


def _checked_item(item: t.Any, *, where: str) -> dict[str, t.Any]:
    if not isinstance(item, t.Mapping):
        raise InvalidInput(where, f"is no dictionary but {_native_type(item)}", _ITEM_CURE)
    # Not dict(item): from ansible-core 2.19 on, values are templated when they are asked for.
    given = {str(name): _decrypted(value) for name, value in item.items() if value is not None}
    unknown = list(unknown_in(dict.fromkeys(map(shown_name, given)), REGISTRY_SPEC.options, where))
    if unknown:
        raise RegcredError(" | ".join(unknown))
    rules = REGISTRY_SPEC.as_suboptions()
    options = rules.pop("options")
    checked = ArgumentSpecValidator(options, **rules).validate(given)
    if checked.error_messages:
        raise InvalidInput(where, without_misplaced(checked.error_messages[0], given, options), _ITEM_CURE)
    return dict(checked.validated_parameters)


def _decrypted(value: t.Any) -> t.Any:
    """In ansible-core 2.18, a template's values from a vault are objects; later they are texts."""
    return str(value) if getattr(value, "__ENCRYPTED__", False) else value


def _native_type(value: t.Any) -> str:
    """From ansible-core 2.19 on, what templates hand over are subclasses of native types."""
    return next(each.__name__ for each in type(value).__mro__ if each.__module__ == "builtins")
