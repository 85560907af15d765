"""With programs that stand in for the kubelet's code, of which one tells the truth and the others do not."""

from __future__ import annotations

import contextlib
import os
import sys
import typing as t

import pytest

from tests.oracle import answerer, compare
from tests.oracle.answerer import Answerer, OracleError, Question

StandIn: t.TypeAlias = t.Callable[[str], Answerer]
# Our own answers, each with a little change.
STAND_IN: t.Final = """
import json, sys
from tests.oracle.ours import answer
number = 0
for line in sys.stdin:
    asked = json.loads(line)
    reply = answer(asked)
    number += 1
    {change}
    print(json.dumps(reply), flush=True)
"""
TRUTH: t.Final = """
    for start, end in reply.pop("ties", ()):
        reply["credentials"][start:end] = reply["credentials"][start:end][:: 1 if number % 2 else -1]
"""
ALWAYS_THE_SAME: t.Final = "reply.pop('ties', None)"
IGNORES_PORTS: t.Final = f"""
    reply = answer({{**asked, "image": asked.get("image", "").replace(":5000/", "/")}})
    {TRUTH}
"""
BACKWARDS: t.Final = "reply.get('credentials', []).reverse()"


@pytest.fixture(name="stand_in")
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[StandIn]:
    """Makes a stand-in for the kubelet's code with this change; a tie is asked about less often, to save time."""
    monkeypatch.setattr(compare, "REPEATS", 10)
    with contextlib.ExitStack() as stack:

        def make(change: str) -> Answerer:
            command = [sys.executable, "-c", STAND_IN.format(change=change)]
            return stack.enter_context(
                contextlib.closing(Answerer(f"stand-in that does {change!r}", command, os.environ))
            )

        yield make


def test_no_difference(stand_in: StandIn) -> None:
    """Two that answer as we do, with ties in either order."""
    assert compare.difference([stand_in(TRUTH), stand_in(TRUTH)], 300, 1) == ""


def test_a_difference_is_as_small_as_it_gets(stand_in: StandIn) -> None:
    """A kubelet that does not know ports is found out, beside one that does."""
    case, *answers = compare.difference([stand_in(TRUTH), stand_in(IGNORES_PORTS)], 300, 1).splitlines()

    assert case.startswith("case: {")
    assert len(case) < 100
    assert ":5000/" in case
    true, untrue, ours = (line.rpartition(": {")[2] for line in answers)
    assert true == ours != untrue


def test_an_impossible_order_is_a_difference(stand_in: StandIn) -> None:
    """Ties allow an exchange within them alone."""
    assert '"ties": []' in compare.difference([stand_in(BACKWARDS)], 300, 1)


def test_ties_that_are_none(stand_in: StandIn) -> None:
    """We may not call an order chance that is always the same."""
    assert "are not what is left to chance" in compare.difference([stand_in(ALWAYS_THE_SAME)], 100, 1)


def test_an_exception_of_ours(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw comes with the smallest case that made it."""

    def fail(question: Question) -> t.NoReturn:
        raise RecursionError(question["op"])

    monkeypatch.setattr(compare, "answer", fail)

    with pytest.raises(RecursionError) as raised:
        compare.difference([stand_in(TRUTH)], 50, 1)
    assert "'op': 'providers', 'files': {}" in "".join(raised.value.__notes__)


def test_vectors_that_are_wrong(stand_in: StandIn) -> None:
    """A vector that the kubelet's code contradicts is named."""
    kubelet = stand_in("reply['tag'] = reply.get('tag', '').replace('latest', '')")

    assert "short name" in [name for path in compare.VECTORS for name in compare.wrong_vectors(kubelet, path)]


def test_vectors(stand_in: StandIn) -> None:
    """Our own answers, too, are those of all vectors."""
    kubelet = stand_in(ALWAYS_THE_SAME)

    assert {path.name: compare.wrong_vectors(kubelet, path) for path in compare.VECTORS} == {
        "credential-providers.json": [],
        "docker-config-parse.json": [],
        "image-names.json": [],
        "keyring-lookup.json": [],
    }


def test_a_program_that_ends() -> None:
    """Whoever does not answer is named."""
    program = Answerer("the oracle", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)

    with (
        contextlib.closing(program),
        pytest.raises(OracleError, match=r"^the oracle: ended with 3 and without an answer$"),
    ):
        program.answer([b"{}"])


def test_more_than_a_pipe_holds() -> None:
    """Who writes does not wait for who reads."""
    lines = [b'"%s"' % (b"x" * 100_000)] * 50

    with contextlib.closing(Answerer("cat", ["cat"], os.environ)) as program:
        assert len(program.answer(lines)) == 50


def test_the_kubelets_program() -> None:
    """Each release has its own pins, and one source."""
    programs = [answerer.kubelet_program(release) for release in ("1.36", "1.34")]

    assert [program.version.rpartition(".")[0] for program in programs] == ["v1.36", "v1.34"]
    assert {program.source for program in programs} == {answerer.SOURCE}
    assert all(program.minimum_go == answerer.LEAST_GO for program in programs)
