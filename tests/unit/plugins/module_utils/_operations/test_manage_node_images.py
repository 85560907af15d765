"""Images of a node whose runtime is a folder, with shell commands for a program; test_node_image.py of tests/e2e has real ones."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    RegistryCredential,
    build_docker_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.keyring import Keyring
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import (
    ImageReference,
    parse_image,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.mask import HIDDEN, Mask
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.local_image import (
    LocalImage,
    grouped,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.plan import WantedImage, WantedState
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.command import Command
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.ctr import Ctr
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.program import ImageProgram
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.tools import Tools
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.manage_node_images import (
    NodeImagesTask,
    RuntimeSilent,
    manage_node_images,
)


@dataclass(frozen=True)
class Shelf(ImageProgram):
    """A file an image, with its id in it, named by the last part of its name; a pull takes the password for a command."""

    name = "shelf"

    def listing(self) -> Command:
        """A line an image."""
        return self._shell(
            'cd "$0" || exit; for f in *; do test -e "$f" && echo "$(cat "$f") quay.io/$f"; done; true', has_output=True
        )

    def parse_listing(self, output: str) -> tuple[LocalImage, ...]:
        """Read the lines."""
        return grouped((*line.split(" ", 1), False) for line in output.splitlines())  # type: ignore[misc]  # two words

    def pull(self, image: ImageReference, credential: Credential | None) -> Command:
        """What its password says is done."""
        script = credential.password if credential else SecretText("echo 'no basic auth credentials' >&2; exit 1")
        return self._shell(f'cd "$0" && f={image.path}:{image.tag} && eval "$DO"', environment={"DO": script})

    def removal(self, names: t.Sequence[str]) -> Command:
        """Take the file away."""
        return self._shell(f'cd "$0" && rm {names[0].rpartition("/")[2]}')

    def _shell(self, script: str, **more: t.Any) -> Command:
        return Command(("/bin/sh", "-c", script, self.endpoint), **more)


def task(*passwords: str, images: t.Sequence[str] = ("app:1",), **more: t.Any) -> NodeImagesTask:
    """A task on images, with a credential for each password, tried in this order."""
    logins = [
        RegistryCredential(
            "quay.io/app"[: 8 + len(passwords) - place], Credential(f"user-{place}", SecretText(password))
        )
        for place, password in enumerate(passwords)
    ]
    return NodeImagesTask(
        images=tuple(WantedImage(name, parse_image(f"quay.io/{name}")) for name in images),
        state=WantedState(**more),
        keyring=Keyring.of([("here", build_docker_config(logins))]),
        mask=Mask(passwords),
    )


@pytest.fixture(name="shelf")
def _shelf(tmp_path: Path) -> Tools:
    """An empty node."""
    return Tools(Shelf((), str(tmp_path)))


def reported(tools: Tools, asked: NodeImagesTask, *, check_mode: bool = False) -> list[tuple[str, str]]:
    """Action and reason of each image."""
    return [
        (result.action, result.reason) for result in manage_node_images(tools, asked, check_mode=check_mode).results
    ]


def test_check_mode_changes_nothing(shelf: Tools, tmp_path: Path) -> None:
    """Nothing is pulled, and what would be pulled with a credential is reported."""
    done = manage_node_images(shelf, task("echo id > $f"), check_mode=True)

    assert [result.action for result in done.results] == ["pulled"]
    assert done.pulled_with_credential == ["quay.io/app:1"]
    assert list(tmp_path.iterdir()) == []


def test_a_life(shelf: Tools) -> None:
    """An image is pulled, is there, is newer, is the same, and is gone."""
    asked = task("echo id > $f")

    assert reported(shelf, asked) == [("pulled", "it is not there")]
    assert manage_node_images(shelf, asked, check_mode=False).pulled_with_credential == []
    assert reported(shelf, task("echo other > $f", always=True)) == [
        ("pulled", "the registry is asked for a newer one")
    ]
    assert reported(shelf, task("echo other > $f", always=True)) == [("present", "the registry has no other")]
    assert reported(shelf, task(present=False)) == [("removed", "it is there")]
    assert reported(shelf, task(present=False)) == [("absent", "it is not there")]


def test_credentials_in_turn(shelf: Tools) -> None:
    """All credentials for an image are tried until one works; none is not tried after them."""
    assert reported(shelf, task("echo 401 >&2; exit 1", "echo id > $f")) == [("pulled", "it is not there")]


def test_all_failed(shelf: Tools) -> None:
    """Each is reported; a secret that a program repeats is not."""
    wrong, worse = "echo $DO 401 >&2; exit 1", "echo 403 Forbidden >&2; exit 2"

    ((action, reason),) = reported(shelf, task(wrong, worse))

    assert action == "failed"
    assert reason.startswith(
        f"as user-0 of quay.io/ap: {HIDDEN} 401 | as user-1 of quay.io/a: 403 Forbidden; the registry knows user-1"
    )


def test_one_failure_is_not_anothers(shelf: Tools) -> None:
    """Images that no credential is for, or that nobody has, do not keep others away."""
    asked = task("echo id > $f", images=["bpp:1", "app:1"])

    results = reported(shelf, asked)

    assert [action for action, _reason in results] == ["failed", "pulled"]
    assert "no credential that was given here is for quay.io/bpp; give one with registries" in results[0][1]


def test_a_program_that_lies(shelf: Tools) -> None:
    """An image that is not there after a pull that went well is a failure."""
    assert reported(shelf, task("true"))[0][0] == "failed"


def test_pin_that_fails(shelf: Tools) -> None:
    """An image that cannot be pinned was pulled all the same, which is reported."""
    tools = Tools(shelf.program, Ctr(("/bin/sh", "-c", "echo no such label >&2; exit 1"), ""))

    done = manage_node_images(tools, task("echo id > $f", pinned=True), check_mode=False)

    assert [(result.action, result.is_changed) for result in done.results] == [("failed", True)]
    assert (
        done.results[0].reason == "the pin of quay.io/app:1 could not be changed: no such label; see containerd's log"
    )


@pytest.mark.parametrize(("name", "place"), [("no answer", "/nowhere"), ("another list", "")])
def test_silent_runtime(name: str, place: str, tmp_path: Path) -> None:
    """Where images cannot be listed, nothing is done."""
    (tmp_path / "strange").write_text("", encoding="utf-8")
    program = Shelf((), place) if place else Ctr(("/bin/echo", "hello"), str(tmp_path))

    with pytest.raises(RuntimeSilent, match=r"cannot list images: .*; see whether the runtime runs, and become root"):
        manage_node_images(Tools(program), task("true"), check_mode=False)
    assert [file.name for file in tmp_path.iterdir()] == ["strange"], name
