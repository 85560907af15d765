"""What a round declares, step by step, and how an independent look says whether it is so."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tests.reliability.foreign import PREFIX, NamespaceState, password_of, registries_in

if t.TYPE_CHECKING:
    from tests.cluster.client import Document

SECRET: t.Final = "regcred"
USER: t.Final = "puller"
Wanted: t.TypeAlias = t.Callable[[NamespaceState], t.Sequence[str]]


@dataclass(frozen=True)
class Declaration:
    """
    One task.

    Attributes:
        title: For messages.
        module: For example ``pull_secret``.
        args: Its options, without those of the connection.
        namespaces: Those that it is about.
        wanted: What is not as it was asked for in a namespace; empty when all is.
        sets: The passwords by registry that it writes into the Secret, and which later declarations have to leave there.
        removes: Namespaces in which it removes the Secret, and with it what others wrote into it.
        leaves: Whether it removes namespaces.
    """

    title: str
    module: str
    args: t.Mapping[str, t.Any]
    namespaces: tuple[str, ...]
    wanted: Wanted
    sets: t.Mapping[str, str] = field(default_factory=dict)
    removes: tuple[str, ...] = ()
    leaves: bool = False


def registry(host: str, password: str) -> dict[str, str]:
    """An item of ``registries``."""
    return {"registry": host, "username": USER, "password": password}


def holds_secret(
    passwords: t.Mapping[str, str], *, kind: str = "dockerconfigjson", immutable: bool = False, name: str = SECRET
) -> Wanted:
    """The pull Secret is there, of this type, with these passwords."""

    def problems(state: NamespaceState) -> list[str]:
        secret = state.secrets.get(name)
        if secret is None:
            return [f"Secret {name} is not there"]
        found = registries_in(secret)
        wrong = [host for host, password in passwords.items() if password_of(found.get(host, {})) != password]
        return [
            *(f"Secret {name}: {host} has not the password that was asked for" for host in wrong),
            *([] if secret["type"] == f"kubernetes.io/{kind}" else [f"Secret {name}: type is {secret['type']}"]),
            *([] if bool(secret.get("immutable")) == immutable else [f"Secret {name}: immutable is not {immutable}"]),
        ]

    return problems


def holds_no_secret(state: NamespaceState, name: str = SECRET) -> list[str]:
    """The pull Secret is not there."""
    return [f"Secret {name} is there"] if name in state.secrets else []


def linked(name: str = SECRET, *, stays: bool = True) -> Wanted:
    """The default ServiceAccount has the link once, or (not ``stays``) has none."""

    def problems(state: NamespaceState) -> list[str]:
        links = links_of(state.accounts.get("default", {}))
        return [] if links.count(name) == int(stays) else [f"ServiceAccount default: imagePullSecrets are {links}"]

    return problems


def all_of(*wanted: Wanted) -> Wanted:
    """Each of these."""
    return lambda state: [problem for each in wanted for problem in each(state)]


def is_gone(state: NamespaceState) -> list[str]:
    """The namespace is not there, or on its way out."""
    if state.namespace is None or "deletionTimestamp" in state.namespace["metadata"]:
        return []
    return ["the namespace is there"]


def links_of(account: Document) -> list[str]:
    """The names in imagePullSecrets."""
    return [entry["name"] for entry in account.get("imagePullSecrets", [])]


def ours(state: NamespaceState) -> t.Any:
    """All that a module of ours may have changed, in a form that can be compared; what others write is left out."""
    if is_gone(state) == []:
        return None
    secrets = {
        name: (
            secret["metadata"]["uid"],
            secret["type"],
            bool(secret.get("immutable")),
            _not_foreign(secret["metadata"].get("labels", {})),
            _not_foreign(secret["metadata"].get("annotations", {})),
            _not_foreign(registries_in(secret)),
        )
        for name, secret in state.secrets.items()
        if not name.startswith(PREFIX)
    }
    accounts = {
        name: [link for link in links_of(account) if not link.startswith(PREFIX)]
        for name, account in state.accounts.items()
    }
    labels = _not_foreign((state.namespace or {"metadata": {}})["metadata"].get("labels", {}))
    return labels, secrets, accounts


def _not_foreign(entries: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in entries.items() if not key.startswith(PREFIX)}
