# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be a name, a URL without a password, a selector or a word. People give passwords in their place, so nothing else is quoted."""

from __future__ import annotations

import re

from .plain_path import NOT_SHOWN, is_encoded_document

_LONGEST = 1024
_PLAIN = re.compile(r"[\w .,:;/*?=!()@%+~^\[\]-]*")
_QUERY = re.compile(r"\?[^/]*=")
_DIGEST = re.compile(r"@sha\d+:[0-9a-f]+$")


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
