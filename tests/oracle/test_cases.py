from __future__ import annotations

import itertools
import json
import subprocess
import sys

import pytest

from tests.oracle import PROJECT
from tests.oracle.cases import cases
from tests.oracle.compare import Tally
from tests.oracle.ours import answer

COUNT = 3000
PRINT_CASES = """
import itertools, json, tests.oracle.cases as it
print(json.dumps(list(itertools.islice(it.cases(5), 300))))
"""


@pytest.fixture(scope="module", name="tally")
def _tally() -> Tally:
    """What the first cases are."""
    tally = Tally()
    for question in itertools.islice(cases(1), COUNT):
        tally.count(question["op"], answer(question))
    return tally


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_same_seed_gives_the_same_cases(hash_seed: str) -> None:
    """A difference can be looked at again, in another process, too."""
    command = [sys.executable, "-c", PRINT_CASES]
    done = subprocess.run(
        command, cwd=PROJECT, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True, text=True
    )

    assert json.loads(done.stdout) == list(itertools.islice(cases(5), 300))


def test_another_seed_gives_other_cases() -> None:
    """A fresh seed finds what no run has seen before."""
    assert list(itertools.islice(cases(1), 50)) != list(itertools.islice(cases(2), 50))


def test_every_question_is_one_of_the_protocol() -> None:
    """Each case is a line of JSON that reads back as it was."""
    for question in itertools.islice(cases(3), COUNT):
        line = json.dumps(question)
        assert json.loads(line) == question
        line.encode("ascii")


def test_most_lookups_find_something(tally: Tally) -> None:
    """Keys belong to the images: their order is put to the test, and not only that there is none."""
    assert tally.lookups > COUNT / 2
    assert tally.matched > tally.lookups / 2
    assert tally.tied > tally.lookups / 10


def test_errors_do_not_hide_the_rest(tally: Tally) -> None:
    """There are errors, and they are few."""
    assert COUNT / 20 < tally.failed < COUNT / 3


def test_all_kinds_are_there(tally: Tally) -> None:
    """Images, documents and credential providers are asked for by themselves, too."""
    assert tally.images > COUNT / 10
    assert tally.documents > COUNT / 10
    assert tally.providers > COUNT / 20


def test_provider_configs_are_of_both_kinds() -> None:
    """Kubelets would start with about a half of them."""
    questions = [question for question in itertools.islice(cases(1), COUNT) if question["op"] == "providers"]
    good = sum(answer(question)["error"] is None for question in questions)
    assert len(questions) / 4 < good < len(questions) * 3 / 4
