# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A Kubernetes file in YAML or JSON, as Kubernetes reads it and so that Kubernetes reads what is meant.

A text that begins with ``{`` is JSON, whatever its file is called (``IsJSONBuffer`` in ``k8s.io/apimachinery``). All else is
YAML, which needs the package PyYAML. PyYAML and Go's YAML take different plain texts for something else than a text: a time of
day is a number to the one, and ``y`` is true to the other; so its rules are replaced by those of ``resolve.go`` in
``go.yaml.in/yaml/v2``.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._domain.errors import RegcredError
from .._domain.go.json import DEEPEST, Json, NotJson, Pairs, TooDeep, check_depth, parse_json
from .._domain.go.layout import Layout, layout_of

try:
    import yaml
except ImportError:
    yaml = None  # type: ignore[assignment]  # the name stands for a missing package

JSON = Layout("  ", (",", ": "), "\n")
"""How a new file is written."""

_COMMENT = re.compile(r"(?m)(?:^|[ \t])#")
"""A comment, or a text in quotes that looks like one."""
_WIDE = 10_000
_MOST_NODES = 1_000_000
_TAG = "tag:yaml.org,2002:"
# By tag: a pattern, and the characters that such a text begins with.
_PLAIN: t.Mapping[str, tuple[str, str]] = {
    "bool": (r"[yY]|[yY]es|YES|[tT]rue|TRUE|[oO]n|ON|[nN]|[nN]o|NO|[fF]alse|FALSE|[oO]ff|OFF", "yYtToOnNfF"),
    "null": (r"|~|[nN]ull|NULL", "~nN\0"),
    "int": (r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[1-9][0-9_]*|0)", "-+0123456789"),
    "float": (
        r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    "merge": (r"<<", "<"),
}


class DocumentError(RegcredError):
    """A file cannot be read; the text says where in it, and quotes nothing of it."""


@dataclass(frozen=True)
class Text:
    """A document, and how it is written; ``layout`` is that of JSON, or ``None`` for YAML."""

    document: Json = field(repr=False)
    layout: Layout | None
    has_comments: bool = False


def has_yaml() -> bool:
    """Whether the package PyYAML is there."""
    return yaml is not None


def read_document(raw: bytes, *, where: str) -> Text:
    """
    Read a file.

    Args:
        raw: Its bytes.
        where: Its path, for messages.

    Raises:
        DocumentError: It is broken, has a name twice or several documents, or is YAML and there is no PyYAML.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{where}: not UTF-8 (line {line}); repair or remove the file") from None
    if text.lstrip().startswith("{"):
        return _read_json(text, where)
    if yaml is None:
        raise DocumentError(
            f"{where}: is YAML, which needs the Python package PyYAML on this node; install it, or write the file as JSON"
        )
    return _read_yaml(text, where)


def write_document(document: Json, layout: Layout | None) -> bytes:
    """
    The bytes of a file.

    Args:
        document: What is in it.
        layout: Of JSON; ``None`` for YAML, in which a text that would be taken for something else stands in quotes.
    """
    if layout is not None:
        return layout.render(document).encode("utf-8")
    text: str = yaml.dump(
        document, Dumper=_dumper(), sort_keys=False, default_flow_style=False, allow_unicode=True, width=_WIDE
    )
    return text.encode("utf-8")


def _read_json(text: str, where: str) -> Text:
    try:
        document = _unique(parse_json(text), where)
    except NotJson as error:
        raise DocumentError(f"{where}: {error}; repair or remove the file") from None
    return Text(document, layout_of(text))


def _unique(value: Json, where: str) -> Json:
    if isinstance(value, Pairs):
        found: dict[str, Json] = {}
        for name, member in value:
            if name in found:
                raise DocumentError(f"{where}: has the field {name!r} twice; remove one of them")
            found[name] = _unique(member, where)
        return found
    return [_unique(member, where) for member in value] if isinstance(value, list) else value


def _read_yaml(text: str, where: str) -> Text:
    try:
        documents = list(yaml.load_all(text, Loader=_loader()))  # a SafeLoader with fewer kinds of plain text
        check_depth(documents, DEEPEST + 1)
    except (RecursionError, TooDeep):
        raise DocumentError(f"{where}: {TooDeep()}; repair or remove the file") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        twice = f"has the field {error.note!r} twice" if error.note else "not YAML"
        raise DocumentError(f"{where}: {twice}{place}; repair or remove the file") from None
    except (
        yaml.YAMLError,
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
    ):  # what PyYAML makes of "!!int"
        raise DocumentError(f"{where}: not YAML; repair or remove the file") from None
    if any(document is not None for document in documents[1:]):
        raise DocumentError(
            f"{where}: has {len(documents)} documents, of which a kubelet reads the first; leave only that one"
        )
    return Text(documents[0] if documents else None, None, _COMMENT.search(text) is not None)


def _loader() -> t.Any:
    class Loader(yaml.SafeLoader):
        """Each name once, and plain texts as Go's YAML reads them."""

        yaml_implicit_resolvers = _resolvers()
        # Where "<<" is no name in a mapping it is a text like any other.
        yaml_constructors: t.ClassVar[dict[t.Any, t.Any]] = {
            **yaml.SafeLoader.yaml_constructors,
            f"{_TAG}merge": yaml.SafeLoader.construct_yaml_str,
        }
        bool_values: t.ClassVar[dict[str, bool]] = {**yaml.SafeLoader.bool_values, "y": True, "n": False}

        def construct_document(self, node: t.Any) -> t.Any:
            """Refuse what aliases make endless, or so large that nobody can write it out; Go's YAML does as well."""
            if _written_out(node, {}) > _MOST_NODES:
                raise yaml.constructor.ConstructorError(problem_mark=node.start_mark)
            return super().construct_document(node)

        def construct_mapping(self, node: t.Any, deep: bool = False) -> dict[t.Any, t.Any]:  # noqa: FBT001, FBT002  # PyYAML's own signature
            """Refuse a name that stands there twice."""
            seen = set()
            for key, _value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise yaml.constructor.ConstructorError(problem_mark=key.start_mark)
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(problem_mark=key.start_mark, note=key.value)
                seen.add(key.value)
            return dict(super().construct_mapping(node, deep=deep))

    return Loader


def _written_out(node: t.Any, known: dict[int, int]) -> int:
    """How many nodes this comes to with each alias written out; ``known`` has those that were counted."""
    if id(node) not in known:
        known[id(node)] = _MOST_NODES + 1  # of a node that contains itself
        members = node.value if isinstance(node, yaml.CollectionNode) else ()
        flat = (each for member in members for each in (member if isinstance(member, tuple) else (member,)))
        known[id(node)] = 1 + sum(_written_out(each, known) for each in flat)
    return known[id(node)]


def _dumper() -> t.Any:
    class Dumper(yaml.SafeDumper):
        """Lists indented below their names, no anchors, and quotes where Go's YAML needs them."""

        yaml_implicit_resolvers = _resolvers()

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> t.Any:  # noqa: ARG002, FBT001, FBT002  # PyYAML's own signature
            """Indent lists below their names, as in most files for Kubernetes."""
            return super().increase_indent(flow, indentless=False)

        def ignore_aliases(self, data: t.Any) -> bool:  # noqa: ARG002  # PyYAML's own signature
            """What is the same object here need not be one there."""
            return True

    return Dumper


def _resolvers() -> dict[str, list[tuple[str, t.Pattern[str]]]]:
    resolvers: dict[str, list[tuple[str, t.Pattern[str]]]] = {}
    for name, (pattern, firsts) in _PLAIN.items():
        compiled = re.compile(rf"(?:{pattern})\Z")
        for first in firsts:
            resolvers.setdefault("" if first == "\0" else first, []).append((f"{_TAG}{name}", compiled))
    return resolvers
