"""
docker, podman, skopeo and the password store of Unix, used as people use them, with all that is theirs in one folder.

``python -m tests.e2e.login_programs`` writes the files that they leave to tests/unit/vectors/login.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.binaries import find_programs
from tests.cluster.registry import Registry, start_registry
from tests.environment.packages import install_packages

PACKAGES: t.Final = ("gnupg", "pass", "podman", "skopeo")
HOW_LONG: t.Final = "about 15 s and 25 MB, the first time"
BUILT: t.Final = ("docker", "docker-credential-pass", "registry")
USERS: t.Final = {"robot": 'made:up {{ pa }} "ss"\\wörd', "reader": "made-up-as-well"}
VECTORS: t.Final = Path(__file__).parents[1] / "unit" / "vectors" / "login"
TIMEOUT_SECONDS: t.Final = 300
SHOWN_PORT: t.Final = "5000"
"""In the files that are kept, in place of the port that was free."""


@dataclass(frozen=True)
class Desk:
    """
    Where somebody works.

    Attributes:
        home: Their home folder, mode 0700, with a short path: gpg-agent makes sockets below it.
        registry: The registry that they log in to.
        programs: The path of each program in `BUILT`.
    """

    home: Path
    registry: Registry
    programs: t.Mapping[str, Path]

    @property
    def names(self) -> tuple[str, str]:
        """Two names of the registry, which are two registries to every program."""
        return self.registry.address, self.registry.address.replace("127.0.0.1", "localhost")

    @property
    def helpers(self) -> Path:
        """The folder with docker-credential-pass, which docker starts to use as soon as it is on PATH."""
        return self.programs["docker-credential-pass"].parent

    def environment(self, *, with_helpers: bool = False) -> dict[str, str]:
        """All of their environment; no docker daemon is asked, and the registry's authority is trusted."""
        folders = [str(self.helpers)] if with_helpers else []
        return {
            "DOCKER_CONFIG": str(self.home / "docker"),
            "DOCKER_HOST": f"unix://{self.home}/no-docker.sock",
            "GNUPGHOME": str(self.home / "gnupg"),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "PASSWORD_STORE_DIR": str(self.home / "store"),
            "PATH": os.pathsep.join([*folders, os.defpath]),
            "SSL_CERT_FILE": str(self.registry.authority),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
        }

    def run(self, command: t.Sequence[str | Path], *, given: str = "", with_helpers: bool = False) -> str:
        """
        What a program says.

        Args:
            command: The program and its arguments.
            given: Its standard input, which is where passwords go.
            with_helpers: Whether credential helpers are on PATH.
        """
        done = subprocess.run(
            command,
            check=False,
            cwd=self.home,
            env=self.environment(with_helpers=with_helpers),
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        assert done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stdout}"
        return done.stdout

    def docker_login(self, name: str, user: str, *, with_helpers: bool = False) -> None:
        """Log in with docker."""
        command: list[str | Path] = [self.programs["docker"], "login", "--username", user, "--password-stdin", name]
        self.run(command, given=USERS[user], with_helpers=with_helpers)

    def containers_login(self, program: str, file: Path, name: str, user: str) -> None:
        """Log in with podman or skopeo."""
        where: list[str | Path] = ["--cert-dir", self.registry.certificates, "--authfile", file]
        self.run([program, "login", "--username", user, "--password-stdin", *where, name], given=USERS[user])

    def make_store(self, passphrase: str = "") -> None:
        """A key of one's own, and a password store that is locked with it."""
        (self.home / "gnupg").mkdir(mode=0o700)
        make_key = ["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0", "--quick-generate-key"]
        self.run([*make_key, "somebody@example.com", "future-default", "default", "never"], given=passphrase)
        self.run(["pass", "init", "somebody@example.com"])

    def end_agent(self) -> None:
        """End the gpg-agent that was started along the way, and with it the key in its memory."""
        if (self.home / "gnupg").exists():
            self.run(["gpgconf", "--kill", "gpg-agent"])


def prepare() -> dict[str, Path]:
    """
    Install and build the programs, saying so.

    Returns:
        The path of each that was built.

    Raises:
        NotInstallable: Packages are missing, and cannot be installed here.
    """
    install_packages(PACKAGES, what=HOW_LONG)
    return find_programs(BUILT)


@contextlib.contextmanager
def open_desk(registry: Registry, programs: t.Mapping[str, Path]) -> t.Iterator[Desk]:
    """A desk for the time of a ``with``; after it no process and no file is left."""
    desk = Desk(Path(tempfile.mkdtemp(prefix="regcred-")), registry, programs)
    (desk.home / "run").mkdir()
    (desk.home / "docker").mkdir()
    try:
        yield desk
    finally:
        desk.end_agent()
        shutil.rmtree(desk.home, ignore_errors=True)


def leave_files(desk: Desk) -> dict[str, Path]:
    """
    Log in with every program in every way; the files that they leave, by the name of what left them.

    The password store of ``desk`` has the logins of ``docker-pass`` and ``docker-helpers`` afterwards.
    """
    one, other = desk.names
    docker, files = desk.home / "docker" / "config.json", desk.home / "files"
    files.mkdir()

    desk.docker_login(one, "robot")
    desk.docker_login(f"https://{other}/v1/", "reader")
    docker.rename(files / "docker.json")

    desk.make_store()
    desk.docker_login(one, "robot", with_helpers=True)
    desk.docker_login(other, "reader", with_helpers=True)
    shutil.copy(docker, files / "docker-pass.json")
    shutil.copy(docker, files / "podman-over-docker.json")

    docker.write_text(json.dumps({"credHelpers": {one: "pass"}, "credsStore": ""}))
    desk.docker_login(one, "robot", with_helpers=True)
    desk.docker_login(other, "reader")
    docker.rename(files / "docker-helpers.json")

    for program in ("podman", "skopeo"):
        file = files / f"{program}.json"
        desk.containers_login(program, file, one, "robot")
        desk.containers_login(program, file, f"{one}/team/app", "reader")
    # podman drops what it does not know, the password store of the other login included.
    desk.containers_login("podman", files / "podman-over-docker.json", one, "robot")
    return {file.stem: file for file in sorted(files.iterdir())}


def as_kept(text: str, registry: Registry) -> str:
    """A file's text as it is kept, with one port in place of whichever was free."""
    return text.replace(f":{registry.address.rpartition(':')[2]}", f":{SHOWN_PORT}")


def main() -> None:
    """Write the files that are kept."""
    programs = prepare()
    with start_registry(USERS) as registry, open_desk(registry, programs) as desk:
        for name, file in leave_files(desk).items():
            (VECTORS / f"{name}.json").write_text(as_kept(file.read_text(), registry))
            print(f"wrote {VECTORS / name}.json")


if __name__ == "__main__":
    main()
