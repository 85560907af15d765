"""Words that only this house would use: a newcomer knows reported, shown, the same as and unused."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WORDS = re.compile(r"(?<![a-z])(told|said|likewise|of no account)(?![a-z])", re.IGNORECASE)
"""In prose and as a part of a name."""
_TEXTS_OF_TESTS: t.Final = frozenset((".py", ".yml", ".yaml", ".j2", ".sh", ".md", ".c", ".go"))
"""All else there is data."""


def problems(collection: Path) -> list[str]:
    """
    Where one of these words stands.

    Looked at is all of plugins, roles, playbooks, docs and the guides beside them; of the tests all texts but the literals of
    Python, which may quote others.
    """
    return [
        f"{name}:{number}: {found.group()}: write the field's word (reported, shown, named, the same as, unused)"
        for file in _files(collection)
        for name in [file.relative_to(collection).as_posix()]
        for number, line in _lines(file, without_literals=name.startswith("tests/"))
        for found in _WORDS.finditer(line)
    ]


def _files(collection: Path) -> list[Path]:
    shipped = [file for part in ("plugins", "roles", "playbooks", "docs") for file in (collection / part).rglob("*.*")]
    tests = [file for file in (collection / "tests").rglob("*.*") if file.suffix in _TEXTS_OF_TESTS]
    found = [*shipped, *collection.glob("*.md"), *tests]
    return sorted(file for file in found if file.is_file() and file.suffix != ".pyc")


def _lines(file: Path, *, without_literals: bool) -> list[tuple[int, str]]:
    """Texts with the number of their line, in order."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if not _WORDS.search(text):  # parsing takes time
        return []
    if without_literals and file.suffix == ".py":
        return sorted([*_names_and_comments(text), *_docstrings(text)])
    return list(enumerate(text.splitlines(), start=1))


def _names_and_comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NAME, tokenize.COMMENT):
            yield token.start[0], token.string


def _docstrings(text: str) -> Iterator[tuple[int, str]]:
    """Lines of strings that stand alone, as those of modules, functions, classes and attributes do."""
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            end = node.end_lineno or node.lineno
            yield from enumerate(lines[node.lineno - 1 : end], start=node.lineno)
