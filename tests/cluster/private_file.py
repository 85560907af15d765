"""Files that only their owner may read: keys, tokens, kubeconfigs."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from pathlib import Path


def write_private(path: Path, content: bytes) -> Path:
    """
    Write a file with mode 0600, whatever the umask; one that is there is replaced whole.

    Returns:
        The path.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(content)
    return unfinished.replace(path)
