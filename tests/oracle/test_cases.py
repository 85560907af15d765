from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.oracle import PROJECT
from tests.oracle.cases import Question, smallest_case
from tests.oracle.ours import Answer, answer

COUNT = 1500
PRINT_CASES = "import json, tests.oracle.test_cases as it; print(json.dumps(it.cases(300, 5)))"


@dataclass
class Tally:
    """What cases were, by our answers."""

    images: int = 0
    documents: int = 0
    lookups: int = 0
    providers: int = 0
    failed: int = 0
    matched: int = 0
    tied: int = 0

    def count(self, op: str, answer: Answer) -> None:
        """Take one more case into account."""
        self.failed += answer.get("error") is not None
        self.images += op == "image"
        self.documents += op == "parse"
        self.lookups += op == "lookup"
        self.providers += op in {"providers", "match_image"}
        self.matched += bool(answer.get("credentials"))
        self.tied += bool(answer.get("ties"))


def cases(count: int, seed: int) -> list[Question]:
    """The cases of a search that finds nothing."""
    found: list[Question] = []
    assert smallest_case(lambda question: bool(found.append(question)), count, seed) is None  # type: ignore[func-returns-value]
    return found


@pytest.fixture(scope="module", name="questions")
def _questions() -> list[Question]:
    return cases(COUNT, 1)


@pytest.fixture(scope="module", name="tally")
def _tally(questions: list[Question]) -> Tally:
    """What the first cases are."""
    tally = Tally()
    for question in questions:
        tally.count(question["op"], answer(question))
    return tally


def test_the_same_seed_gives_the_same_cases() -> None:
    """A difference can be looked at again, in another process, too."""
    command = [sys.executable, "-c", PRINT_CASES]
    first, second = (
        subprocess.run(command, cwd=PROJECT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in "12"
    )

    assert len(json.loads(first)) == 300
    assert first == second


def test_another_seed_gives_other_cases(questions: list[Question]) -> None:
    """A fresh seed finds what no run has seen before."""
    seen = {json.dumps(question) for question in questions}
    assert sum(json.dumps(question) not in seen for question in cases(50, 2)) > 40


def test_few_cases_come_again(questions: list[Question]) -> None:
    """A search is about as long as it says."""
    assert len({json.dumps(question) for question in questions}) > COUNT * 9 / 10


def test_every_question_is_one_of_the_protocol(questions: list[Question]) -> None:
    """Each case is a line of JSON that reads back as it was."""
    for question in questions:
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


def test_provider_configs_are_of_both_kinds(questions: list[Question]) -> None:
    """Kubelets would start with about a half of them."""
    providers = [question for question in questions if question["op"] == "providers"]
    good = sum(answer(question)["error"] is None for question in providers)
    assert len(providers) / 4 < good < len(providers) * 3 / 4
