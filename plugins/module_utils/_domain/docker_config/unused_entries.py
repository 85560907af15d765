# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a node's docker config that its reader never uses, or not as they were meant."""

from __future__ import annotations

import typing as t

from ..first_few import and_more
from ..image.reader_keys import Reader, canonical_key
from .config import DockerConfig
from .problems import KEY_PROBLEMS, entry_problems

_MOST = 10
_PROVIDER = "use a credential provider of the kubelet (credential_provider_config), or give user name and password here"


def unused_entries(document: DockerConfig, reader: Reader, given: t.Iterable[str]) -> list[str]:
    """
    What is wrong with the entries of a document, each with what to do.

    Args:
        document: All that is in the file.
        reader: Who reads it.
        given: The keys that were just declared: of these, bad keys were refused or warned of before.

    Returns:
        Warnings without secrets, at most ten and how many more.
    """
    names = dict.fromkeys(given)
    found = [*_about_helpers(document, reader, names)]
    for key, fields in document.entries.items():
        found += [
            f"{problem['message']}; {problem['cure']}"
            for problem in entry_problems(key, fields, reader)
            if key not in names or problem["code"] not in KEY_PROBLEMS
        ]
    return found[:_MOST] + and_more(len(found) - _MOST, "entries that are not used")


def _about_helpers(document: DockerConfig, reader: Reader, given: t.Iterable[str]) -> t.Iterator[str]:
    store, helpers = document.member("credsstore"), document.member("credhelpers")
    helped = list(helpers) if isinstance(helpers, dict) else []
    if reader == "kubelet":
        names = [name for name, value in (("credsStore", store), ("credHelpers", helpers)) if value]
        if names:
            yield f"{' and '.join(names)}: the kubelet asks no credential helper; {_PROVIDER}"
        return
    asked = {canonical_key(key, reader) for key in helped}
    for key in given:
        if canonical_key(key, reader) in asked:
            yield f"{key!r}: its entry in credHelpers is asked in place of what is written here; take it out of credHelpers"
        elif reader == "docker" and store:
            yield f"{key!r}: docker asks credsStore {store!r} in place of what is written here; take credsStore out, or log in with docker"
