# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
An image reference: its grammar, and how it is normalised before anything is looked up.

Sources: ``github.com/distribution/reference`` (``normalize.go``, ``regexp.go``), ``pkg/util/parsers/parsers.go`` of the kubelet
and ``SetDefaults_Container`` in ``pkg/apis/core/v1/defaults.go`` of the API server.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .registry_key import shown_registry

PullPolicy = t.Literal["Always", "IfNotPresent", "Never"]

DEFAULT_REGISTRY = "docker.io"
_LEGACY_DEFAULT_REGISTRY = "index.docker.io"
_OFFICIAL = "library"
_MAX_PATH = 255

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = f"{_COMPONENT}(?:/{_COMPONENT})*"
_TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}"
_REFERENCE = re.compile(
    f"(?:(?P<registry>{_HOST})/)?(?P<path>{_PATH})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII
)
_IDENTIFIER = re.compile("[a-f0-9]{64}")
_WITH_DIGEST = re.compile("[^/@]*@[a-z0-9]+:[a-fA-F0-9]+")


class InvalidImage(ValueError):
    """The kubelet could not parse this image (``InvalidImageName``); the text says what is wrong with it."""


@dataclass(frozen=True)
class ImageReference:
    """
    An image, normalised.

    Attributes:
        registry: ``host`` or ``host:port``; ``docker.io`` for short names. Empty for a name such as ``my_reg.io/app``,
            whose first component looks like a host and is none.
        path: The repository in the registry, such as ``library/nginx``.
        tag: ``latest`` where neither tag nor digest is given, empty beside a digest alone.
        digest: Such as ``sha256:...``, or empty.
    """

    registry: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """The name that credentials are looked up for."""
        return f"{self.registry}/{self.path}" if self.registry else self.path

    @property
    def familiar(self) -> str:
        """The shortest name that means the same repository, as docker shows it."""
        if self.registry != DEFAULT_REGISTRY:
            return self.repository
        namespace, slash, rest = self.path.partition("/")
        return rest if slash and namespace == _OFFICIAL and "/" not in rest else self.path

    @property
    def default_pull_policy(self) -> PullPolicy:
        """What the API server sets where a container says nothing; a tag ``latest`` counts beside a digest, too."""
        return "Always" if self.tag == "latest" else "IfNotPresent"

    def __str__(self) -> str:
        """The reference normalised, with registry, tag and digest."""
        return self.repository + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_image(text: str) -> ImageReference:
    """
    Read an image as the kubelet does.

    Args:
        text: As it stands in a container's ``image``.

    Raises:
        InvalidImage: with what is wrong.
    """
    if not text:
        raise InvalidImage("is empty")
    if _IDENTIFIER.fullmatch(text):
        raise InvalidImage("is 64 hexadecimal digits, which is the id of an image and not its name")
    registry, rest = _split(text)
    match = _REFERENCE.fullmatch(f"{registry}/{rest}")
    if match is None:
        raise InvalidImage(_explain(registry, rest))
    path, tag, digest = match["path"], match["tag"] or "", match["digest"] or ""
    if len(path) > _MAX_PATH:
        raise InvalidImage(f"has a path of {len(path)} characters, and {_MAX_PATH} are allowed")
    if not tag and not digest:
        tag = "latest"
    return ImageReference(match["registry"] or "", path, tag, digest)


def shown_image(text: str) -> str:
    """An image for people: a user and password before the registry's host, which no image has, are not shown."""
    return text if _WITH_DIGEST.fullmatch(text) else shown_registry(text)


def _split(text: str) -> tuple[str, str]:
    """Registry and the rest: the first component is a registry only if it cannot be part of a path on Docker Hub."""
    first, slash, rest = text.partition("/")
    if not slash:
        return DEFAULT_REGISTRY, f"{_OFFICIAL}/{text}"
    if first not in ("localhost", _LEGACY_DEFAULT_REGISTRY) and not re.search("[.:A-Z]", first):
        return DEFAULT_REGISTRY, text
    if first not in (DEFAULT_REGISTRY, _LEGACY_DEFAULT_REGISTRY):
        return first, rest
    return DEFAULT_REGISTRY, rest if "/" in rest else f"{_OFFICIAL}/{rest}"


def _explain(registry: str, rest: str) -> str:
    name, _at, digest = rest.partition("@")
    path = name.partition(":")[0]
    problems = (
        ("://" in f"{registry}/{rest}", "has a scheme; an image begins with the registry's host"),
        ("@" in registry, "has a user before the registry's host; credentials go into a Secret"),
        (path != path.lower(), f"has capitals in its path {shown_registry(path)!r}; paths are lower case"),
        (
            digest and not re.fullmatch(_DIGEST, digest),
            "has a digest that is not sha256, sha384 or sha512 with all of its hexadecimal digits in lower case",
        ),
        (not re.fullmatch(_HOST, registry), f"has no valid registry host in {shown_registry(registry)!r}"),
        (
            not re.fullmatch(_PATH, path),
            f"has a path {shown_registry(path)!r} that breaks the rules: letters and digits, joined by '.', '_', '__' or '-'",
        ),
    )
    bad_tag = "has a tag that breaks the rules: at most 128 letters, digits, '_', '.' and '-', beginning with none of the last two"
    return next((explanation for found, explanation in problems if found), bad_tag)
