# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Names and paths in messages: what can be one is shown, and of many the first few.

People give passwords and the contents of files in their place, so nothing else is quoted.
"""

from __future__ import annotations

import base64
import re
import typing as t

from .errors import InvalidInput

NOT_SHOWN = "(not shown)"
_LONGEST = 1024
_LONGEST_RELATIVE = 128
_DOCUMENT = re.compile(r"[{}\"<>|]|-----|://|:\s")
_BASE64 = re.compile(r"(?:ey[A-Za-z0-9]|ewo|LS0tLS|YXBp)[A-Za-z0-9+/=_.-]{16,}")
"""Base64 of what begins with ``{"``, ``{`` and a line break, ``-----`` or ``api``."""
_SHORTEST_LOGIN = 8
_PLAIN = re.compile(r"[\w .,:;/*?=!()@%+~^\[\]-]*")
_QUERY = re.compile(r"\?[^/]*=")
_DIGEST = re.compile(r"@sha\d+:[0-9a-f]+$")


def is_path(text: t.Any) -> bool:
    """Whether this can be meant as a path: short, on one line, and no document, certificate, URL or base64 of one."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= (_LONGEST if text[:1] in "/~.$" else _LONGEST_RELATIVE)
        and text.isprintable()
        and not _DOCUMENT.search(text)
        and not is_encoded_document(text)
    )


def is_encoded_document(text: str) -> bool:
    """Whether this is base64 of a docker config, a kubeconfig or a key, or of user and password, as ``auth`` has them."""
    if _BASE64.fullmatch(text):
        return True
    if len(text) < _SHORTEST_LOGIN or len(text) % 4:
        return False
    try:
        decoded = base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return False
    return ":" in decoded and decoded.isprintable()


def shown_path(text: t.Any) -> str:
    """A path for people; whatever else it is, is not shown."""
    return str(text) if is_path(text) else NOT_SHOWN


def check_path(text: t.Any, *, where: str) -> str:
    """
    The path that an option holds.

    Raises:
        InvalidInput: It is something else.
    """
    if not is_path(text):
        raise InvalidInput(
            where,
            "is no path, and not shown since it could be secret",
            "give the path of a file, not what stands in it",
        )
    return str(text)


def is_plain(text: str) -> bool:
    """Whether this can be a name, a path, a URL without a password or a selector, and no document."""
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text) or _QUERY.search(text) or is_encoded_document(text):
        return False
    before = _DIGEST.sub("", text).rpartition("@")[0]
    return ":" not in before.rpartition("://")[2]


def shown_name(text: str) -> str:
    """A name for people; whatever else it is, is not shown."""
    return text if is_plain(text) else NOT_SHOWN


def quoted_name(text: str) -> str:
    """The same, in quotes."""
    return repr(text) if is_plain(text) else NOT_SHOWN


def shown_names(names: t.Sequence[str], most: int = 10) -> str:
    """Such as ``a, b and 3 more``."""
    return " ".join([", ".join(names[:most]), *and_more(len(names) - most)])


def and_more(number: int, noun: str = "", *, see: str = "") -> list[str]:
    """
    Such as ``and 3 more, see namespaces``, to be put after what is shown.

    Args:
        number: How many are not shown.
        noun: Of what.
        see: The return value that has them all.

    Returns:
        Empty where all are shown.
    """
    return [f"and {number} more{f' {noun}' if noun else ''}{f', see {see}' if see else ''}"] if number > 0 else []
