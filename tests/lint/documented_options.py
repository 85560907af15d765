"""The options that a module documents, without those that say which cluster it is for."""

from __future__ import annotations

import ast
import typing as t

import yaml

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLUSTER: t.Final = "_cluster"


def options_of(collection: Path, module: str) -> set[str]:
    """Names of a module's options, those of its documentation fragments included."""
    document = next(_documents(collection / "plugins" / "modules" / f"{module}.py"))
    names = set(document.get("options", {}))
    for fragment in document.get("extends_documentation_fragment", ()):
        name = fragment.split(".")[2]
        if name not in (_CLUSTER, "_attributes"):
            for part in _documents(collection / "plugins" / "doc_fragments" / f"{name}.py"):
                names |= set(part.get("options", {}))
    return names


def _documents(file: Path) -> Iterator[dict[str, t.Any]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION":
            yield yaml.safe_load(ast.literal_eval(node.value))
