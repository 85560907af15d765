"""A program that answers a line for each line: the kubelet's code."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cluster.binaries import RELEASES, Program, find_built
from tests.oracle import PROJECT

Question: t.TypeAlias = dict[str, t.Any]
Answer: t.TypeAlias = dict[str, t.Any]

# net/url and encoding/json of this Go are those of the newest kubelet, and main.go asks for their behaviour.
LEAST_GO: t.Final = "1.26.0"
SOURCE: t.Final = Path(__file__).parent / "go" / "main.go"


class OracleError(Exception):
    """A program did not answer."""


class Answerer:
    """
    A running program; made by `kubelet`.

    Args:
        name: What a report calls it.
        command: The program, which answers a line on standard output for each line on standard input.
        env: Its environment.
    """

    def __init__(self, name: str, command: t.Sequence[str | Path], env: t.Mapping[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours to handle: they end with us
        )
        # It answers before it has read everything: who writes must not be the one who reads.
        self._writer = ThreadPoolExecutor(1)

    def answer(self, lines: t.Sequence[bytes]) -> list[Answer]:
        """
        The answers to questions, each a line without its end.

        Raises:
            OracleError: The program ended.
        """
        writing = self._writer.submit(self._write, b"".join(line + b"\n" for line in lines))
        answers = [self._read() for _unused in lines]
        writing.result()
        return answers

    def _write(self, text: bytes) -> None:
        assert self._process.stdin
        # A program that ends says so itself, and to the one who reads.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def _read(self) -> Answer:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise OracleError(f"{self.name}: ended with {self._process.wait()} and without an answer")
        answer: Answer = json.loads(line)
        return answer

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._writer.shutdown()
        self._process.communicate()


@contextlib.contextmanager
def kubelet(release: str) -> t.Iterator[Answerer]:
    """
    The code of a kubelet, built now if it was not before.

    Args:
        release: One of `RELEASES`.

    Raises:
        ClusterError: It could not be built.
    """
    program = kubelet_program(release)
    path = find_built(program)
    with tempfile.TemporaryDirectory(prefix="regcred-oracle-") as scratch:
        # Variables that change how Go programs behave are none of a kubelet's.
        kept = {name: value for name, value in os.environ.items() if name != "GODEBUG"}
        env = {**kept, "HOME": f"{scratch}/home"}
        with contextlib.closing(Answerer(f"Kubernetes {program.version}", [path, scratch], env)) as answerer:
            yield answerer


def kubelet_program(release: str) -> Program:
    """How the program of a release is built."""
    newest = Program(
        "kubelet-oracle",
        f"kubernetes-{RELEASES[0]}",
        "k8s.io/kubernetes/pkg/credentialprovider",
        1,
        source=SOURCE,
        least_go=LEAST_GO,
    )
    return newest.of_release(release)
