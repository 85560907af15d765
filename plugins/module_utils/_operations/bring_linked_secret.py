# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull Secret and the links to it in one namespace, as one plan: the Secret comes before its links, and goes after them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._domain.cluster.ownership import ownership_labels
from .._domain.cluster.service_account import ServiceAccount, Usage, WantedLinks
from .._domain.pull_secret.secret import ObservedSecret, WantedSecret
from .._domain.secret_text import Fingerprinter
from .._kube.api import KubeApi
from .carry_out import Step
from .link_service_accounts import ServiceAccountChoice, account_steps, birth_step, link_step, removal_order
from .write_pull_secret import secret_removal_step, secret_step


@dataclass(frozen=True)
class LinkedSecret:
    """
    What is wanted in a namespace.

    Attributes:
        secret: The pull Secret.
        accounts: The ServiceAccounts that are linked to it; ``None`` where links are left as they are.
        usages: In which of their lists.
    """

    secret: WantedSecret
    accounts: ServiceAccountChoice | None = None
    usages: tuple[Usage, ...] = ("pull",)

    def links(self, *, present: bool = True) -> WantedLinks:
        """The references on its ServiceAccounts."""
        return WantedLinks((self.secret.name,), self.usages, present=present, owner=self.secret.owner)


def coming_steps(
    api: KubeApi,
    wanted: LinkedSecret,
    namespace: str,
    observed: ObservedSecret | None,
    chosen: t.Sequence[ServiceAccount],
    came: t.Mapping[tuple[str, str], ServiceAccount] | None,
    marks: Fingerprinter,
) -> tuple[Step, ...]:
    """
    The Secret, then its links, in a namespace that is there.

    Args:
        observed: The Secret as it is.
        chosen: The ServiceAccounts that are there and chosen.
        came: As for :func:`.link_service_accounts.account_steps`.
    """
    first = secret_step(api, wanted.secret, observed, namespace, marks)
    if wanted.accounts is None or _is_without(observed, first):
        return (first,)
    return (first, *account_steps(api, wanted.links(), wanted.accounts, namespace, chosen, came))


def steps_in_new_namespace(
    api: KubeApi, wanted: LinkedSecret, namespace: str, marks: Fingerprinter
) -> tuple[Step, ...]:
    """The Secret, then ServiceAccounts that are linked from birth: no controller has made one there yet."""
    first = secret_step(api, wanted.secret, None, namespace, marks)
    if wanted.accounts is None or _is_without(None, first):
        return (first,)
    labels = ownership_labels(wanted.secret.owner)
    names = wanted.accounts.names_from_birth
    return (first, *(birth_step(api, wanted.links(), namespace, name, labels) for name in names))


def _is_without(observed: ObservedSecret | None, first: Step) -> bool:
    """Whether there is no Secret, and none to make: registries that are only to be taken out of it make none."""
    return observed is None and first.planned.action == "unchanged"


def leaving_steps(
    api: KubeApi,
    wanted: LinkedSecret,
    observed: ObservedSecret | None,
    accounts: t.Iterable[ServiceAccount],
    marks: Fingerprinter,
    reason: str,
) -> tuple[Step, ...]:
    """
    The links, then the Secret: a run that is cut short in between finds the rest next time.

    A Secret that stays, being somebody else's, keeps its links. Where there is none, a link to its name may be anybody's,
    so only what this owner is known to have added goes.

    Args:
        observed: The Secret as it is.
        accounts: The ServiceAccounts that may be linked to it.
        reason: Why the Secret goes.
    """
    links = replace(wanted.links(present=False), added_only=observed is None)
    steps = [link_step(api, links, account) for account in accounts]
    if observed is None:
        return tuple(removal_order(steps))
    removal = secret_removal_step(api, wanted.secret, observed, marks, reason)
    goes = removal.planned.action == "deleted" or (removal.planned.action == "failed" and observed.is_terminating)
    return tuple(removal_order([*steps, removal])) if goes else (removal,)
