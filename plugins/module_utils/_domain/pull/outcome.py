# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What comes of a pull: which credentials are tried, in which order, or why none is.

A kubelet takes its keyrings from a Pod's pull Secrets, then from files on the node; its credential provider programs come last
and are not known here. Sources: ``pkg/credentialprovider/secrets/secrets.go`` and ``pkg/credentialprovider/config.go`` of the kubelet.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..docker_config.config import DockerConfig, DockerConfigError
from ..docker_config.keyring import Candidate, Keyring, ties
from ..image.reference import InvalidImage, parse_image, shown_image
from ..image.registry_key import shown_registry
from ..pull_secret.secret import KEYS, ObservedSecret
from .puller import ContainerImage
from .secret_list import NamespaceView, SecretList


class UnreadableSecret(ValueError):
    """
    A Secret counts and cannot be read, which fails every pull of the Pod.

    Args:
        name: Of the Secret.
        error: What is wrong with its document.
    """

    def __init__(self, name: str, error: DockerConfigError) -> None:
        super().__init__(f"Secret {name}: {error}")
        self.name = name
        self.error = error


def counts(secret: ObservedSecret) -> bool:
    """Whether the kubelet reads a Secret: type and key belong together, and there is something in it."""
    return secret.form is not None and bool(secret.data.get(KEYS[secret.form]))


def keyring_of_secrets(secrets: t.Iterable[ObservedSecret]) -> Keyring:
    """
    The one keyring that all Secrets of a Pod make.

    Args:
        secrets: In the order in which the Pod names them; those that do not count are passed over.

    Raises:
        UnreadableSecret: for the first that the kubelet cannot read.
    """
    return Keyring.of(
        [(f"{secret.namespace}/{secret.name}", _document(secret)) for secret in secrets if counts(secret)]
    )


def tried_in_turn(keyrings: t.Iterable[Keyring], repository: str) -> list[Candidate]:
    """What is tried for a repository: all of the first keyring, then all of the next, each with its own fallback."""
    return [candidate for keyring in keyrings for candidate in keyring.lookup(repository)]


def _document(secret: ObservedSecret) -> DockerConfig:
    try:
        return secret.document()
    except DockerConfigError as error:
        raise UnreadableSecret(secret.name, error) from None


Verdict = t.Literal["credentials", "anonymous", "blocked", "unknown"]

NODE = "node"
"""The source of what comes from the node's file; that of a Secret has a slash."""


@dataclass(frozen=True)
class Sources:
    """
    Where a Pod's credentials come from.

    Attributes:
        keyrings: Tried one after the other.
        blocked_by: The Secret that cannot be read, which fails every pull; empty when there is none.
        unseen: Whether there may be more, which could not be seen.
    """

    keyrings: tuple[Keyring, ...]
    blocked_by: str = ""
    unseen: bool = False


@dataclass(frozen=True)
class Pull:
    """
    What comes of one image.

    Attributes:
        image: As written, a password in it not shown.
        repository: What credentials are looked up for, empty for an invalid image.
        policy: The pull policy, the API server's default included.
        verdict: ``credentials`` are tried; the pull is ``anonymous``; it is ``blocked`` before it begins; or ``unknown``.
        credentials: What is tried, in order.
        problem: What is wrong with the image's name.
        blocked_by: The Secret that cannot be read.
        tag: Which image of the repository it is, ``latest`` where none is given; empty where a digest says so.
    """

    image: str
    repository: str
    policy: str
    verdict: Verdict
    credentials: tuple[Candidate, ...] = ()
    problem: str = ""
    blocked_by: str = ""
    tag: str = ""


def sources_of(view: NamespaceView, listed: SecretList, node: Keyring | None) -> Sources:
    """
    The keyrings of a Pod.

    Args:
        view: Its namespace.
        listed: Its Secrets; names that do not exist are passed over.
        node: The keyring of the node's file, where it is known.
    """
    of_node = (node,) if node else ()
    if listed.origin == "unknown" or (any(listed.names) and view.secrets is None):
        return Sources(of_node, unseen=True)
    secrets = [view.secrets[name] for name in listed.names if name in view.secrets] if view.secrets else []
    try:
        return Sources((keyring_of_secrets(secrets), *of_node))
    except UnreadableSecret as error:
        if error.error.problem == "too_deep":  # for us, and not for a kubelet
            return Sources(of_node, unseen=True)
        return Sources((), blocked_by=error.name)


def pull_of(container: ContainerImage, sources: Sources) -> Pull:
    """What comes of a container's image."""
    try:
        image = parse_image(container.image)
    except InvalidImage as error:
        return Pull(shown_image(container.image), "", container.policy or "IfNotPresent", "blocked", problem=str(error))
    policy = container.policy or image.default_pull_policy
    candidates = tuple(tried_in_turn(sources.keyrings, image.repository))
    verdict: Verdict = "credentials" if candidates else "anonymous"
    if sources.blocked_by:
        verdict = "blocked"
    elif sources.unseen:
        verdict = "unknown"
    tag = "" if image.digest else image.tag
    return Pull(container.image, image.repository, policy, verdict, candidates, blocked_by=sources.blocked_by, tag=tag)


def credential_rows(pull: Pull) -> list[dict[str, t.Any]]:
    """The credentials of a pull without their secrets; ``order`` is equal where it is left to chance."""
    places = list(range(len(pull.credentials)))
    for start, end in ties(pull.credentials):
        places[start:end] = [start] * (end - start)
    return [
        {
            "order": place + 1,
            "registry": shown_registry(candidate.registry),
            "from": NODE if candidate.source == NODE else "secret",
            "secret": secret_of(candidate),
            "username": candidate.credential.username,
        }
        for place, candidate in zip(places, pull.credentials)
    ]


def secret_of(candidate: Candidate) -> str | None:
    """The name of the Secret that a credential is from, ``None`` for the node's file."""
    return None if candidate.source == NODE else candidate.source.partition("/")[2]
