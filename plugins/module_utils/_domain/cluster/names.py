# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Names, labels and annotations: the rules that the API server would apply, applied before anything is written, and patterns of names.

Source: ``k8s.io/apimachinery/pkg/util/validation/validation.go``.
"""

from __future__ import annotations

import fnmatch
import re
import typing as t

from ..errors import InvalidInput

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LABEL_LENGTH = 63
_SUBDOMAIN_LENGTH = 253


def is_dns_label(name: str) -> bool:
    """Whether ``name`` is an RFC 1123 label, as the names of namespaces are."""
    return len(name) <= _LABEL_LENGTH and _LABEL.fullmatch(name) is not None


def is_dns_subdomain(name: str) -> bool:
    """Whether ``name`` is an RFC 1123 subdomain, as the names of Secrets and ServiceAccounts are."""
    return len(name) <= _SUBDOMAIN_LENGTH and _SUBDOMAIN.fullmatch(name) is not None


def is_label_value(text: str) -> bool:
    """Whether ``text`` can be the value of a label; the empty one, which is allowed as well, is not meant."""
    return _is_qualified(text)


def check_namespace_name(name: str, *, where: str) -> None:
    """
    Refuse what cannot name a namespace.

    Raises:
        InvalidInput: naming ``where``.
    """
    if not is_dns_label(name):
        raise InvalidInput(
            where,
            f"{name!r} cannot name a namespace",
            "use at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit",
        )


def check_object_name(name: str, *, where: str) -> None:
    """
    Refuse what cannot name a Secret or a ServiceAccount.

    Raises:
        InvalidInput: naming ``where``.
    """
    if not is_dns_subdomain(name):
        raise InvalidInput(
            where,
            f"{name!r} cannot name a Kubernetes object",
            "use at most 253 lower-case letters, digits, '-' and '.', starting and ending with a letter or digit",
        )


def check_labels(labels: t.Mapping[str, str], *, where: str) -> None:
    """
    Refuse labels that the API server would refuse.

    Raises:
        InvalidInput: naming ``where`` and the key.
    """
    for key, value in labels.items():
        _check_key(key, where=where)
        if value and not is_label_value(value):
            raise InvalidInput(
                f"{where}[{key!r}]",
                f"{value!r} cannot be the value of a label",
                "use at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit",
            )


def check_annotations(annotations: t.Mapping[str, str], *, where: str) -> None:
    """
    Refuse annotations that the API server would refuse.

    Raises:
        InvalidInput: naming ``where`` and the key.
    """
    for key in annotations:
        _check_key(key, where=where)


def _check_key(key: str, *, where: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if (slash and not is_dns_subdomain(prefix)) or not _is_qualified(name):
        raise InvalidInput(
            where,
            f"{key!r} cannot be the key of a label or annotation",
            "use an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' and '.'",
        )


def _is_qualified(text: str) -> bool:
    return len(text) <= _LABEL_LENGTH and _QUALIFIED.fullmatch(text) is not None


class NamePatterns:
    """
    A set of names and globs (``*``, ``?``, ``[...]``), built once and asked often.

    Args:
        patterns: As the user wrote them.
    """

    def __init__(self, patterns: t.Iterable[str]) -> None:
        each_once = tuple(dict.fromkeys(patterns))
        self._names = frozenset(pattern for pattern in each_once if not is_glob(pattern))
        self._globs = [re.compile(fnmatch.translate(pattern)) for pattern in each_once if is_glob(pattern)]

    def match(self, name: str) -> bool:
        """Whether ``name`` is one of the names, or one of the globs stands for it."""
        return name in self._names or any(glob.match(name) for glob in self._globs)

    def __bool__(self) -> bool:
        return bool(self._names or self._globs)


def is_glob(name: str) -> bool:
    """Whether ``name`` stands for several names."""
    return any(character in name for character in "*?[")
