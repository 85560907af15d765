"""
Another writer on a ServiceAccount, who plays by the rules: each write rests on what was read, and is repeated when somebody was faster.

Run as a process of its own: ``python -m tests.e2e.entry_writer KUBECONFIG KUBECTL NAMESPACE NAME ROUNDS``.
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

from tests.cluster.client import Client, Document
from tests.cluster.errors import ApiError
from tests.cluster.kubeconfig import read_kubeconfig

ATTEMPTS: t.Final = 500
LOST_RACES: t.Final = (409, 422)
"""What the server answers to an outdated resourceVersion, and to a JSON patch whose test failed."""


def write_entries(client: Client, path: str, name: str, rounds: int) -> None:
    """
    Add an entry of our own and take it away again, several times; the last one stays.

    Every other write is an update with the resourceVersion that was read, the others are JSON patches that test the list.

    Raises:
        AssertionError: Somebody took an entry of ours away, or brought one back.
    """
    mine: list[str] = []
    for number in range(rounds):
        mine = _write(client, path, name, mine, [f"{name}-{number}"], by_update=number % 2 == 0)


def _write(client: Client, path: str, name: str, mine: list[str], wanted: list[str], *, by_update: bool) -> list[str]:
    for _unused in range(ATTEMPTS):
        account = client.get(path)
        entries = [entry["name"] for entry in account.get("imagePullSecrets", [])]
        found = [entry for entry in entries if entry.startswith(f"{name}-")]
        assert found == mine, f"{name} wrote {mine} and finds {entries}"
        others = [entry for entry in entries if entry not in mine]
        target = [{"name": entry} for entry in others + wanted]
        try:
            if by_update:
                client.replace({**account, "imagePullSecrets": target})
            else:
                client.patch(path, _patch(account, target), kind="json")
        except ApiError as error:
            if error.status not in LOST_RACES:
                raise
        else:
            return wanted
    raise AssertionError(f"{name}: somebody was faster {ATTEMPTS} times")


def _patch(account: Document, target: list[dict[str, str]]) -> list[Document]:
    path = "/imagePullSecrets"
    if path[1:] not in account:
        test = {"op": "test", "path": "/metadata/resourceVersion", "value": account["metadata"]["resourceVersion"]}
        return [test, {"op": "add", "path": path, "value": target}]
    test = {"op": "test", "path": path, "value": account[path[1:]]}
    return [test, {"op": "replace", "path": path, "value": target}]


if __name__ == "__main__":
    kubeconfig, kubectl, namespace, writer, count = sys.argv[1:]
    write_entries(
        Client(read_kubeconfig(kubeconfig, Path(kubectl))),
        f"/api/v1/namespaces/{namespace}/serviceaccounts/default",
        writer,
        int(count),
    )
