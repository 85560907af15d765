"""Other people at work on the same objects, who play by the rules: each write rests on what was read."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import threading
import typing as t

from tests.cluster.client import Client, Document
from tests.cluster.errors import ApiError, Unreachable
from tests.reliability.foreign import DATA_KEYS, PREFIX, Fact, Facts

PAUSE_SECONDS: t.Final = 0.05
MOST_WRITES: t.Final = 12
"""During one run, so that what is there does not grow without end."""
LOST_RACES: t.Final = (404, 409, 422)
THEIR_PASSWORD: t.Final = "somebody else's password, the one of number "
"""What all passwords of other people begin with; a report has none of them, either."""


class OtherWriter:
    """Adds to ServiceAccounts and Secrets, and tells `Facts` what the server has accepted."""

    def __init__(self, client: Client, facts: Facts, namespaces: t.Sequence[str], seed: int, secret: str) -> None:
        """Take ``secret`` as the name of the Secret that others write to."""
        self._client, self._facts, self._namespaces, self._secret = client, facts, namespaces, secret
        self._dice = random.Random(seed)
        self._number = 0
        self.writes = 0
        self.writes_secrets = True
        self.errors: list[Exception] = []

    @contextlib.contextmanager
    def at_work(self) -> t.Iterator[None]:
        """For the time of a ``with``."""
        ended = threading.Event()
        thread = threading.Thread(target=self._work, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _work(self, ended: threading.Event) -> None:
        for _unused in range(MOST_WRITES):
            if ended.wait(PAUSE_SECONDS):
                return
            try:
                self.write()
            except (ApiError, Unreachable) as error:
                if isinstance(error, ApiError) and error.status not in LOST_RACES:
                    self.errors.append(error)

    def write(self) -> None:
        """One write."""
        self._number += 1
        name = f"{PREFIX}-{self._number}"
        namespace = self._dice.choice(self._namespaces)
        if self._dice.random() < 0.5 or not self.writes_secrets:
            item = self._client.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default")
            item.setdefault("imagePullSecrets", []).append({"name": name})
            fact = Fact(namespace, "serviceaccounts/default", "link", name)
        else:
            item = self._client.get(f"/api/v1/namespaces/{namespace}/secrets/{self._secret}")
            fact = self._change_secret(item, name, namespace)
        # A list's items bear no kind, and neither does what replace() needs it for.
        self._client.replace(item)
        self._facts.add(fact)
        self.writes += 1

    def _change_secret(self, secret: Document, name: str, namespace: str) -> Fact:
        of = f"secrets/{self._secret}"
        kinds = ["label", "annotation"] if secret.get("immutable") else ["label", "annotation", "registry", "data"]
        kind = self._dice.choice(kinds)
        if kind == "label":
            secret["metadata"].setdefault("labels", {})[name] = "theirs"
            return Fact(namespace, of, "label", name, "theirs")
        if kind == "annotation":
            secret["metadata"].setdefault("annotations", {})[name] = "theirs"
            return Fact(namespace, of, "annotation", name, "theirs")
        if kind == "data":
            value = base64.b64encode(name.encode()).decode()
            secret["data"][name] = value
            return Fact(namespace, of, "data", name, value)
        password = f"{THEIR_PASSWORD}{self._number}"
        add_registry(secret, f"{name}.example.com", password)
        return Fact(namespace, of, "registry", f"{name}.example.com", password)


def add_registry(secret: Document, registry: str, password: str) -> None:
    """Write an entry into a pull Secret, as kubectl and people do it."""
    key = DATA_KEYS[secret["type"]]
    document = json.loads(base64.b64decode(secret["data"][key]))
    entries = document if key == ".dockercfg" else document["auths"]
    entries[registry] = {"auth": base64.b64encode(f"somebody:{password}".encode()).decode()}
    secret["data"][key] = base64.b64encode(json.dumps(document).encode()).decode()
