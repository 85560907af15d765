"""The examples of the documentation: of modules and plugins, in guides and READMEs."""

from __future__ import annotations

import ast
import re
import textwrap
import typing as t
from dataclasses import dataclass

import yaml

from tests.e2e.module_runs import PROJECT

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_IN_GUIDES: t.Final = re.compile(r"^( *)\.\. code-block:: yaml(?:\+jinja)?\n\n((?:\1    .*\n|\n)+)", re.MULTILINE)
_IN_MARKDOWN: t.Final = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Example:
    """
    A piece of YAML.

    Attributes:
        place: The file, and its number there.
        text: The YAML.
        document: What it says: a list of tasks or plays, or a mapping.
    """

    place: str
    text: str
    document: t.Any

    @property
    def is_of_tasks(self) -> bool:
        """Whether it is a list of tasks."""
        return isinstance(self.document, list) and not any("hosts" in item for item in self.document)

    @property
    def is_of_plays(self) -> bool:
        """Whether it is a playbook."""
        return isinstance(self.document, list) and not self.is_of_tasks


def examples() -> list[Example]:
    """All that there are, in the order of their files."""
    found = []
    for file in sorted(
        file
        for pattern in (
            "plugins/*/*.py",
            "plugins/filter/*.yml",
            "docs/docsite/rst/*.rst",
            "roles/*/README.md",
            "README.md",
        )
        for file in PROJECT.glob(pattern)
    ):
        texts = [text for text in _texts(file) if text.strip()]
        for number, text in enumerate(texts):
            documents = list(yaml.safe_load_all(text))
            found.append(
                Example(f"{file.relative_to(PROJECT)}-{number}", text, documents[0] if len(documents) == 1 else {})
            )
    return found


def _texts(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
                yield ast.literal_eval(node.value)
    elif file.suffix == ".yml":
        yield yaml.safe_load(text).get("EXAMPLES", "")
    elif file.suffix == ".rst":
        for match in _IN_GUIDES.finditer(text):
            yield textwrap.dedent(match[2])
    else:
        yield from _IN_MARKDOWN.findall(text)
