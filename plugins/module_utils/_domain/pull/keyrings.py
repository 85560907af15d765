# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Where a kubelet takes its keyrings from: a Pod's pull Secrets, and files on the node.

Sources: ``pkg/credentialprovider/secrets/secrets.go`` and ``pkg/credentialprovider/config.go`` of the kubelet. Its credential
provider programs come last and are not known here.
"""

from __future__ import annotations

import typing as t

from ..docker_config.config import DockerConfig, DockerConfigError
from ..docker_config.keyring import Candidate, Keyring
from ..pull_secret.secret import KEYS, ObservedSecret


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
