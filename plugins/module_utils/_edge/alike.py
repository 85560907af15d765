# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that hold for many places are shown once: three hundred namespaces mostly differ in nothing but their names."""

from __future__ import annotations

import re
import typing as t


class Own(t.NamedTuple):
    """The names of a place itself; where nothing but these differs, ``NAME`` and ``TENANT`` stand in a text."""

    name: str
    tenant: str = ""


class Alike(t.NamedTuple):
    """Indexes of places that have the same text, and the text."""

    places: list[int]
    text: str


def alike(texts: t.Iterable[tuple[Own, str]]) -> list[Alike]:
    """
    Put places with the same text together, in the order in which the texts first come.

    Args:
        texts: A place's names and its text.
    """
    by_text: dict[str, list[tuple[int, Own]]] = {}
    for index, (own, text) in enumerate(texts):
        by_text.setdefault(text, []).append((index, own))
    by_form: dict[str, list[Alike]] = {}
    for text, places in by_text.items():
        form = text if places[1:] else _without_names(places[0][1], text)
        by_form.setdefault(form, []).append(Alike([index for index, _own in places], text))
    return [
        same[0] if not same[1:] else Alike(sorted(index for each in same for index in each.places), form)
        for form, same in by_form.items()
    ]


def _without_names(own: Own, text: str) -> str:
    """A name itself is replaced, and no longer name that it is a part of."""
    for name, instead in ((own.name, "NAME"), (own.tenant, "TENANT")):
        if name and name in text:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", instead, text)
    return text
