# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there, read in bulk: a LIST over all namespaces, or, for users who may not do that, one a namespace."""

from __future__ import annotations

import time
import typing as t

from .._domain.cluster.names import NamePatterns, is_glob
from .._domain.cluster.node import ClusterNode
from .._domain.cluster.service_account import ServiceAccount
from .._domain.errors import InvalidInput
from .._domain.pull_secret.kept import KEPT_TYPE, with_kept
from .._domain.pull_secret.secret import ObservedSecret
from .._kube.api import NODES, KubeApi, Object, secrets_path, service_accounts_path
from .._kube.errors import ApiError, Forbidden, Invalid, NotFound
from .._kube.objects import kept_from, node_from, secret_from, service_account_from

POLL_SECONDS = 0.5
A_FEW = 16
"""Up to so many namespaces can be listed one by one: the objects of a whole cluster may be a lot to read for them."""
NAMES_BY_FIELD = 8
"""Up to so many names are asked for by name, beyond that everything is read once."""
_NODE_PAGE = 500
"""With the images that a kubelet reports, a node has about 20 kB."""

AT_WORK_SECONDS = 600
"""How long a delete and a create take at most, with all attempts, and what clocks may differ."""

Unseen = t.Dict[str, str]
"""What could not be read: ``kind``, ``namespace``, ``reason``."""


class Placed(t.Protocol):
    """An object in a namespace."""

    @property
    def namespace(self) -> str:
        """Where."""

    @property
    def name(self) -> str:
        """Of the object."""


Found = t.TypeVar("Found", bound=Placed)
Read = t.TypeVar("Read")


class Observation(t.Generic[Found]):
    """
    Objects by namespace and name, and the namespaces that could not be read.

    Args:
        found: The objects.
        unreadable: Why a namespace could not be read, by its name.
        is_complete: Whether namespaces that were not asked for were seen as well.
    """

    def __init__(self, found: t.Iterable[Found], unreadable: t.Mapping[str, str], *, is_complete: bool) -> None:
        self.by_place: dict[tuple[str, str], Found] = {(each.namespace, each.name): each for each in found}
        self.unreadable = unreadable
        self.is_complete = is_complete
        self._by_namespace: dict[str, list[Found]] = {}
        for each in self.by_place.values():
            self._by_namespace.setdefault(each.namespace, []).append(each)

    def get(self, namespace: str, name: str) -> Found | None:
        """The object, ``None`` when there is none."""
        return self.by_place.get((namespace, name))

    def in_namespace(self, namespace: str) -> list[Found]:
        """All objects that were found in a namespace."""
        return self._by_namespace.get(namespace, [])


def unseen_rows(kind: str, unreadable: t.Mapping[str, str]) -> list[Unseen]:
    """A row for each namespace whose objects of a kind could not be read; the values say why."""
    return [{"kind": kind, "namespace": namespace, "reason": reason} for namespace, reason in unreadable.items()]


def observe(
    api: KubeApi, read: t.Callable[[str], list[Found]], namespaces: t.Sequence[str], *, everywhere: bool = True
) -> Observation[Found]:
    """Read objects that have a namespace and a name; arguments and errors as :func:`read_namespaces`."""
    found, unreadable, is_complete = read_namespaces(api, read, namespaces, everywhere=everywhere)
    return Observation(found, unreadable, is_complete=is_complete)


def read_namespaces(
    api: KubeApi, read: t.Callable[[str], list[Read]], namespaces: t.Sequence[str], *, everywhere: bool = True
) -> tuple[list[Read], dict[str, str], bool]:
    """
    Read something in all namespaces at once, or, where the user may not, in each.

    Args:
        read: Lists one namespace, or all when its argument is empty.
        namespaces: Where it matters.
        everywhere: ``False`` to list these namespaces alone even if the user may list all.

    Returns:
        What was read; why a namespace could not be read, by its name; and whether all namespaces were read.

    Raises:
        Invalid: The API server refuses the question.
        ApiError: It could not be asked at all.
    """
    if everywhere:
        try:
            return read(""), {}, True
        except Forbidden:
            pass

    def read_one(namespace: str) -> list[Read] | str:
        try:
            return read(namespace)
        except NotFound:
            return []
        except Invalid:  # it is the question that is refused, and will be everywhere
            raise
        except ApiError as error:
            return str(error)

    answers = dict(zip(namespaces, api.at_once(read_one, namespaces)))
    unreadable = {namespace: answer for namespace, answer in answers.items() if isinstance(answer, str)}
    return [each for answer in answers.values() if not isinstance(answer, str) for each in answer], unreadable, False


def observe_secrets(
    api: KubeApi, names: t.Collection[str], namespaces: t.Sequence[str], *, kept: bool = True
) -> Observation[ObservedSecret]:
    """
    The Secrets of these names.

    Args:
        names: Names of Secrets.
        namespaces: Where they matter; those elsewhere are found as well where the user may list them.
        kept: Whether to look for what an interrupted run left of them, too.

    Raises:
        ApiError: The API server could not be asked at all.
    """
    wanted = frozenset(names)
    selectors = [f"metadata.name={name}" for name in wanted] if len(wanted) <= NAMES_BY_FIELD else [""]

    def keep(item: Object) -> ObservedSecret | None:
        return secret_from(item) if item["metadata"]["name"] in wanted else None

    def read(namespace: str) -> list[ObservedSecret]:
        path = secrets_path(namespace)
        found = [each for selector in selectors for each in api.collect(path, keep, field_selector=selector)]
        return _with_all_kept(api, path, wanted, found) if kept else found

    return observe(api, read, namespaces)


def _with_all_kept(
    api: KubeApi, path: str, names: t.Collection[str], found: list[ObservedSecret]
) -> list[ObservedSecret]:
    """With what interrupted runs left of these Secrets, where that may be known: not with rights on single names."""
    try:
        kept = api.collect(path, kept_from, field_selector=f"type={KEPT_TYPE}")
    except Forbidden:
        return found
    by_place: dict[tuple[str, str], ObservedSecret] = {(each.namespace, each.name): each for each in found}
    for each in (one for one in kept if one.secret.name in names):
        place = (each.secret.namespace, each.secret.name)
        current = with_kept(by_place.get(place), each, recent())
        if current is not None:
            by_place[place] = current
    return list(by_place.values())


def recent() -> str:
    """The time, as ``creationTimestamp`` has it, after which a run may still be between a delete and a create."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - AT_WORK_SECONDS))


def observe_secrets_by_field(
    api: KubeApi, field_selector: str, namespaces: t.Sequence[str]
) -> Observation[ObservedSecret]:
    """The Secrets that a field selector finds, as :func:`observe_secrets`."""

    def read(namespace: str) -> list[ObservedSecret]:
        return api.collect(secrets_path(namespace), secret_from, field_selector=field_selector)

    return observe(api, read, namespaces)


def observe_service_accounts(
    api: KubeApi,
    patterns: t.Collection[str],
    namespaces: t.Sequence[str],
    selector: str = "",
    *,
    everywhere: bool = True,
) -> Observation[ServiceAccount]:
    """
    The ServiceAccounts of these names.

    Args:
        patterns: Names and globs.
        namespaces: Where they matter.
        selector: A label selector that they must match as well.
        everywhere: As :func:`read_namespaces`, and so are errors.
    """
    by_name = len(patterns) <= NAMES_BY_FIELD and not any(is_glob(pattern) for pattern in patterns)
    fields = [f"metadata.name={name}" for name in patterns] if by_name else [""]
    chosen = NamePatterns(patterns)

    def keep(item: Object) -> ServiceAccount | None:
        return service_account_from(item) if chosen.match(item["metadata"]["name"]) else None

    def read(namespace: str) -> list[ServiceAccount]:
        path = service_accounts_path(namespace)
        return [
            found
            for field_selector in fields
            for found in api.collect(path, keep, field_selector=field_selector, label_selector=selector)
        ]

    return observe(api, read, namespaces, everywhere=everywhere)


def observe_secret_names(
    api: KubeApi, names: t.Collection[str], namespaces: t.Sequence[str]
) -> set[tuple[str, str]] | None:
    """
    Which of these Secrets exist, as ``(namespace, name)``, without reading their contents.

    Returns:
        ``None`` when the user may not know.
    """
    existing: set[tuple[str, str]] = set()
    try:
        for name in names:
            items = api.list_all(secrets_path(), field_selector=f"metadata.name={name}", metadata_only=True)
            existing.update((item["metadata"]["namespace"], name) for item in items)
    except Forbidden:
        return _secret_names_by_namespace(api, names, namespaces)
    return existing


def wait_for_service_accounts(
    api: KubeApi,
    missing: t.Collection[tuple[str, str]],
    seconds: float,
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> dict[tuple[str, str], ServiceAccount]:
    """
    Give the controller that makes ServiceAccounts some time.

    Args:
        missing: What is waited for, as ``(namespace, name)``.
        seconds: How long at most.

    Returns:
        Those that came.
    """
    came: dict[tuple[str, str], ServiceAccount] = {}
    end = clock() + min(seconds, api.deadline.left())
    while len(came) < len(missing) and clock() < end:
        sleep(POLL_SECONDS)
        left = [place for place in missing if place not in came]
        observed = observe_service_accounts(
            api, sorted({place[1] for place in left}), sorted({place[0] for place in left})
        )
        came.update((place, observed.by_place[place]) for place in left if place in observed.by_place)
    return came


def _secret_names_by_namespace(
    api: KubeApi, names: t.Collection[str], namespaces: t.Sequence[str]
) -> set[tuple[str, str]] | None:
    def read(namespace: str) -> list[tuple[str, str]] | None:
        try:
            items = api.list_all(secrets_path(namespace), metadata_only=True)
        except Forbidden:
            return None
        return [(namespace, item["metadata"]["name"]) for item in items if item["metadata"]["name"] in names]

    answers = api.at_once(read, namespaces)
    if any(answer is None for answer in answers):
        return None
    return {place for answer in answers for place in answer or ()}


def observe_nodes(
    api: KubeApi, *, label_selector: str = "", field_selector: str = "", option: str = "label_selector"
) -> list[ClusterNode]:
    """
    The nodes of a cluster, by name.

    Args:
        label_selector: As kubectl takes it, empty for all.
        field_selector: As kubectl takes it, empty for all; the API server knows ``metadata.name`` and ``spec.unschedulable``.
        option: What the user calls ``label_selector``.

    Raises:
        InvalidInput: The API server cannot read a selector.
        ApiError: The API server could not be asked, or does not allow it.
    """
    try:
        nodes = api.collect(
            NODES, node_from, label_selector=label_selector, field_selector=field_selector, page=_NODE_PAGE
        )
    except Invalid as refusal:
        given = " and ".join(
            f"{name} {value!r}"
            for name, value in ((option, label_selector), ("field_selector", field_selector))
            if value
        )
        if not given:
            raise
        raise InvalidInput(
            given,
            f"the API server cannot read it ({refusal.message})",
            "write it as for kubectl get nodes, such as 'pool=build,!node-role.kubernetes.io/control-plane'",
        ) from refusal
    return sorted(nodes, key=lambda node: node.name)
