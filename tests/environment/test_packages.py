from __future__ import annotations

import os
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.environment import packages
from tests.environment.packages import NotInstallable, install_packages, missing_packages

# Stand in for Debian's programs: what is installed is what files below "installed" are named, APT_FAILS holds what the next calls
# of apt-get end with, a line each.
DPKG_QUERY = """\
#!/bin/sh
shift 3
for name; do
    [ -e "$STATE/removed/$name" ] && echo "$name config-files"
    [ -e "$STATE/installed/$name" ] && echo "$name installed"
done
exit 1
"""
APT_GET = """\
#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >> "$STATE/calls"
failure=$(head -n 1 "$STATE/failures")
sed -i 1d "$STATE/failures"
[ -n "$failure" ] && { echo "E: $failure"; exit 100; }
[ "$1" = update ] && exit 0
sleep 0.2
while [ "$1" != -- ]; do shift; done
shift
for name; do touch "$STATE/installed/$name"; done
"""
INSTALL = f"noninteractive install -q -y --no-install-recommends -o DPkg::Lock::Timeout={packages.LOCK_SECONDS} --"


class Debian(t.NamedTuple):
    """A machine as apt-get sees it."""

    state: Path

    def has(self, *names: str) -> None:
        """These are installed."""
        for name in names:
            (self.state / "installed" / name).touch()

    def fails(self, *lines: str) -> None:
        """The next calls of apt-get say these and fail."""
        (self.state / "failures").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    @property
    def calls(self) -> list[str]:
        """What apt-get was called with."""
        file = self.state / "calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture(name="debian")
def _debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Debian:
    """A Debian whose root we are, with nothing installed."""
    for name, text in {"dpkg-query": DPKG_QUERY, "apt-get": APT_GET}.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    (tmp_path / "installed").mkdir()
    (tmp_path / "removed").mkdir()
    (tmp_path / "failures").touch()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.defpath}")
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages, "RETRY_SECONDS", 0.01)
    return Debian(tmp_path)


def test_what_is_there(debian: Debian, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is done or printed where all is installed, and nobody is waited for."""
    debian.has("pass", "podman")

    install_packages(["pass", "podman"], what="a minute")

    assert debian.calls == []
    assert list((debian.state / "cache").rglob("*.lock")) == []
    assert not capsys.readouterr().out


def test_what_is_missing(debian: Debian, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing is installed, and only that, without questions; who waits is shown what for."""
    debian.has("pass")

    install_packages(["pass", "podman", "skopeo"], what="about 20 s, 40 MB")

    assert debian.calls == [f"{INSTALL} podman skopeo"]
    assert capsys.readouterr().out == "installing podman, skopeo with apt-get (about 20 s, 40 MB)\n"
    assert missing_packages(["pass", "podman", "skopeo"]) == []


def test_removed(debian: Debian) -> None:
    """A package whose configuration alone was left is not installed."""
    (debian.state / "removed" / "pass").touch()

    assert missing_packages(["pass"]) == ["pass"]


def test_old_lists(debian: Debian) -> None:
    """Where the lists of packages are missing or too old, they are fetched, and only then."""
    debian.fails("Unable to locate package pass")

    install_packages(["pass"], what="a minute")

    assert debian.calls == [f"{INSTALL} pass", "noninteractive update -q", f"{INSTALL} pass"]


@pytest.mark.parametrize(
    "message",
    [
        "Could not get lock /var/lib/apt/lists/lock. It is held by process 12 (apt-get)",
        "Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?",
        "Unable to lock directory /var/lib/apt/lists/",
    ],
)
def test_somebody_else_installs(message: str, debian: Debian) -> None:
    """While another apt runs, ours waits."""
    debian.fails(message, message)

    install_packages(["pass"], what="a minute")

    assert debian.calls == [f"{INSTALL} pass"] * 3


def test_failure(debian: Debian) -> None:
    """The end of apt-get's output is reported."""
    debian.fails("Unable to locate package pass", "", "No space left on device")

    with pytest.raises(NotInstallable, match=r"pass: apt-get install ended with 100:\nE: No space left on device"):
        install_packages(["pass"], what="a minute")


def test_not_root(debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not root is shown what to call, and nothing is tried."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(NotInstallable, match=r"only root can .* by hand: apt-get install --no-install-recommends pass"):
        install_packages(["pass"], what="a minute")
    assert debian.calls == []


@pytest.mark.parametrize("left", [["dpkg-query"], []])
def test_no_debian(left: list[str], debian: Debian, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no apt-get, that is reported."""
    for program in {"dpkg-query", "apt-get"}.difference(left):
        (debian.state / "bin" / program).unlink()
    monkeypatch.setenv("PATH", str(debian.state / "bin"))

    with pytest.raises(NotInstallable, match="pass: not installed, and there is no apt-get"):
        install_packages(["pass"], what="a minute")


def test_two_at_once(debian: Debian) -> None:
    """Of two runs at the same time one installs, and the other waits for it."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _unused: install_packages(["pass"], what="a minute"), range(2)))

    assert debian.calls == [f"{INSTALL} pass"]
