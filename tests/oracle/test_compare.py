"""With programs that stand in for the kubelet's code, of which one tells the truth and the others do not."""

from __future__ import annotations

import contextlib
import os
import sys
import typing as t

import pytest

from tests.oracle import answerer, compare
from tests.oracle.answerer import Answerer, OracleError

# Our own answers, each with a little change.
STAND_IN: t.Final = """
import json, sys
from tests.oracle.ours import answer
number = 0
for line in sys.stdin:
    asked = json.loads(line)
    said = answer(asked)
    number += 1
    {change}
    print(json.dumps(said), flush=True)
"""
TRUTH: t.Final = """
    for start, end in said.pop("ties", ()):
        said["credentials"][start:end] = said["credentials"][start:end][:: 1 if number % 2 else -1]
"""
ALWAYS_THE_SAME: t.Final = "said.pop('ties', None)"
IGNORES_PORTS: t.Final = f"""
    said = answer({{**asked, "image": asked.get("image", "").replace(":5000/", "/")}})
    {TRUTH}
"""
BACKWARDS: t.Final = "said.get('credentials', []).reverse()"


@pytest.fixture(name="kubelet")
def _kubelet(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], None]:
    """Replaces the kubelet's code by a stand-in with this change; one difference is shown, to save time."""
    monkeypatch.setattr(compare, "DIFFERENCES_SHOWN", 1)
    monkeypatch.setattr(compare, "REPEATS", 10)

    def replace(change: str) -> None:
        @contextlib.contextmanager
        def stand_in(release: str) -> t.Iterator[Answerer]:
            command = [sys.executable, "-c", STAND_IN.format(change=change)]
            with contextlib.closing(Answerer(f"Kubernetes {release}", command, os.environ)) as program:
                yield program

        monkeypatch.setattr(compare, "kubelet", stand_in)

    return replace


def test_no_difference(kubelet: t.Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    """Two releases that answer as we do, with ties in either order: all is said in a few lines."""
    kubelet(TRUTH)

    assert compare.compare(["1.36", "1.34"], 600, 1) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "comparing 600 cases with seed 1"
    assert "lookups of which" in lines[1]
    assert lines[2:] == ["Kubernetes 1.36: 600 cases, 0 differences", "Kubernetes 1.34: 600 cases, 0 differences"]


def test_a_difference_is_told_as_small_as_it_gets(
    kubelet: t.Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A kubelet that does not know ports is found out."""
    kubelet(IGNORES_PORTS)

    assert compare.compare(["1.36"], 300, 1) > 0

    told = capsys.readouterr().out
    [shortest] = sorted((line for line in told.splitlines() if line.startswith("difference: ")), key=len)[:1]
    assert len(shortest) < 300
    assert ":5000/" in shortest


def test_an_impossible_order_is_a_difference(
    kubelet: t.Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ties allow an exchange within them alone."""
    kubelet(BACKWARDS)

    assert compare.compare(["1.36"], 300, 1) > 0
    assert '"ties": []' in capsys.readouterr().out


def test_ties_that_are_none(kubelet: t.Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    """We may not call an order chance that is always the same."""
    kubelet(ALWAYS_THE_SAME)

    assert compare.compare(["1.36"], 100, 1) > 0
    assert "are not what is left to chance" in capsys.readouterr().out


def test_vectors_that_are_wrong(kubelet: t.Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    """A vector that the kubelet's code contradicts is named."""
    kubelet("said['tag'] = said.get('tag', '').replace('latest', '')")

    assert compare.check_vectors("1.36") > 0
    assert "\n  short name\n" in capsys.readouterr().out


def test_vectors(kubelet: t.Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    """Our own answers, too, are those of all vectors."""
    kubelet("said.pop('ties', None)")

    assert compare.check_vectors("1.36") == 0
    assert [line.split(":")[1] for line in capsys.readouterr().out.splitlines()] == [
        " credential-providers.json",
        " docker-config-parse.json",
        " image-names.json",
        " keyring-lookup.json",
    ]


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
