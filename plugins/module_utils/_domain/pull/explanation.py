# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pulls of a namespace, explained: what each image is pulled with, and what is wrong."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..docker_config.keyring import Keyring
from ..finding import Finding
from ..pull_secret.report import report_secret
from .findings import (
    Place,
    blocked_finding,
    failure_finding,
    hidden_link_finding,
    place_of,
    pull_findings,
    would_be_helped,
)
from .outcome import Pull, Sources, credential_rows, pull_of, sources_of
from .puller import PodSpec, Puller
from .secret_list import NamespaceView, SecretList, list_findings, list_of, missing_secret

Row = t.Dict[str, t.Any]


@dataclass
class Explanation:
    """
    What pulls in a namespace, and what is wrong with it.

    Attributes:
        pulls: A row an image, list of Secrets and ServiceAccount, with the objects that pull it so.
        findings: What is wrong, in no order, and possibly twice.
    """

    pulls: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def explain_namespace(view: NamespaceView, pullers: t.Iterable[Puller], node: Keyring | None) -> Explanation:
    """
    Explain what pulls in a namespace.

    Args:
        view: What could be seen of it.
        pullers: What pulls; Pods with equal specs are explained once.
        node: The keyring of the nodes' file, where it is known.
    """
    work = _Work(view, node)
    groups: dict[tuple[bool, PodSpec], list[Puller]] = {}
    for puller in pullers:
        groups.setdefault((puller.is_admitted, puller.spec), []).append(puller)
    for group in groups.values():
        work.explain(group)
    work.explain_accounts()
    work.explain_secrets()
    return work.explanation


class _Work:
    def __init__(self, view: NamespaceView, node: Keyring | None) -> None:
        self.explanation = Explanation()
        self._view = view
        self._node = node
        self._sources: dict[SecretList, Sources] = {}
        self._rows: dict[tuple[str, SecretList, str, str], Row] = {}
        self._named_by: dict[str, dict[str, None]] = {}

    def explain(self, group: t.Sequence[Puller]) -> None:
        """Add rows and findings of pullers that have equal specs."""
        first = group[0]
        listed = list_of(first, self._view)
        sources = self._sources_of(listed)
        pulls = dict.fromkeys(pull_of(container, sources) for container in first.spec.images)
        for pull in pulls:
            self._add_row(pull, listed, group)
        for puller in [first] if first.is_admitted else group:
            self._explain_one(puller, listed, sources, pulls)
        links = self._view.links_of(first.spec.service_account) or ()
        linked = self._sources_of(SecretList(links, "service_account"))
        helped = [pull for pull in pulls if would_be_helped(pull, linked)]
        for puller in group:
            self.explanation.findings += [hidden_link_finding(pull, links, listed, puller) for pull in helped]
            self.explanation.findings += [failure_finding(puller, failure, sources) for failure in puller.failures]

    def _explain_one(self, puller: Puller, listed: SecretList, sources: Sources, pulls: t.Iterable[Pull]) -> None:
        """What is wrong with one of them; of Pods with equal specs, which are mostly copies, the first speaks for all."""
        holder = place_of(puller)
        if listed.origin == "pod":
            self._check_list(listed.names, holder)
        self.explanation.findings += [*self._account_finding(puller), *blocked_finding(sources, holder)]
        for pull in pulls:
            self.explanation.findings += pull_findings(pull, sources, listed, holder)

    def explain_accounts(self) -> None:
        """The links of all ServiceAccounts that were looked at, used or not."""
        for account in (self._view.accounts or {}).values():
            holder = Place(account.namespace, "ServiceAccount", account.name)
            self._check_list(account.pull_secrets, holder, for_new_pods=True)

    def explain_secrets(self) -> None:
        """The Secrets that are named anywhere, there or not."""
        if self._view.secrets is None:
            return
        for name, holders in self._named_by.items():
            if name not in self._view.secrets:
                self.explanation.findings.append(missing_secret(self._view.namespace, name, list(holders)))
                continue
            for problem in report_secret(self._view.secrets[name])["problems"]:
                place = (self._view.namespace, "Secret", name)
                self.explanation.findings.append(
                    Finding(problem["code"], problem["severity"], *place, problem["message"], problem["cure"])
                )

    def _check_list(self, names: t.Sequence[str], holder: Place, *, for_new_pods: bool = False) -> None:
        is_asked_about = holder.kind == "ServiceAccount" and not for_new_pods
        for name in filter(None, names):
            whose = f"{'a Pod of ' if is_asked_about else ''}{holder.kind} {holder.name}"
            self._named_by.setdefault(name, {})[whose] = None
        self.explanation.findings += list_findings(
            self._view, names, holder.kind, holder.name, for_new_pods=for_new_pods
        )

    def _account_finding(self, puller: Puller) -> t.Iterator[Finding]:
        account = puller.spec.service_account
        if puller.is_admitted or self._view.accounts is None or account in self._view.accounts:
            return
        message = f"ServiceAccount {account} does not exist, so no Pod can be created with it"
        yield Finding("missing_service_account", "error", *place_of(puller), message, "create it, or correct the name")

    def _sources_of(self, listed: SecretList) -> Sources:
        if listed not in self._sources:
            self._sources[listed] = sources_of(self._view, listed, self._node)
        return self._sources[listed]

    def _add_row(self, pull: Pull, listed: SecretList, group: t.Sequence[Puller]) -> None:
        account = group[0].spec.service_account
        key = (account, listed, pull.image, pull.policy)
        if key not in self._rows:
            self._rows[key] = {
                "namespace": self._view.namespace,
                "service_account": account,
                "image": pull.image,
                "repository": pull.repository,
                "pull_policy": pull.policy,
                "secrets_from": listed.origin,
                "secrets": list(listed.names),
                "verdict": pull.verdict,
                "credentials": credential_rows(pull),
                "objects": [],
            }
            self.explanation.pulls.append(self._rows[key])
        self._rows[key]["objects"] += [f"{puller.kind}/{puller.name}" for puller in group if puller.kind]
