"""Files in YAML and JSON, read as Kubernetes reads them."""

from __future__ import annotations

import json

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node import yaml_text
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.yaml_text import (
    JSON,
    DocumentError,
    read_document,
    write_document,
)

SECRET = "made-up-Secret"


def test_json_layout_is_kept() -> None:
    """JSON is written with the indentation that it had."""
    raw = b'{\n\t"b": [\n\t\t1\n\t],\n\t"a": "<"\n}\n'
    text = read_document(raw, where="f")
    assert text.document == {"b": [1], "a": "<"}
    assert write_document({"b": "x", "a": []}, text.layout) == b'{\n\t"b": "x",\n\t"a": []\n}\n'


def test_yaml_is_read_back_as_it_was() -> None:
    """What PyYAML or Go's YAML would take for a number, a date or a boolean is written so that both read a text."""
    pytest.importorskip("yaml")
    tricky = [
        "y",
        "No",
        "on",
        "1e3",
        "0o17",
        "017",
        "0x1F",
        "1_000",
        ".5",
        "~",
        "null",
        "",
        "12:30:45",
        "2026-11-22",
        "a: b",
        "#",
        "é",
        "*.x",
        "x\ny",
    ]
    document = {"b": [{"name": value} for value in tricky], "a": True, "c": None}
    raw = write_document(document, None)
    assert read_document(raw, where="f").document == document
    assert list(read_document(raw, where="f").document) == ["b", "a", "c"]
    for quoted in ("'y'", "'1e3'", "'0o17'"):
        assert f"- name: {quoted}\n".encode() in raw


BOMB = b"a0: &a0 x\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 30)
)
"""A document of some kilobytes, of which each alias written out fills the memory."""


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'{"a": }', "f: not JSON (line 1, column 7)"),
        (b'{"a": {"b": 1, "b": 2}}', "f: has the field 'b' twice"),
        (b"a: 1\nb: [\n", "f: not YAML (line 3, column 1)"),
        (b"a: 1\na: 2\n", "f: has the field 'a' twice (line 2, column 1)"),
        (b"a: 1\n---\nb: 2\n", "f: has 2 documents, of which a kubelet reads the first"),
        (b"a: !!python/name:os.system\n", "f: not YAML (line 1, column 4)"),
        (b"a: *nowhere\n", "f: not YAML (line 1, column 4)"),
        (b"? [a]\n: b\n", "f: not YAML (line 1, column 3)"),
        (b"a: &a [*a]\n", "f: not YAML (line 1, column 1)"),
        (BOMB, "f: not YAML (line 1, column 1)"),
        (b"a: \x01\n", "f: not YAML"),
        (b"a: 1\n# \xe4\n", "f: not UTF-8 (line 2)"),
        (b"[" * 201 + b"]" * 201, "f: nested deeper than 200 levels; repair"),
        (b"[" * 5000 + b"]" * 5000, "f: nested deeper than 200 levels; repair"),
        (b'{"a": ' * 201 + b"1" + b"}" * 201, "f: nested deeper than 200 levels; repair"),
        (b'{"a": "\xff"}', "f: not UTF-8 (line 1)"),
    ],
)
def test_broken_files(raw: bytes, problem: str) -> None:
    """The message says where it is broken."""
    if not raw.startswith(b"{"):
        pytest.importorskip("yaml")
    with pytest.raises(DocumentError) as caught:
        read_document(raw, where="f")
    assert str(caught.value).startswith(problem)


def test_aliases() -> None:
    """An alias is what it stands for."""
    pytest.importorskip("yaml")
    assert read_document(b"a: &a {b: 1}\nc: [*a, *a]\n", where="f").document == {
        "a": {"b": 1},
        "c": [{"b": 1}, {"b": 1}],
    }


def test_many_names() -> None:
    """A JSON document with very many names is read at once."""
    raw = json.dumps({str(number): number for number in range(200_000)}).encode()

    assert len(read_document(raw, where="f").document) == 200_000


@pytest.mark.parametrize(
    "raw", [f'{{"value": "{SECRET}" x', f"a: [{SECRET}\nb: {{", f"value: '{SECRET}\n", f"value: *{SECRET}\n"]
)
def test_broken_files_are_not_quoted(raw: str) -> None:
    """Nothing of a broken file is in the message, which may be a password."""
    pytest.importorskip("yaml")
    with pytest.raises(DocumentError) as caught:
        read_document(raw.encode(), where="f")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "found"), [(b"# why\na: 1\n", True), (b"a: 1 # why\n", True), (b"a: b#c\n", False), (b"a: 1\n", False)]
)
def test_comments(raw: bytes, found: bool) -> None:
    """It is known whether there are comments to lose."""
    pytest.importorskip("yaml")
    assert read_document(raw, where="f").has_comments == found


def test_without_pyyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON needs no package, whatever the file is called; YAML says which."""
    monkeypatch.setattr(yaml_text, "yaml", None)
    assert read_document(b' {"a": 1}', where="f.yaml").document == {"a": 1}
    assert write_document({"a": 1}, JSON) == b'{\n  "a": 1\n}\n'
    with pytest.raises(DocumentError, match="needs the Python package PyYAML on this node"):
        read_document(b"a: 1", where="f.yaml")
