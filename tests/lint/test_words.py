from __future__ import annotations

from pathlib import Path

import pytest

from tests.environment.layout import PROJECT
from tests.lint.words import problems


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("told = []", "told"),
        ("def told_copies() -> None:", "told"),
        ("Told = TypeVar('Told')", "Told"),
        ("# what was said of it", "said"),
        ("b: Likewise.", "Likewise"),
        ("of no account when nothing is", "of no account"),
    ],
)
def test_found(tmp_path: Path, line: str, word: str) -> None:
    """A word is found in prose and in names, and named with its place."""
    file = tmp_path / "roles" / "one" / "tasks" / "main.yml"
    file.parent.mkdir(parents=True)
    file.write_text(f"---\n{line}\n", encoding="utf-8")

    assert problems(tmp_path)[0].startswith(f"roles/one/tasks/main.yml:2: {word}: ")


def test_other_words(tmp_path: Path) -> None:
    """Words that only hold one of these are fine, and so are other folders."""
    for name in ("docs/guide.rst", "tests/told.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("foretold, saids\n" if name.startswith("docs") else "told\n", encoding="utf-8")

    assert problems(tmp_path) == []


def test_this_collection() -> None:
    """It has none."""
    assert problems(PROJECT) == []
