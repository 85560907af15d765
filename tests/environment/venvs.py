"""Virtual environments for the tools, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import re
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.environment.cache import build_once, cache_root
from tests.environment.errors import SetupError

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.environment.interpreters import Interpreter

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


@dataclass(frozen=True)
class Venv:
    """A complete virtual environment."""

    folder: Path

    @property
    def bin(self) -> Path:
        """Where its programs are."""
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.bin / "python"


def venv(name: str, interpreter: Interpreter, requirements: Path, *extra: str, what: str) -> Venv:
    """
    The virtual environment with these requirements; it is made when the cache does not have it.

    Args:
        name: Begins the folder's name, for people who look into the cache.
        interpreter: The Python to make it of.
        requirements: A requirements file; ``-r`` lines in it are followed.
        extra: Further requirements, such as ``ansible-core~=2.21.0``.
        what: What it holds and how long that takes, for the one line that is printed before.

    Raises:
        SetupError: The interpreter cannot make one, or pip failed (with all of pip's output).
    """
    folder = cache_root() / "venv" / f"{name}-{fingerprint(interpreter, requirements, extra)}"

    def build(target: Path) -> None:
        print(f"installing {what}", flush=True)
        make_empty(target, interpreter)
        pip: list[str | Path] = [
            target / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--quiet",
        ]
        _quietly([*pip, "--requirement", requirements, *extra], f"installing {what}")

    return Venv(build_once(folder, build, what=name))


def fingerprint(interpreter: Interpreter, requirements: Path, extra: Sequence[str]) -> str:
    """Twelve hex digits that change with the interpreter and with all that is to be installed."""
    parts = [str(interpreter.path), str(interpreter.version), *lines_of(requirements), *extra]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def lines_of(requirements: Path) -> Iterator[str]:
    """The requirements of a file and of those it includes, without comments and blank lines."""
    for line in requirements.read_text(encoding="utf-8").splitlines():
        requirement = line.partition("#")[0].strip()
        if included := re.fullmatch(r"-r\s*(\S+)", requirement):
            yield from lines_of(requirements.parent / included[1])
        elif requirement:
            yield requirement


def make_empty(folder: Path, interpreter: Interpreter) -> None:
    """
    Make a virtual environment with pip and nothing else.

    Raises:
        SetupError: The interpreter cannot.
    """
    if not interpreter.has_ensurepip:
        message = (
            f"{interpreter.path} cannot make virtual environments because its module ensurepip is missing; install it "
            f"(Debian and Ubuntu: apt install python{interpreter.series}-venv) or put another Python >= 3.11 on PATH"
        )
        raise SetupError(message)
    _quietly([interpreter.path, "-m", "venv", folder], f"making a virtual environment of {interpreter.path}")


def _quietly(command: Sequence[str | Path], what: str) -> None:
    """Run ``command``; what it says is shown only when it fails."""
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        message = f"{what} failed (status {done.returncode}):\n{done.stdout.rstrip()}"
        raise SetupError(message)
