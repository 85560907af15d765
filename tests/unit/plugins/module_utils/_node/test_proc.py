"""Processes as /proc shows them."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.proc import environment_of, link_of, text_of

if t.TYPE_CHECKING:
    from pathlib import Path


def test_what_can_be_read(tmp_path: Path) -> None:
    """Texts, links and variables, whatever bytes are in them."""
    (tmp_path / "environ").write_bytes(b"HOME=/root\0A=b=c\0ODD=\xff\0")
    (tmp_path / "cwd").symlink_to("/srv")

    assert text_of(tmp_path / "environ") == "HOME=/root\0A=b=c\0ODD=\udcff\0"
    assert link_of(tmp_path / "cwd") == "/srv"
    found = environment_of(tmp_path) or {}
    assert (found["HOME"], found["A"], found["ODD"]) == ("/root", "b=c", "\udcff")


def test_a_process_that_has_ended(tmp_path: Path) -> None:
    """What is gone is not known, which is not the same as empty."""
    (tmp_path / "environ").mkdir()

    assert (text_of(tmp_path / "gone"), link_of(tmp_path / "gone"), environment_of(tmp_path)) == (None, None, None)
