"""What can be a path, and what is somebody's secret."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.shown_names import (
    and_more,
    check_path,
    is_path,
    is_plain,
    quoted_name,
    shown_name,
    shown_names,
    shown_path,
)

PATHS = [
    "/etc/kubernetes/admin.conf",
    "~/.kube/config",
    "$HOME/x",
    "a b.pem",
    "./x",
    "/a/" + "b" * 200,
    "C",
    "/x (1).pem",
]
DOCUMENT = json.dumps({"auths": {"r.io": {"auth": "dTpwYXNzd29yZA=="}}})
CONTENTS = [
    DOCUMENT,
    base64.b64encode(DOCUMENT.encode()).decode(),
    "-----BEGIN EC PRIVATE KEY-----\nabc\n",
    base64.b64encode(b"-----BEGIN EC PRIVATE KEY-----\nabc\n").decode(),
    "apiVersion: v1\nkind: Config\n",
    "apiVersion: v1",
    "https://user:password@host/x",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6In.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50Ii.c2lnbmF0dXJl",
    "x" * 200,
    "/" + "x" * 2000,
    "",
    None,
    {"token": "hunter2"},
    ["a"],
]


@pytest.mark.parametrize("path", PATHS)
def test_paths(path: str) -> None:
    """A path is taken and shown as it is."""
    assert (is_path(path), shown_path(path), check_path(path, where="x")) == (True, path, path)


@pytest.mark.parametrize("contents", CONTENTS, ids=range(len(CONTENTS)))
def test_contents(contents: object) -> None:
    """A file's contents are refused, and never quoted."""
    assert shown_path(contents) == "(not shown)"
    with pytest.raises(
        InvalidInput, match=r"^config_file: is no path, and not shown since it could be secret; give [a-z ,]+$"
    ):
        check_path(contents, where="config_file")


PASSWORD = "S3cr-t/Pa ss\"word'ql"


@pytest.mark.parametrize(
    "text",
    ["regcred", "Team_A", "shop-[ab]*", "a=b,!c", "https://quay.io:443/v2/", "jane@example.com", "quay.io/a@sha256:1f"],
)
def test_names(text: str) -> None:
    """Names, globs, selectors and URLs are shown, mistyped ones too."""
    assert (shown_name(text), quoted_name(text)) == (text, repr(text))


@pytest.mark.parametrize(
    "text",
    [
        PASSWORD,
        base64.b64encode(f"robot:{PASSWORD}".encode()).decode(),
        "cm9ib3Q6cMOkc3M=",
        "https://robot:x@quay.io",
        '{"auths": {}}',
        "a\nb",
        "x" * 1025,
    ],
)
def test_not_shown(text: str) -> None:
    """Passwords, base64 of user and password, and documents are not."""
    assert not is_plain(text)
    assert shown_name(text) == quoted_name(text) == "(not shown)"


@pytest.mark.parametrize("text", ["namespace-one", "shop", "abcdefghijkl", "registry", "YWJjZGVmZ2hp", "Zm9v"])
def test_names_that_are_base64(text: str) -> None:
    """A name of as many letters as base64 has is one, unless it decodes to a user and a password."""
    assert is_plain(text)


@pytest.mark.parametrize(
    ("number", "most", "expected"),
    [
        (0, 3, ""),
        (1, 3, "n0"),
        (3, 3, "n0, n1, n2"),
        (4, 3, "n0, n1, n2 and 1 more"),
        (300, 1, "n0 and 299 more"),
    ],
)
def test_shown_names(number: int, most: int, expected: str) -> None:
    """The first ones and the number of the others, which is named from one on."""
    assert shown_names([f"n{index}" for index in range(number)], most) == expected


def test_ten_names() -> None:
    """As long as nothing else is asked for, ten are shown."""
    names = [f"n{index}" for index in range(12)]

    assert shown_names(names) == f"{', '.join(names[:10])} and 2 more"
    assert shown_names(names[:10]) == ", ".join(names[:10])


def test_and_more() -> None:
    """What the others are, and where they stand."""
    assert (and_more(0), and_more(-2, "entries", see="images")) == ([], [])
    assert and_more(2) == ["and 2 more"]
    assert and_more(2, "entries") == ["and 2 more entries"]
    assert and_more(2, see="images") == ["and 2 more, see images"]
