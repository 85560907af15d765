"""Words that only this house would use: a newcomer knows reported, shown, the same as and unused."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from pathlib import Path

_WORDS = re.compile(r"(?<![a-z])(told|said|likewise|of no account)(?![a-z])", re.IGNORECASE)
"""In prose and as a part of a name."""


def problems(collection: Path) -> list[str]:
    """Where one of these words stands in plugins, roles, playbooks or docs."""
    files = sorted(
        file for part in ("plugins", "roles", "playbooks", "docs") for file in (collection / part).rglob("*.*")
    )
    return [
        f"{name}:{number}: {found.group()}: write the field's word (reported, shown, named, the same as, unused)"
        for file in files
        for name in [file.relative_to(collection).as_posix()]
        if file.is_file() and file.suffix != ".pyc"
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        for found in _WORDS.finditer(line)
    ]
