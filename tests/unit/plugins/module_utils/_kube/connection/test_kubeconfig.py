"""Files that options name."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection import kubeconfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.kubeconfig import read_regular_file

if t.TYPE_CHECKING:
    from pathlib import Path


def test_file(tmp_path: Path) -> None:
    """A file is read as it is."""
    (tmp_path / "x").write_bytes(b"\x00a")

    assert read_regular_file(str(tmp_path / "x")) == b"\x00a"


def test_pipe(tmp_path: Path) -> None:
    """A pipe that nobody writes to is refused, and not waited for."""
    os.mkfifo(tmp_path / "x")

    with pytest.raises(OSError, match=r"it is no regular file"):
        read_regular_file(str(tmp_path / "x"))


@pytest.mark.parametrize("path", ["", "/dev/null"], ids=["folder", "device"])
def test_no_file(path: str, tmp_path: Path) -> None:
    """A folder and a device are no files."""
    with pytest.raises(OSError, match=r"it is no regular file|Is a directory"):
        read_regular_file(path or str(tmp_path))


def test_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that holds anything but credentials is not read to its end."""
    monkeypatch.setattr(kubeconfig, "LARGEST", 3)
    (tmp_path / "x").write_bytes(b"1234")

    with pytest.raises(OSError, match=r"it has more than 3 bytes"):
        read_regular_file(str(tmp_path / "x"))
