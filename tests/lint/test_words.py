from __future__ import annotations

from pathlib import Path

import pytest

from tests.environment.layout import PROJECT
from tests.lint.words import problems


def write(collection: Path, name: str, text: str) -> None:
    """A file of a collection."""
    (collection / name).parent.mkdir(parents=True, exist_ok=True)
    (collection / name).write_text(text, encoding="utf-8")


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
@pytest.mark.parametrize("name", ["roles/one/tasks/main.yml", "tests/one/main.yml", "GUIDE.md"])
def test_found(tmp_path: Path, name: str, line: str, word: str) -> None:
    """A word is found in prose and in names, and named with its place."""
    write(tmp_path, name, f"---\n{line}\n")

    assert problems(tmp_path)[0].startswith(f"{name}:2: {word}: ")


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\ntold = x\n",
        "x = 1\ndef test_it_is_told(): ...\n",
        "x = 1\nrun(said=x)\n",
        "x = 1\nx.said\n",
        "x = 1\ny = 1  # likewise\n",
        '"""A module.\nWhat is told.\n"""\n',
        'def one():\n    """What is told."""\n',
        'x = 1\n"""What is told."""\n',
    ],
)
def test_python_of_tests(tmp_path: Path, text: str) -> None:
    """Names, comments and docstrings of tests are looked at."""
    write(tmp_path, "tests/one.py", text)

    assert [each[:15] for each in problems(tmp_path)] == ["tests/one.py:2:"]


@pytest.mark.parametrize("literal", ["'told'", "f'told {x}'", "b'said'", '"""\ntold\n"""', "['said', {'likewise': 1}]"])
def test_literals(tmp_path: Path, literal: str) -> None:
    """What a test quotes may have any words, what plugins say may not."""
    write(tmp_path, "tests/one.py", f"x = {literal}\n")
    assert problems(tmp_path) == []

    write(tmp_path, "plugins/one.py", f"x = {literal}\n")
    assert len({each.partition(": ")[0] for each in problems(tmp_path)}) == 1


def test_other_words(tmp_path: Path) -> None:
    """Words that only hold one of these are fine, and so is the data of tests."""
    write(tmp_path, "docs/guide.rst", "foretold, saids\n")
    write(tmp_path, "tests/vectors/one.json", '{"why": "told"}\n')

    assert problems(tmp_path) == []


def test_this_collection() -> None:
    """It has none."""
    assert problems(PROJECT) == []
