from __future__ import annotations

import base64
import typing as t

import pytest

from tests.oracle import shrink
from tests.oracle.shrink import Question, shrunk


def lookup(**more: t.Any) -> Question:
    """A question with much that does not matter."""
    secrets = [
        secret(".dockercfg", '{"quay.io":{}}'),
        secret(".dockerconfigjson", '{"auths":{"a*b":{"username":"u"}}}'),
    ]
    return {"op": "lookup", "image": "quay.io/team/app:v1", "secrets": secrets, "node_config": None, **more}


def secret(key: str, text: str) -> Question:
    """A Secret with one value."""
    return {"name": "s", "namespace": "ns", "type": "kubernetes.io/dockercfg", "data": {key: text}}


def test_only_what_matters_is_left() -> None:
    """A difference that one character makes is shown by a question with little more."""
    found = shrunk(
        lookup(), lambda question: any("*" in text for one in question["secrets"] for text in one["data"].values())
    )

    assert found == {"op": "lookup", "image": "", "secrets": [secret(".dockerconfigjson", "*")], "node_config": None}


def test_bytes_stay_base64() -> None:
    """What is not UTF-8 is made smaller as the bytes that it is."""
    question = lookup(node_config_b64=base64.b64encode(b'{"\xff":1}').decode())

    found = shrunk(question, lambda one: b"\xff" in base64.b64decode(one["node_config_b64"]))

    assert base64.b64decode(found["node_config_b64"]) == b"\xff"


def test_files_that_do_not_matter_are_left_out() -> None:
    """Of the files of a node, those stay that make the difference."""
    question = lookup(node_files={"root/config.json": "{}", "cwd/.dockercfg": None, "home/.dockercfg": "x"})

    found = shrunk(question, lambda one: "cwd/.dockercfg" in one["node_files"])

    assert found["node_files"] == {"cwd/.dockercfg": None}


def test_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large question is given back half done rather than late."""
    monkeypatch.setattr(shrink, "TRIES", 100)
    asked: list[Question] = []

    def shows(question: Question) -> bool:
        asked.append(question)
        return False

    shrunk({"op": "image", "image": "a" * 10_000}, shows)

    assert len(asked) == 100
