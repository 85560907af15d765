"""How a credential comes to a program; small scripts tell what they got."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import private_folder
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.command import (
    LONGEST_LINE,
    Command,
    CommandFailed,
    SecretFile,
    fits_a_line,
    run_command,
)

SECRET = SecretText('pä:ss {w}ord \x03\x04\x15\x16\x7f"\\')
"""With characters that mean something to a terminal."""


def script(text: str, **more: object) -> Command:
    """A shell script whose output is of interest."""
    return Command(("/bin/sh", "-c", text), has_output=True, **more)  # type: ignore[arg-type]  # each test gives what it needs


def run(command: Command, timeout: float = 10) -> str:
    """What it writes."""
    return run_command(command, timeout=timeout)


@pytest.fixture(name="temporary", autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files with secrets are made."""
    monkeypatch.setattr(private_folder, "own_places", lambda: (tmp_path,))
    return tmp_path


def test_variable() -> None:
    """A secret variable is in the environment, and messages are in the language that is known."""
    command = script('printf "%s|%s" "$LOGIN" "$LC_ALL"', environment={"LOGIN": SECRET})

    assert run(command) == f"{SECRET.reveal()}|C"
    assert SECRET.reveal() not in repr(command)


def test_typed_line() -> None:
    """A line is read from a terminal as it was typed, and nobody shows it."""
    assert run(script('test -t 0 && IFS= read -r line && printf %s "$line"', typed=SECRET)) == SECRET.reveal()


def test_longest_line() -> None:
    """A line of the greatest length comes whole; a longer one, or two lines, cannot be typed."""
    longest = SecretText("x" * (LONGEST_LINE - 1))

    assert run(script('IFS= read -r line && printf %s "$line"', typed=longest)) == longest.reveal()
    assert [fits_a_line(text) for text in (longest, SecretText(longest.reveal() + "x"), SecretText("a\nb"))] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("names_folder", [False, True])
def test_file(names_folder: bool, temporary: Path) -> None:
    """A file that only we may read is there while the program runs, and is named by a variable."""
    file = SecretFile("config.json", SECRET, "PLACE", names_folder=names_folder)
    path = "$PLACE/config.json" if names_folder else "$PLACE"

    output = run(script(f'stat -c %a "{path}" "$(dirname "{path}")" && cat "{path}"', file=file))

    assert output == f"600\n700\n{SECRET.reveal()}"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", ["CRICTL_CREDS", "CRICTL_AUTH", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE"])
def test_no_other_credential(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential of the environment stays away where one was declared, and counts where none was."""
    monkeypatch.setenv(name, "of somebody")
    tell = f'printf %s "${name}"'

    assert run(script(tell, environment={"LOGIN": SECRET})) == ""
    assert run(script(tell)) == "of somebody"


def test_failure(temporary: Path) -> None:
    """What a program says of its failure is reported; what it wrote before is not, and its file is gone."""
    file = SecretFile("auth.json", SECRET, "PLACE")
    with pytest.raises(CommandFailed, match=r"^it failed\n$") as failed:
        run(script("echo output; echo it failed >&2; exit 1", file=file))

    assert not failed.value.took_too_long
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("/bin/sh", "-c", "exit 3"), "^sh ended with 3 and wrote no error$"),
        (("/nowhere/ctr",), r"^/nowhere/ctr cannot be started \(No such file or directory\)$"),
    ],
)
def test_no_error_written(command: tuple[str, ...], expected: str) -> None:
    """A program that writes nothing, or is not there, is named."""
    with pytest.raises(CommandFailed, match=expected):
        run(Command(command))


def test_time(temporary: Path) -> None:
    """A program that takes too long is ended; its file is gone."""
    with pytest.raises(CommandFailed, match=r"^sh did not end within 0\.2 seconds$") as failed:
        run(script("sleep 60", file=SecretFile("auth.json", SECRET, "PLACE")), timeout=0.2)

    assert failed.value.took_too_long
    assert list(temporary.iterdir()) == []


def test_no_room_for_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file can be made, that is reported, and not that a program failed."""
    monkeypatch.setattr(private_folder, "own_places", lambda: (Path("/no/where"),))

    with pytest.raises(
        CommandFailed,
        match=r"^sh cannot be given a credential \(no folder in /no/where can be kept for its user alone\)$",
    ):
        run(script("exit 0", file=SecretFile("auth.json", SECRET, "PLACE")))
