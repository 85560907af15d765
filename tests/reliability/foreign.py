"""What other people have in the namespaces of a round: written down when it is there, and looked for ever after."""

from __future__ import annotations

import base64
import json
import threading
import typing as t
from dataclasses import dataclass

from tests.cluster.client import Client, Document
from tests.reliability.echoing import decoded

PREFIX: t.Final = "foreign"
"""Each name, label, annotation, registry and data key of other people begins like this, and nothing of ours does."""
DATA_KEYS: t.Final[t.Mapping[str, str]] = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
Kind: t.TypeAlias = t.Literal["label", "annotation", "registry", "data", "link", "secret"]


@dataclass(frozen=True)
class Fact:
    """
    Something of somebody else's.

    Attributes:
        namespace: Where.
        of: The object, for example ``secrets/regcred``.
        kind: What it is: an entry of the object, or (``secret``) a Secret that is theirs altogether.
        key: Its name.
        value: Its value; empty for a link, the resourceVersion for a Secret.
    """

    namespace: str
    of: str
    kind: Kind
    key: str
    value: str = ""

    def __str__(self) -> str:
        """For messages: no value, since it may be a password."""
        return f"namespace {self.namespace}: {self.of}: {self.kind} {self.key}"


@dataclass(frozen=True)
class NamespaceState:
    """What a namespace holds; ``namespace`` is ``None`` when it is not there."""

    name: str
    namespace: Document | None
    secrets: t.Mapping[str, Document]
    accounts: t.Mapping[str, Document]

    @property
    def objects(self) -> int:
        """How many objects were read."""
        return (self.namespace is not None) + len(self.secrets) + len(self.accounts)

    def find(self, of: str) -> Document | None:
        """An object, for example ``secrets/regcred``."""
        kind, _unused, name = of.partition("/")
        if kind == "namespaces":
            return self.namespace
        return (self.secrets if kind == "secrets" else self.accounts).get(name)


def observe(client: Client, names: t.Iterable[str]) -> dict[str, NamespaceState]:
    """What is in these namespaces now."""
    found = {item["metadata"]["name"]: item for item in client.list("/api/v1/namespaces")}
    states = {}
    for name in names:
        secrets, accounts = (
            {item["metadata"]["name"]: item for item in client.list(f"/api/v1/namespaces/{name}/{kind}")}
            for kind in ("secrets", "serviceaccounts")
        )
        states[name] = NamespaceState(name, found.get(name), secrets, accounts)
    return states


def registries_in(secret: Document) -> dict[str, t.Any]:
    """The entries of a pull Secret by registry, empty for any other."""
    key = DATA_KEYS.get(secret.get("type", ""), "")
    if key not in secret.get("data", {}):
        return {}
    document = json.loads(base64.b64decode(secret["data"][key]))
    entries: dict[str, t.Any] = document if key == ".dockercfg" else document["auths"]
    return entries


def password_of(entry: t.Mapping[str, str]) -> str:
    """The password of an entry, however it is written."""
    if "auth" in entry:
        return base64.b64decode(entry["auth"]).decode().partition(":")[2]
    return entry.get("password", "")


def holds(item: Document, fact: Fact) -> bool:
    """Whether an object has what a fact says."""
    metadata = item["metadata"]
    values: t.Mapping[Kind, t.Callable[[], object]] = {
        "label": lambda: metadata.get("labels", {}).get(fact.key),
        "annotation": lambda: metadata.get("annotations", {}).get(fact.key),
        "data": lambda: item.get("data", {}).get(fact.key),
        "registry": lambda: password_of(registries_in(item).get(fact.key, {})),
        "link": lambda: "" if fact.key in [entry["name"] for entry in item.get("imagePullSecrets", [])] else None,
        "secret": lambda: metadata["resourceVersion"],
    }
    return values[fact.kind]() == fact.value


class Facts:
    """All facts of a round; other writers add to them while modules run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: list[Fact] = []

    def add(self, *facts: Fact) -> None:
        """The server has accepted these."""
        with self._lock:
            self._facts += facts

    def forget(self, of: str, namespaces: t.Iterable[str], *, keys: t.Collection[str] | None = None) -> None:
        """What is in these objects, or only these entries, may go or change, since somebody asks for that."""
        places = set(namespaces)
        with self._lock:
            self._facts = [
                fact
                for fact in self._facts
                if fact.of != of or fact.namespace not in places or (keys is not None and fact.key not in keys)
            ]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._facts)

    def lost(self, states: t.Mapping[str, NamespaceState], *, anywhere: bool = False) -> list[str]:
        """
        Those that are not there any more; each is reported once.

        Args:
            states: What is there.
            anywhere: Whether what was in a Secret that is not there may be kept in another one, to be put back by the next run.
        """
        with self._lock:
            lost = [
                fact
                for fact in self._facts
                if fact.namespace in states and _is_lost(fact, states[fact.namespace], anywhere=anywhere)
            ]
            self._facts = [fact for fact in self._facts if fact not in lost]
        return [str(fact) for fact in lost]


def _is_lost(fact: Fact, state: NamespaceState, *, anywhere: bool) -> bool:
    item = state.find(fact.of)
    if item is not None:
        return not holds(item, fact)
    if not anywhere or not fact.of.startswith("secrets/"):
        return True
    texts = {text for secret in state.secrets.values() for text in decoded(json.dumps(secret))}
    return not all(any(part in text for text in texts) for part in (fact.key, fact.value))
