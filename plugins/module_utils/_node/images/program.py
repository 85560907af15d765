# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each program that works with images must offer; its arguments and its output are in a file of its own."""

from __future__ import annotations

import abc
import re
import typing as t
from dataclasses import dataclass

from ..._domain.docker_config.config import Credential, RegistryCredential, build_docker_config, render_docker_config
from ..._domain.image.reader_keys import Reader, key_for
from ..._domain.image.reference import ImageReference
from ..._domain.node_image.local_image import LocalImage
from ..._domain.secret_text import SecretText
from .command import Command, SecretFile
from .runtime import Kind

SHOWN_CHARACTERS = 600
_LOG_LINE = re.compile(r'level=(?:fatal|error) msg="((?:[^"\\]|\\.)*)"')
_PREFIX = re.compile(r"^(?:ctr|Error|FATA\[\d+\]|error): ?")


@dataclass(frozen=True)
class ImageProgram(abc.ABC):
    """
    A program and the runtime that it talks to.

    Attributes:
        program: Its path; more than one word where it is a part of another program.
        endpoint: The runtime's socket, without a scheme; empty for the one that the program itself knows.
    """

    program: tuple[str, ...]
    endpoint: str = ""

    name: t.ClassVar[str]
    """As the option ``runtime`` has it."""

    kinds: t.ClassVar[tuple[Kind, ...]]
    """The runtimes that it works with."""

    pin_cure: t.ClassVar[str] = ""
    """What to do where images are to be pinned, which this program cannot."""

    kubelet_socket: t.ClassVar[str] = ""
    """A part of the name of the socket through which a kubelet sees these images; empty where it sees them by their namespace."""

    finds_runtime: t.ClassVar[bool] = False
    """Whether it knows by itself where its runtime is, so that nobody needs to find the socket."""

    removes_all_names: t.ClassVar[bool] = False
    """Whether an image goes with all of its names when one of them is removed."""

    @abc.abstractmethod
    def listing(self) -> Command:
        """What lists all images of the runtime, on standard output."""

    @abc.abstractmethod
    def parse_listing(self, output: str) -> tuple[LocalImage, ...]:
        """
        Read such a list.

        Raises:
            ValueError: It is none; that is a program of another kind or time.
        """

    @abc.abstractmethod
    def pull(self, image: ImageReference, credential: Credential | None) -> Command:
        """
        What pulls an image.

        Args:
            credential: The login to pull with; ``None`` leaves it to what is configured in the runtime itself.

        Raises:
            ValueError: This program cannot be given such a credential; the text says why.
        """

    @abc.abstractmethod
    def removal(self, names: t.Sequence[str]) -> Command:
        """What takes names away, which are names of one image."""

    def _with(self, *arguments: str, **more: t.Any) -> Command:
        return Command((*self.program, *arguments), **more)


@dataclass(frozen=True)
class ContainerdProgram(ImageProgram):
    """
    A program that works with containerd alone, and knows nothing of how containerd is configured.

    Attributes:
        namespace: containerd's, ``k8s.io`` for the kubelet's images.
        hosts_dir: The folder with containerd's ``hosts.toml`` files, which the program does not look for by itself; empty for none.
    """

    namespace: str = "k8s.io"
    hosts_dir: str = ""

    kinds = ("containerd",)


def last_message(errors: str) -> str:
    """The last line that a program wrote, without what surrounds it in its log, cut after ``SHOWN_CHARACTERS``."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    last = lines[-1] if lines else errors
    quoted = _LOG_LINE.search(last)
    message = re.sub(r"\\(.)", r"\1", quoted.group(1)) if quoted else _PREFIX.sub("", last)
    return message if len(message) <= SHOWN_CHARACTERS else f"{message[:SHOWN_CHARACTERS]}..."


def docker_config_file(image: ImageReference, credential: Credential) -> SecretFile:
    """A ``config.json`` for docker and nerdctl with one login."""
    text = _login(image, credential, "docker")
    return SecretFile("config.json", text, "DOCKER_CONFIG", names_folder=True)


def containers_auth_file(image: ImageReference, credential: Credential) -> SecretFile:
    """An ``auth.json`` for podman with one login."""
    return SecretFile("auth.json", _login(image, credential, "containers_auth"), "REGISTRY_AUTH_FILE")


def _login(image: ImageReference, credential: Credential, reader: Reader) -> SecretText:
    key = key_for(image.registry, reader, where="images").key
    document = build_docker_config([RegistryCredential(key, credential)], "containers_auth")
    return render_docker_config(document, "containers_auth")
