"""What can be a path, and what is somebody's secret."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plain_path import (
    check_path,
    is_path,
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
