"""The kubelet's answers beside ours: for generated cases, and for the vectors that unit tests rest on."""

from __future__ import annotations

import contextlib
import itertools
import json
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.oracle import PROJECT
from tests.oracle.answerer import Answer, Answerer, Question, kubelet, ours
from tests.oracle.cases import cases
from tests.oracle.judge import fixed_ties, same
from tests.oracle.shrink import shrunk

VECTORS: t.Final = PROJECT / "tests" / "unit" / "vectors" / "kubelet"
BATCH: t.Final = 500
PROGRESS: t.Final = 50_000
# A tie of neighbours shows both orders at least in one of eight answers, as Go begins with any of eight places of a map.
REPEATS: t.Final = 200
TIES_ASKED_AGAIN: t.Final = 25
DIFFERENCES_SHOWN: t.Final = 20


@dataclass
class Tally:
    """What the cases were, by our answers."""

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

    def __str__(self) -> str:
        """What a person wants to know of a run: whether it put anything to the test."""
        cases_seen = self.images + self.documents + self.lookups + self.providers
        found, tied = (100 * part / (self.lookups or 1) for part in (self.matched, self.tied))
        failed = 100 * self.failed / (cases_seen or 1)
        return (
            f"{self.images} images, {self.documents} documents, {self.lookups} lookups"
            f" of which {found:.0f}% found something and {tied:.0f}% had ties, {self.providers} about credential providers;"
            f" {failed:.0f}% of all are errors"
        )


@dataclass
class Comparison:
    """
    One kubelet against us.

    Attributes:
        kubelet: The kubelet's code.
        ours: Ours.
        differences: How many cases came out differently.
    """

    kubelet: Answerer
    ours: Answerer
    differences: int = 0
    tied: list[bytes] = field(default_factory=list)

    def take(self, line: bytes, op: str, theirs: Answer, foretold: Answer) -> None:
        """Judge one case; a difference is told at once, as small as it can be made."""
        if not same(op, theirs, foretold):
            self._tell(json.loads(line))
        elif foretold.get("ties") and len(self.tied) < TIES_ASKED_AGAIN:
            self.tied.append(line)

    def ask_ties_again(self) -> None:
        """A tie that is none would make us blind: each has to show more than one order."""
        for line in self.tied:
            theirs = self.kubelet.answer([line] * REPEATS)
            [foretold] = self.ours.answer([line])
            fixed = fixed_ties(foretold, theirs)
            if fixed or not all(same("lookup", answer, foretold) for answer in theirs):
                self.differences += 1
                print(
                    f"{self.kubelet.name}: ties {fixed or foretold['ties']} are not what is left to chance: {line.decode()}"
                )

    def _tell(self, question: Question) -> None:
        self.differences += 1
        if self.differences <= DIFFERENCES_SHOWN:
            small = shrunk(question, self._differs)
            [theirs], [foretold] = (one.answer([_line(small)]) for one in (self.kubelet, self.ours))
            print(
                f"difference: {json.dumps(small)}\n  {self.kubelet.name}: {json.dumps(theirs)}\n  ours: {json.dumps(foretold)}"
            )

    def _differs(self, question: Question) -> bool:
        line = _line(question)
        [theirs], [foretold] = self.kubelet.answer([line]), self.ours.answer([line])
        return not same(question["op"], theirs, foretold)


def compare(releases: t.Sequence[str], count: int, seed: int) -> int:
    """
    Compare this many cases with the kubelets of these releases, and tell.

    Returns:
        The number of differences.

    Raises:
        ClusterError: A kubelet's code could not be built.
        OracleError: A program did not answer.
    """
    with contextlib.ExitStack() as stack:
        us = stack.enter_context(ours())
        comparisons = [Comparison(stack.enter_context(kubelet(release)), us) for release in releases]
        print(f"comparing {count} cases with seed {seed}", flush=True)
        tally = _run(comparisons, us, itertools.islice(cases(seed), count))
        print(tally)
        for comparison in comparisons:
            comparison.ask_ties_again()
            print(f"{comparison.kubelet.name}: {count} cases, {comparison.differences} differences", flush=True)
    return sum(comparison.differences for comparison in comparisons)


def _run(comparisons: t.Sequence[Comparison], us: Answerer, questions: t.Iterator[Question]) -> Tally:
    """The next batch is made while the programs answer the last one."""
    tally = Tally()
    compared = 0
    programs = [us, *(comparison.kubelet for comparison in comparisons)]
    batch = list(itertools.islice(questions, BATCH))
    with ThreadPoolExecutor(len(programs)) as pool:
        while batch:
            lines = [_line(question) for question in batch]
            answering = [pool.submit(program.answer, lines) for program in programs]
            following = list(itertools.islice(questions, BATCH))
            foretold, *theirs = (answers.result() for answers in answering)
            for question, answer in zip(batch, foretold, strict=True):
                tally.count(question["op"], answer)
            for comparison, answers in zip(comparisons, theirs, strict=True):
                for question, line, their, our in zip(batch, lines, answers, foretold, strict=True):
                    comparison.take(line, question["op"], their, our)
            compared += len(batch)
            if compared % PROGRESS == 0:
                print(f"  {compared} cases", flush=True)
            batch = following
    return tally


def check_vectors(release: str) -> int:
    """
    Ask the kubelet's code what the vectors say of it, and tell.

    Returns:
        The number of vectors that say something else.
    """
    wrong = 0
    with kubelet(release) as theirs:
        for path in sorted(VECTORS.glob("*.json")):
            vectors = json.loads(path.read_text(encoding="utf-8"))
            answers = theirs.answer([_line(vector["input"]) for vector in vectors])
            differ = [
                vector["name"]
                for vector, answer in zip(vectors, answers, strict=True)
                if not same(vector["input"]["op"], answer, vector["expect"])
            ]
            wrong += len(differ)
            print(f"{theirs.name}: {path.name}: {len(vectors)} vectors, {len(differ)} differences")
            for name in differ:
                print(f"  {name}")
    return wrong


def _line(question: Question) -> bytes:
    return json.dumps(question).encode("ascii")
