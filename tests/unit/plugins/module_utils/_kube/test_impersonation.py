"""For whom a kubeconfig wants to act."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.impersonation import read_impersonation

pytest.importorskip("yaml")

KUBECONFIG = """
contexts:
- name: none
  context: {user: plain}
- name: all
  context: {user: all}
- name: dangling
  context: {user: nobody}
- name: userless
  context: {}
users:
- name: plain
  user: {token: t}
- name: all
  user:
    as: alice
    as-uid: "1"
    as-groups: [dev, ops]
    as-user-extra: {"a/b c": [x, y], plain: [z]}
- name: second
  user: {as: bob}
current-context: all
"""
ALL = (
    ("Impersonate-User", "alice"),
    ("Impersonate-Uid", "1"),
    ("Impersonate-Group", "dev"),
    ("Impersonate-Group", "ops"),
    ("Impersonate-Extra-a%2Fb%20c", "x"),
    ("Impersonate-Extra-a%2Fb%20c", "y"),
    ("Impersonate-Extra-plain", "z"),
)


@pytest.mark.parametrize(
    ("context", "expected"),
    [("", ALL), ("all", ALL), ("none", ()), ("dangling", ()), ("userless", ()), ("no such", ())],
)
def test_headers(context: str, expected: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    """All that client-go would send is sent, for the context in use."""
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG, encoding="utf-8")

    assert expected == read_impersonation(str(path), context)


def test_several_files(tmp_path: Path) -> None:
    """Of several kubeconfigs the first that says something counts; those that are missing do not."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("current-context: mine\ncontexts:\n- {name: mine, context: {user: second}}\n", encoding="utf-8")
    second.write_text(KUBECONFIG, encoding="utf-8")

    found = read_impersonation(os.pathsep.join([str(first), str(tmp_path / "gone"), str(second)]), "")

    assert found == (("Impersonate-User", "bob"),)


@pytest.mark.parametrize("text", ["", "users:\ncontexts:\n", "current-context: x\n"], ids=["empty", "null", "bare"])
def test_nothing_there(text: str, tmp_path: Path) -> None:
    """A kubeconfig that says nothing asks for nothing."""
    path = tmp_path / "kubeconfig"
    path.write_text(text, encoding="utf-8")

    assert read_impersonation(str(path), "") == ()
