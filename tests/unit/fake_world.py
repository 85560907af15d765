"""A server in memory for a scenario."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    namespaces_path,
    service_accounts_path,
)
from tests.unit.fake_api import Allowed, FakeServer, Store


class FakeWorld:
    """What a scenario plays on; see ``scenarios.World``."""

    def __init__(self) -> None:
        self.store = Store()
        self.transport = FakeServer(self.store)
        self._numbers = itertools.count(1)

    def transport_of(self, allowed: t.Sequence[Allowed]) -> FakeServer:
        """The way of a user with these rights."""
        return FakeServer(self.store, allowed)

    def make_namespace(self) -> str:
        """A new namespace with its default ServiceAccount."""
        name = self.new_name()
        calls = KubeApi(self.transport, 1)
        calls.create(namespaces_path(), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        calls.create(
            service_accounts_path(name), {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        )
        return name

    def new_name(self) -> str:
        """A name that nothing has yet."""
        return f"name-{next(self._numbers)}"
