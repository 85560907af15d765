"""Check the house rules: ``python -m tests.lint`` in the collection's folder."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.lint import agreement, rings, variables, words


def main(collection: Path) -> int:
    """Print each breach, a line each; 1 when there is one."""
    found = [
        *rings.violations(collection),
        *agreement.problems(collection),
        *variables.variable_problems(collection),
        *words.problems(collection),
    ]
    for line in found:
        print(line)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
