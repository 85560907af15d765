"""The kubelet's answers beside ours: for generated cases, and for the vectors that unit tests rest on."""

from __future__ import annotations

import json
import typing as t

from tests.oracle import PROJECT
from tests.oracle.answerer import Answer, Answerer, Question
from tests.oracle.cases import smallest_case
from tests.oracle.judge import fixed_ties, same
from tests.oracle.ours import answer

if t.TYPE_CHECKING:
    from pathlib import Path

VECTORS: t.Final = sorted((PROJECT / "tests" / "unit" / "vectors" / "kubelet").glob("*.json"))
# A tie of neighbours shows both orders at least in one of eight answers, as Go begins with any of eight places of a map.
REPEATS: t.Final = 200
TIES_ASKED_AGAIN: t.Final = 25


def difference(kubelets: t.Sequence[Answerer], count: int, seed: int) -> str:
    """
    The smallest of this many cases that a kubelet answers otherwise than we do, with both answers; empty when there is none.

    Raises:
        OracleError: A program did not answer.
    """
    tied: list[Question] = []

    def differs(question: Question) -> bool:
        foretold = answer(question)
        if foretold.get("ties") and len(tied) < TIES_ASKED_AGAIN:
            tied.append(question)
        return any(not same(question["op"], _ask(kubelet, question), foretold) for kubelet in kubelets)

    found = smallest_case(differs, count, seed)
    if found:
        theirs = {kubelet.name: _ask(kubelet, found) for kubelet in kubelets}
        return "\n".join(
            f"{name}: {json.dumps(one)}" for name, one in [("case", found), *theirs.items(), ("ours", answer(found))]
        )
    return "\n".join(line for kubelet in kubelets for line in _ties_that_are_none(kubelet, tied))


def _ties_that_are_none(kubelet: Answerer, questions: t.Sequence[Question]) -> t.Iterator[str]:
    """A tie that is none would make us blind: each has to show more than one order."""
    for question in questions:
        foretold, theirs = answer(question), kubelet.answer([_line(question)] * REPEATS)
        fixed = fixed_ties(foretold, theirs)
        if fixed or not all(same("lookup", one, foretold) for one in theirs):
            yield f"{kubelet.name}: ties {fixed or foretold['ties']} are not what is left to chance: {json.dumps(question)}"


def wrong_vectors(kubelet: Answerer, path: Path) -> list[str]:
    """The names of the vectors in a file that the kubelet's code contradicts."""
    vectors = json.loads(path.read_text(encoding="utf-8"))
    answers = kubelet.answer([_line(vector["input"]) for vector in vectors])
    return [
        vector["name"]
        for vector, theirs in zip(vectors, answers, strict=True)
        if not same(vector["input"]["op"], theirs, vector["expect"])
    ]


def _ask(kubelet: Answerer, question: Question) -> Answer:
    [theirs] = kubelet.answer([_line(question)])
    return theirs


def _line(question: Question) -> bytes:
    return json.dumps(question).encode("ascii")
