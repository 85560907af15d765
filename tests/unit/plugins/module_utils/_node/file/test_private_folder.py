"""A folder that is ours alone."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file import private_folder
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.private_folder import (
    own_places,
    private_place,
    secret_folder,
)


@pytest.fixture(name="place", autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of this test alone."""
    monkeypatch.setattr(private_folder, "own_places", lambda: (tmp_path / "no" / "way", tmp_path / "place"))
    return tmp_path / "place"


def test_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """They depend on the user alone."""
    monkeypatch.undo()
    for uid, places in ((0, ["/run/", "/tmp/", "/var/tmp/"]), (7, ["/tmp/", "/var/tmp/"])):  # noqa: S108  # as it is asked for
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "geteuid", lambda uid=uid: uid)
            found = [str(path) for path in own_places()]
        assert found == [f"{place}regcred" + (f"-{uid}" if "tmp" in place else "") for place in places]


def test_first_that_can_be_had(place: Path) -> None:
    """The first that is there or can be made, for its user alone."""
    for _unused in range(2):
        with private_place() as folder:
            assert folder is not None
            assert (folder.path, folder.strangers, place.stat().st_mode & 0o777) == (place, frozenset(), 0o700)


def test_open_to_others(place: Path) -> None:
    """One in which others can write is none, and then there is no place for a secret."""
    place.mkdir()
    place.chmod(0o777)
    with private_place() as folder:
        assert folder is None
    with pytest.raises(OSError, match="/place can be kept for its user alone"), secret_folder():
        pytest.fail("there is no place")

    assert list(place.iterdir()) == []


def test_of_somebody_else(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that belongs to another, be it root, is none."""
    place.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: place.stat().st_uid + 7)
    with private_place() as folder:
        assert folder is None


def test_new_folder_is_taken_by_nobody(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is locked, a new one looks like one that was left; meanwhile no other run looks."""
    make = tempfile.mkdtemp

    def made(**options: t.Any) -> str:
        other = os.open(place, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)
        return str(make(**options))

    monkeypatch.setattr(tempfile, "mkdtemp", made)
    with secret_folder() as folder:
        assert folder.is_dir()


def test_secrets(place: Path) -> None:
    """Each run has a folder of its own, which goes with it, whatever happens."""
    with secret_folder() as one, secret_folder() as two:
        assert (one.parent, two.parent, one != two, one.stat().st_mode & 0o777) == (place, place, True, 0o700)
        (two / "f").touch()
        assert {one, two} == set(place.iterdir())
    with pytest.raises(FileNotFoundError), secret_folder() as folder:
        (folder / "f").rename(place / "no" / "f")

    assert list(place.iterdir()) == []


def test_left_by_a_killed_run(place: Path) -> None:
    """What a killed run left goes with the next; that of one that still runs stays, and so does all else."""
    script = (
        "import fcntl, os, sys, time; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX); print(flush=True);"
        " sys.stdin.read()"
    )
    for name in ("secret-left", "secret-used", "other"):
        (place / name).mkdir(parents=True)
        (place / name / "f").touch()
    command = [sys.executable, "-c", script, str(place / "secret-used")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        with secret_folder():
            assert not (place / "secret-left").exists()
        assert sorted(path.name for path in place.iterdir()) == ["other", "secret-used"]
        running.communicate()
    with secret_folder():
        pass

    assert [path.name for path in place.iterdir()] == ["other"]
