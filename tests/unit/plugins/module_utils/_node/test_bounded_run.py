"""Programs within bounds; test_credential_helper.py has more of it, with what a helper is asked and answers."""

from __future__ import annotations

import select
import time
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.bounded_run import (
    LARGEST_ERRORS,
    Finished,
    NotStarted,
    TookTooLong,
    WroteTooMuch,
    program_on_path,
    run_bounded,
)


def run(script: str, *, largest_output: int | None = 100, timeout: float = 10) -> Finished:
    """Run a shell script whose errors are of interest."""
    return run_bounded(["/bin/sh", "-c", script], timeout=timeout, largest_output=largest_output, keep_errors=True)


def test_programs_of_the_folder_that_a_task_runs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be anybody's, so entries of PATH that depend on it lead to no program."""
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "crictl").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    for relative in ("", ".", "bin", ":"):
        monkeypatch.setenv("PATH", relative)
        assert program_on_path("crictl") is None
        assert program_on_path("crictl", f"{tmp_path}/bin") == f"{tmp_path}/bin/crictl"


def test_output_and_errors() -> None:
    """Both are kept apart, with the exit code; neither is shown by ``repr``."""
    done = run("echo out; echo err >&2; exit 3")

    assert done == Finished(3, b"out\n", b"err\n")
    assert repr(done) == "Finished(3, ...)"


def test_end_of_errors() -> None:
    """Of a long story on standard error the end is kept."""
    done = run(f"head -c {3 * LARGEST_ERRORS} /dev/zero >&2; echo end >&2")

    assert len(done.errors) == LARGEST_ERRORS
    assert done.errors.endswith(b"\0end\n")


def test_output_that_nobody_wants() -> None:
    """It is not kept, and is not too much."""
    assert run("head -c 100000 /dev/zero", largest_output=None) == Finished(0, b"")


def test_too_much_output() -> None:
    """More than is allowed ends a program."""
    with pytest.raises(WroteTooMuch):
        run("exec yes")


def test_too_slow() -> None:
    """Who writes errors without end is ended, too."""
    start = time.monotonic()
    with pytest.raises(TookTooLong):
        run("while :; do echo >&2; sleep 0.01; done", timeout=0.2)

    assert time.monotonic() - start < 300


def test_not_started() -> None:
    """A program that is not there is reported in the system's words."""
    with pytest.raises(NotStarted, match=r"^No such file or directory$"):
        run_bounded(["/nowhere/program"], timeout=1, largest_output=1)


def test_too_much_input() -> None:
    """Nothing is written that could block."""
    with pytest.raises(ValueError, match="pipe"):
        run_bounded(["/bin/cat"], timeout=1, largest_output=1, given=b"x" * (select.PIPE_BUF + 1))
