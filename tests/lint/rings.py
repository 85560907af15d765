"""
Which ring of ``plugins/`` may import which.

Knowledge is in the middle, the outside world around it, Ansible at the edge; imports point inwards only.
"""

from __future__ import annotations

import ast
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator

PLUGINS = "ansible_collections.regcred.kubernetes.plugins"
RINGS = ("_domain", "_kube", "_node", "_registry", "_operations", "_edge")

NETWORK = frozenset({"asyncio", "ftplib", "http", "socket", "ssl", "urllib.request"})
SURPRISES = frozenset({"os", "random", "secrets", "subprocess", "tempfile", "threading", "time", "uuid"})


@dataclass(frozen=True)
class Rule:
    """
    What files of one ring may import.

    Attributes:
        rings: Rings of this collection, themselves included.
        libraries: Packages or modules from elsewhere; the standard library is always allowed.
        never: Modules of the standard library that are not.
    """

    rings: frozenset[str]
    libraries: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


def _only(*names: str) -> frozenset[str]:
    return frozenset(names)


_CONTROLLER_SIDE = Rule(_only("_domain", "_kube", "_registry", "_operations", "_edge"), _only("ansible", "yaml"))

RULES: t.Final = {
    "_domain": Rule(_only("_domain"), never=NETWORK | SURPRISES),
    "_kube": Rule(_only("_domain", "_kube"), _only("urllib3", "yaml")),
    "_node": Rule(_only("_domain", "_node"), _only("yaml")),  # PyYAML where it is there: yaml_text.py
    "_registry": Rule(_only("_domain", "_registry")),
    "_operations": Rule(_only("_domain", "_kube", "_node", "_registry", "_operations"), never=NETWORK),
    "_edge": Rule(_only(*RINGS), _only("ansible.module_utils")),
    "modules": Rule(_only("_domain", "_node", "_operations", "_edge")),
    "doc_fragments": Rule(_only()),
    "action": _CONTROLLER_SIDE,
    "filter": _CONTROLLER_SIDE,
    "inventory": _CONTROLLER_SIDE,
    "lookup": _CONTROLLER_SIDE,
}

PACKAGES: t.Final = {
    "_domain": ("go", "masking", "image", "cluster", "docker_config", "kubelet", "pull_secret", "pull", "node_image"),
    "_kube": ("connection",),
    "_node": ("file", "kubelet", "images"),
}
"""The packages of a ring, each of which may import those before it. Files beside them are everybody's, and import no package."""


def violations(collection: Path) -> list[str]:
    """What is wrong in ``plugins/``, a line each: ``plugins/modules/x.py:3: modules may not import yaml``."""
    files = sorted((collection / "plugins").rglob("*.py"))
    return [
        line
        for file in files
        for line in file_violations(file.relative_to(collection), file.read_text(encoding="utf-8"))
    ]


def file_violations(file: Path, source: str) -> list[str]:
    """What is wrong in one file; ``file`` is relative to the collection."""
    ring = ring_of_path(file)
    if ring not in RULES:
        return [f"{file}:1: {ring} is no ring; the rings are {', '.join(RULES)}"]
    package = package_of_path(file)
    if package and package not in PACKAGES[ring]:
        return [f"{file}:1: {package} is no package of {ring}; they are, in their order, {', '.join(PACKAGES[ring])}"]
    where = "/".join(filter(None, (ring, package)))
    return [
        f"{file}:{line}: {where} may not import {name}; {_cure(ring, package, name)}"
        for line, name in imports(file, source)
        if not is_allowed(RULES[ring], name) or not is_in_order(file, name)
    ]


def _cure(ring: str, package: str, name: str) -> str:
    """What to do about an import that is refused: for what it imports, or for the order of the packages."""
    rule = RULES[ring]
    if is_allowed(rule, name):
        order = PACKAGES[ring]
        before = ", ".join(order[: order.index(package)] if package else ()) or "no package"
        return f"it may import {before} of {ring}: move what both need there, or this file to a later package"
    others = ", ".join([*sorted(rule.rings), *sorted(rule.libraries)]) or "nothing of ours"
    never = f" but for {', '.join(sorted(rule.never))}" if rule.never else ""
    return (
        f"it may import {others} and the standard library{never}: do this further out, and hand in what comes of it"
        " (ARCHITECTURE.md)"
    )


def ring_of_path(file: Path) -> str:
    """``plugins/module_utils/_domain/x.py`` is in ``_domain``, ``plugins/modules/x.py`` in ``modules``."""
    kind, *rest = file.parts[1:]
    return rest[0] if kind == "module_utils" else kind


def package_of_path(file: Path) -> str:
    """``plugins/module_utils/_domain/go/x.py`` is in ``go``, a file of the ring itself in none, which is empty."""
    _plugins, kind, *rest = file.parts
    return rest[1] if kind == "module_utils" and len(rest) > 2 and rest[0] in PACKAGES else ""


def is_in_order(file: Path, name: str) -> bool:
    """Whether a file's package may import this, as far as it is of the same ring."""
    ring = ring_of_path(file)
    inside = f"{PLUGINS}.module_utils.{ring}."
    if ring not in PACKAGES or not name.startswith(inside):
        return True
    order = ("", *PACKAGES[ring])
    imported = name.removeprefix(inside).partition(".")[0]
    return order.index(imported if imported in order else "") <= order.index(package_of_path(file))


def imports(file: Path, source: str) -> Iterator[tuple[int, str]]:
    """Each import as its line and the full dotted name, for ``from a import b`` both ``a.b``."""
    package = ["ansible_collections", "regcred", "kubernetes", *file.parts[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def is_allowed(rule: Rule, name: str) -> bool:
    """Whether the rule allows to import this dotted name."""
    if _is_within(name, _only(PLUGINS)):
        ring = ring_of_path(Path("plugins", *name.removeprefix(f"{PLUGINS}.").split(".")))
        return ring in rule.rings
    if name.partition(".")[0] in sys.stdlib_module_names:
        return not _is_within(name, rule.never)
    return _is_within(name, rule.libraries)


def _is_within(name: str, packages: frozenset[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)
