"""kubernetes.core with what it needs, from the release of ``ansible`` that belongs to the installed ansible-core."""

from __future__ import annotations

import shutil
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible.release import __version__ as core_version

from tests.environment.cache import build_once, cache_root

# The newest release of the community package for each series of ansible-core.
PACKAGES: t.Final[t.Mapping[str, str]] = {
    "2.18": "ansible==11.13.0",
    "2.19": "ansible==12.3.0",
    "2.20": "ansible==13.8.0",
    "2.21": "ansible==14.5.0",
    "2.22": "ansible==14.5.0",
}
LIBRARIES: t.Final = ("jsonpatch==1.33", "jsonpointer==3.0.0", "requests-oauthlib==2.0.0", "oauthlib==3.3.1")


@dataclass(frozen=True)
class Peer:
    """
    kubernetes.core, ready to run.

    Attributes:
        version: Its version.
        collections: A folder for ``ANSIBLE_COLLECTIONS_PATH``.
        libraries: A folder for ``PYTHONPATH``.
    """

    version: str
    collections: Path
    libraries: Path


def install_peer() -> Peer:
    """The peer, downloaded once (about 50 MB) and kept in the cache."""
    series = ".".join(core_version.split(".")[:2])
    package = PACKAGES[series]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = build_once(
        cache_root() / f"peer-{package}-{python}", lambda target: _fill(target, package), what="the peer"
    )
    manifest = folder / "collections" / "ansible_collections" / "kubernetes" / "core" / "galaxy.yml"
    return Peer(_version(manifest.parent), folder / "collections", folder / "libraries")


def _fill(target: Path, package: str) -> None:
    print(f"installing {package} for its kubernetes.core (about half a minute, once)", flush=True)
    everything = target / "everything"
    _pip("--target", str(everything), package)
    core = Path("ansible_collections") / "kubernetes" / "core"
    shutil.copytree(everything / core, target / "collections" / core)
    shutil.rmtree(everything)
    _pip("--target", str(target / "libraries"), *LIBRARIES)


def _pip(*arguments: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        *arguments,
    ]
    subprocess.run(command, check=True)


def _version(collection: Path) -> str:
    for line in (collection / "MANIFEST.json").read_text(encoding="utf-8").splitlines():
        if '"version":' in line:
            return line.split('"')[3]
    return "unknown"
