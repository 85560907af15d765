"""Credential helpers, run for real: small scripts that do what helpers do, and what they should not."""

from __future__ import annotations

import os
import select
import signal
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.helper_answer import HelperAnswer
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.usable_login import UnusableLogin
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.credential_helper import (
    LARGEST_ANSWER,
    ask_helper,
)

PROGRAM = "docker-credential-test"
TOO_SLOW = f"{PROGRAM} gave no answer within 0.3 seconds"


@pytest.fixture(name="helper")
def _helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], Path]:
    """Makes the helper a shell script with these lines."""
    program = tmp_path / "bin" / PROGRAM
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.defpath}")
    monkeypatch.chdir(tmp_path)

    def write(script: str) -> Path:
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        return program

    return write


def ask(question: str = "quay.io", *, timeout: float = 10) -> HelperAnswer:
    """Ask for one server."""
    return ask_helper(PROGRAM, "get", question, timeout=timeout)


def runs(pid: int) -> bool:
    """Whether a process is there; one that has ended and is waited for by nobody is not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def has_ended(pid_file: Path) -> bool:
    """Whether the process whose id is in this file ends within five seconds."""
    pid = int(pid_file.read_text(encoding="utf-8"))
    for _unused in range(100):
        if not runs(pid):
            return True
        time.sleep(0.05)
    return False


ANSWERS: t.Sequence[tuple[str, str, HelperAnswer]] = [
    ("what it says", "echo said", HelperAnswer(0, b"said\n")),
    ("the command", 'printf %s "$*"', HelperAnswer(0, b"get")),
    ("the question", "cat", HelperAnswer(0, b"quay.io")),
    ("nothing", "exit 0", HelperAnswer(0, b"")),
    ("a failure", "echo said; exit 3", HelperAnswer(3, b"said\n")),
    ("a signal", "echo said; kill -KILL $$", HelperAnswer(-signal.SIGKILL, b"said\n")),
    ("its output alone", "echo hunter2 >&2; echo said", HelperAnswer(0, b"said\n")),
    ("bytes of any kind", r"printf '\377\000'", HelperAnswer(0, b"\xff\x00")),
    ("output in parts", "echo a; sleep 0.1; echo b", HelperAnswer(0, b"a\nb\n")),
    ("a slow end", "echo a; exec >&-; sleep 0.1; exit 4", HelperAnswer(4, b"a\n")),
    (
        "as much as is allowed",
        f"head -c {LARGEST_ANSWER} /dev/zero",
        HelperAnswer(0, bytes(LARGEST_ANSWER)),
    ),
]


@pytest.mark.parametrize(("name", "script", "expected"), ANSWERS, ids=[case[0] for case in ANSWERS])
def test_answer(name: str, script: str, expected: HelperAnswer, helper: t.Callable[[str], Path]) -> None:
    """A helper is given a command and a question, and its exit code and output are its answer."""
    helper(script)

    assert ask() == expected, name


def test_question_is_not_read(helper: t.Callable[[str], Path]) -> None:
    """A helper that ends without reading its question does not matter."""
    helper("exec <&-; echo said")

    assert ask("x" * select.PIPE_BUF) == HelperAnswer(0, b"said\n")


def test_question_on_no_command_line(helper: t.Callable[[str], Path], tmp_path: Path) -> None:
    """The question is on standard input and not among the arguments, which everybody can read."""
    helper(f"tr '\\0' ' ' < /proc/$$/cmdline > {tmp_path}/arguments")
    ask()

    assert "quay.io" not in (tmp_path / "arguments").read_text(encoding="utf-8")


HANGING: t.Sequence[tuple[str, str]] = [
    ("silent", "sleep 6000"),
    ("after its answer", "echo said; sleep 6000"),
    ("after the end of its output", "exec >&-; sleep 6000"),
    ("deaf to a polite end", "trap '' TERM INT HUP; while :; do sleep 1; done"),
    ("without end", "while :; do echo; sleep 0.02; done"),
]


@pytest.mark.parametrize(("name", "script"), HANGING, ids=[case[0] for case in HANGING])
def test_timeout(name: str, script: str, helper: t.Callable[[str], Path], tmp_path: Path) -> None:
    """A helper that does not come to an end is ended, and that is a failure."""
    helper(f"echo $$ > {tmp_path}/pid; {script}")
    start = time.monotonic()

    with pytest.raises(UnusableLogin, match=f"^{TOO_SLOW}; .*helper_timeout"):
        ask(timeout=0.3)

    assert time.monotonic() - start < 300, name
    assert has_ended(tmp_path / "pid")


def test_timeout_of_all(helper: t.Callable[[str], Path], tmp_path: Path) -> None:
    """What a helper started goes with it."""
    helper(f"sleep 6000 & echo $! > {tmp_path}/child; wait")

    with pytest.raises(UnusableLogin, match=TOO_SLOW):
        ask(timeout=0.3)

    assert has_ended(tmp_path / "child")


def test_somebody_holds_the_output(helper: t.Callable[[str], Path], tmp_path: Path) -> None:
    """One that left somebody behind with its output open is not waited for any longer than others."""
    helper(f"sleep 6000 & echo $! > {tmp_path}/child; exit 0")

    with pytest.raises(UnusableLogin, match=TOO_SLOW):
        ask(timeout=0.3)

    assert has_ended(tmp_path / "child")


def test_agent_is_left_alone(helper: t.Callable[[str], Path], tmp_path: Path) -> None:
    """What a helper starts for later, such as an agent, is no concern of ours when all goes well."""
    helper(f"sleep 6000 >/dev/null & echo $! > {tmp_path}/child; echo said")

    assert ask() == HelperAnswer(0, b"said\n")
    agent = int((tmp_path / "child").read_text(encoding="utf-8"))
    assert runs(agent)
    os.kill(agent, signal.SIGKILL)


@pytest.mark.parametrize("script", [f"head -c {LARGEST_ANSWER + 1} /dev/zero", "exec yes hunter2"])
def test_too_much(script: str, helper: t.Callable[[str], Path], tmp_path: Path) -> None:
    """A helper that writes too much is ended, before it has filled the memory."""
    helper(f"echo $$ > {tmp_path}/pid; {script}")

    with pytest.raises(UnusableLogin, match=f"^{PROGRAM} wrote more than {LARGEST_ANSWER} bytes; "):
        ask()

    assert has_ended(tmp_path / "pid")


def test_not_installed() -> None:
    """A helper that is not there is a failure, with what to do."""
    with pytest.raises(
        UnusableLogin, match=r"^the credential helper docker-credential-nowhere is not installed; install"
    ):
        ask_helper("docker-credential-nowhere", "get", "quay.io", timeout=1)


def test_not_executable(helper: t.Callable[[str], Path]) -> None:
    """A file that nobody may run is no program."""
    helper("echo said").chmod(0o644)

    with pytest.raises(UnusableLogin, match="is not installed"):
        ask()


def test_no_program(helper: t.Callable[[str], Path]) -> None:
    """A file that this machine cannot run is a failure, with its path."""
    program = helper("")
    program.write_bytes(b"\x7fELF is not all of it")

    with pytest.raises(UnusableLogin, match=f"^{program} cannot be started \\(Exec format error\\); "):
        ask()


def test_long_question(helper: t.Callable[[str], Path]) -> None:
    """What is too long to be a registry's name is not passed on."""
    helper("echo said")

    with pytest.raises(UnusableLogin, match="too long"):
        ask("x" * (select.PIPE_BUF + 1))
