"""A changed document keeps the layout of the one that was there."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.json import as_plain, parse_json
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.layout import TABS, Layout, layout_of

DOCUMENT: t.Mapping[str, t.Any] = {
    "auths": {"quay.io": {"auth": "dTpw"}, "ghcr.io": {}},
    "list": [1, {"a": None}],
    "e": [],
}
WRITTEN = {
    "as docker writes it": json.dumps(DOCUMENT, indent="\t"),
    "two blanks": json.dumps(DOCUMENT, indent=2) + "\n",
    "four blanks": json.dumps(DOCUMENT, indent=4) + "\n\n",
    "no indentation, but lines": json.dumps(DOCUMENT, indent=0),
    "compact": json.dumps(DOCUMENT, separators=(",", ":")),
    "one line": json.dumps(DOCUMENT) + "\n",
    "no blank after the colon": json.dumps(DOCUMENT, indent=1, separators=(",", ":")),
    "blanks around the colon": json.dumps(DOCUMENT, separators=(", ", " : ")),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_layout_is_kept(name: str) -> None:
    """Written with the layout that was found, a document is what it was, byte for byte."""
    text = WRITTEN[name]

    assert layout_of(text).render(as_plain(parse_json(text))) == text


@pytest.mark.parametrize("text", ["{}", " {\n}", "null", "[1, 2]"])
def test_nothing_to_go_by(text: str) -> None:
    """Without a member there is no layout, and docker's is taken."""
    assert layout_of(text) == TABS


def test_one_member() -> None:
    """With one member on a line, what stands after its colon tells what is to stand after a comma."""
    assert layout_of('{"auths": {}}\n') == Layout(None, (", ", ": "), "\n")
    assert layout_of('{"auths":{}}') == Layout(None, (",", ":"))
