#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_pull_info
short_description: Explain which credentials a kubelet tries for an image, and why a pull fails
version_added: 0.1.0
description:
  - Shows for each image which credentials a kubelet tries, in which order, and where they come from; never a secret.
  - Finds what is wrong with pull Secrets, with links on ServiceAccounts, and with the lists that Pods got when they were created.
  - Looks at Pods that are there (O(selector)), at workloads (O(kinds)), or at images that somebody asks about (O(images)).
  - Answers come from the objects that the API server has and from the kubelet's own rules; nothing is pulled.
  - It lists Pods or O(kinds), ServiceAccounts, Secrets that these name, and events where a Pod fails. Users who may not list one of
    these get what can be known without, in RV(unseen) what is missing, and a failed task or a warning, as O(unseen) says.
  - What a kubelet or an event says is repeated without the secrets of the Secrets in that namespace, however they are quoted; Secrets
    that the user may not read cannot be recognised.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes.info_module
  - regcred.kubernetes._attributes.actiongroup_kubernetes
  - regcred.kubernetes._cluster
  - regcred.kubernetes._namespaces
options:
  images:
    description:
      - Images to ask about, as a Pod would name them, for each of the O(service_accounts) in each namespace.
      - Left out, the Pods and workloads are looked at that are there.
    type: list
    elements: str
    aliases:
      - image
  service_accounts:
    description:
      - Names and globs of the ServiceAccounts that Pods with O(images) would have. Without O(images), it does not count.
    type: list
    elements: str
    default: [default]
  image_pull_secrets:
    description:
      - The C(imagePullSecrets) that Pods with O(images) would have of their own; if there are any, those of the ServiceAccount do not
        count. Without O(images), it does not count.
    type: list
    elements: str
    default: []
  kinds:
    description:
      - What to look at without O(images). Pods that have ended, and objects that are being deleted, are left out.
      - Of a workload its template is looked at, which says what becomes of its next Pod.
    type: list
    elements: str
    choices: [Pod, Deployment, StatefulSet, DaemonSet, Job, CronJob]
    default: [Pod]
  selector:
    description:
      - Label selector for Pods and workloads, as C(kubectl get --selector) takes it.
    type: str
  node_config_json:
    description:
      - The C(config.json) that kubelets have on the nodes. Its credentials are tried after those of Secrets.
      - An API server does not know it, so that without this option nothing of it is in the result.
      - What credential provider programs of a kubelet add is not known here.
    type: json
  missing_namespace:
    description:
      - Whether a plain name in O(namespaces) that does not exist fails the task.
    type: str
    choices: [skip, fail]
    default: skip
  unseen:
    description:
      - Whether the task fails on what it could not read, such as Secrets that the user may not list.
      - Without these, nothing found does not mean that nothing is wrong. What could be read is in the result all the same.
      - V(allow) makes a warning of it. RV(unseen) has everything in both cases.
      - Events only add to what is found without them, so their lack is a warning in both cases.
    type: str
    choices: [fail, allow]
    default: fail
notes:
  - 'Rights that it needs: list on secrets, serviceaccounts, pods, events; list on deployments, statefulsets, daemonsets; list on
    jobs, cronjobs.'
  - The role is in C(docs/rbac/image_pull_info.yml), with what each verb is for,
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
seealso:
  - module: regcred.kubernetes.pull_secret_info
  - module: regcred.kubernetes.service_account_link
"""

EXAMPLES = r"""
- name: Ask what a Pod of team-a would pull an image with
  regcred.kubernetes.image_pull_info:
    namespaces: [team-a]
    images: [quay.io/example/app:1.4]
  register: foreseen

- name: Stop when it would be pulled anonymously
  ansible.builtin.assert:
    that: foreseen.pulls | map(attribute="verdict") | unique == ["credentials"]

- name: Find everything that is wrong with pulls in a cluster
  regcred.kubernetes.image_pull_info:
    namespaces: ["*"]
    kinds: [Pod, Deployment, StatefulSet, DaemonSet, CronJob]
  register: cluster

- name: Show the errors
  ansible.builtin.debug:
    msg: "{{ item.namespace }} {{ item.kind }}/{{ item.name }}: {{ item.message }}; {{ item.cure }}"
  loop: "{{ cluster.findings | selectattr('severity', 'eq', 'error') }}"
  loop_control:
    label: "{{ item.code }}"
"""

RETURN = r"""
msg:
  description: What was found, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "1 pull: 1 credentials; findings: 1 warning"
pulls:
  description: A row for each image, list of Secrets and ServiceAccount in a namespace.
  returned: when the API server answered
  type: list
  elements: dict
  contains:
    namespace:
      description: The namespace of the objects that pull.
      type: str
      returned: always
    image:
      description: The image as it is written, without a password that stands before the registry's host.
      type: str
      returned: always
    repository:
      description: What credentials are looked up for, such as C(docker.io/library/nginx); empty for an invalid image.
      type: str
      returned: always
    service_account:
      description: The ServiceAccount.
      type: str
      returned: always
    objects:
      description: What pulls the image so, as C(Pod/web-1) or C(Deployment/web). Empty for O(images).
      type: list
      elements: str
      returned: always
    pull_policy:
      description:
        - C(imagePullPolicy), as it stands or as the API server will set it.
        - With V(Never) nothing is pulled. A kubelet that verifies compares RV(pulls[].credentials) with those that the image was pulled
          with; whether an image that it did not pull itself is for all Pods or for none is a setting of the node
          (C(imagePullCredentialsVerificationPolicy)).
      type: str
      returned: always
    secrets_from:
      description:
        - Whose list of Secrets applies, V(pod) or V(service_account); V(none) when it is empty, V(unknown) when it could not be seen.
        - A Pod's own list that equals its ServiceAccount's counts as V(service_account); where ServiceAccounts may not be read, as V(pod).
      type: str
      returned: always
    secrets:
      description: That list.
      type: list
      elements: str
      returned: always
    verdict:
      description:
        - V(credentials) when RV(pulls[].credentials) are tried, one after the other, until one succeeds, and no anonymous pull follows.
        - V(anonymous) when none matches, and the image is pulled without one.
        - V(blocked) when nothing is tried, because a Secret cannot be read or the image's name is invalid.
        - V(unknown) when what decides could not be seen.
      type: str
      returned: always
    credentials:
      description:
        - What is tried, in order, as C(order), C(registry) (the key in its document), C(from) (V(secret) or V(node)), C(secret) (its name)
          and C(username) (with U+FFFD for bytes that are no UTF-8). Those with an equal C(order) are tried in an order that the kubelet
          leaves to chance.
      type: list
      elements: dict
      returned: always
  sample:
    - namespace: team-a
      image: quay.io/example/app:1.4
      repository: quay.io/example/app
      service_account: default
      objects: [Pod/app-5d9c-x2x7k]
      pull_policy: IfNotPresent
      secrets_from: service_account
      secrets: [regcred]
      verdict: credentials
      credentials:
        - order: 1
          registry: quay.io
          from: secret
          secret: regcred
          username: example+robot
findings:
  description:
    - What is wrong, the worst first, as C(code), C(severity), C(namespace), C(kind), C(name), C(image), C(message), C(cure) and C(events).
    - C(severity) is V(error) when pulls fail of it, V(warning) when they may, V(info) when it may be as it should.
    - Codes about Pods and workloads (or a ServiceAccount that is asked about) are V(pull_failing) (a container waits for its image;
      C(events) has what its events say, the last first), V(pulls_blocked) (a Secret cannot be read, which fails every pull of the Pod),
      V(invalid_image), V(missing_service_account), V(no_credential), V(created_before_link) (a Pod keeps the list it
      was created with), V(service_account_ignored) (a list of its own hides the ServiceAccount's), V(shadowed) (a narrower credential is
      tried after a broader one, or not at all), V(mutable_tag) (a tag such as C(latest) or C(main) with the policy
      C(IfNotPresent)), V(sent_elsewhere) (Docker Hub's credential is sent to another registry) and
      V(order_by_chance).
    - Of Pods with equal specs, which are mostly copies, the first is named; RV(pulls[].objects) has them all. What is not the same for all,
      V(pull_failing), V(created_before_link) and V(service_account_ignored), is reported for each.
    - Codes about lists are V(duplicate_link) and V(empty_link).
    - Codes about Secrets are V(missing_secret), once however many lists name it, and those of M(regcred.kubernetes.pull_secret_info).
  returned: when the API server answered
  type: list
  elements: dict
  sample:
    - code: missing_secret
      severity: warning
      namespace: team-a
      kind: Secret
      name: old
      image: ""
      message: does not exist, so kubelets pass over it; it is named by ServiceAccount default
      cure: create it (pull_secret), or take its name off the lists
      events: []
report:
  description:
    - RV(findings) for people, a line for each cause with the objects that share it, the worst first.
  returned: when the API server answered
  type: list
  elements: str
  sample:
    - >-
      warning: Secret team-a/old: does not exist, so kubelets pass over it; it is named by ServiceAccount default;
      create it (pull_secret), or take its name off the lists
unseen:
  description:
    - What could not be read, as C(kind), C(namespace) and C(reason).
    - Namespaces that do not exist, or are being deleted, are among it, and never fail the task.
  returned: when the API server answered
  type: list
  elements: dict
  sample: []
unmatched:
  description:
    - What was asked for and matches nothing. Each is a warning as well.
    - It can be of O(namespaces), O(namespace_selector), O(rancher_project), O(service_accounts) and O(selector).
  returned: when the API server answered
  type: list
  elements: str
  sample: ["namespaces: no namespace matches 'shop-*'"]
summary:
  description: Numbers of rows, of each verdict, and of findings by severity.
  returned: when the API server answered
  type: dict
  sample: {pulls: 1, credentials: 1, anonymous: 0, blocked: 0, unknown: 0, errors: 0, warnings: 1, infos: 0}
"""

import typing as t
from collections import Counter

from ..module_utils._domain.cluster.names import check_object_name, is_glob
from ..module_utils._domain.docker_config.config import DockerConfig, DockerConfigError, parse_docker_config
from ..module_utils._domain.errors import InvalidInput
from ..module_utils._domain.finding import Finding
from ..module_utils._domain.pull.puller import TEMPLATE_KINDS
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import ArgumentSpec
from ..module_utils._edge.options.cluster import CLUSTER_SPEC, connect
from ..module_utils._edge.options.credentials import register_document
from ..module_utils._edge.options.images import check_images
from ..module_utils._edge.options.namespaces import (
    NAMESPACE_SPEC,
    missing_namespace_spec,
    selection_from,
    selector_from,
)
from ..module_utils._edge.options.unseen import UNSEEN_SPEC, judged
from ..module_utils._edge.renderer import ShownProblem, counted, problem_lines
from ..module_utils._edge.result import Outcome
from ..module_utils._edge.secrets import SecretRegister
from ..module_utils._operations.explain_image_pulls import AskedPods, Explained, RunningPods, explain_image_pulls

_VERDICTS = ("credentials", "anonymous", "blocked", "unknown")
KINDS = ("Pod", *TEMPLATE_KINDS)

SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("skip", "fail")
    + UNSEEN_SPEC
    + ArgumentSpec(
        {
            "images": {"type": "list", "elements": "str", "aliases": ["image"]},
            "service_accounts": {"type": "list", "elements": "str", "default": ["default"]},
            "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "kinds": {"type": "list", "elements": "str", "choices": list(KINDS), "default": ["Pod"]},
            "selector": {"type": "str"},
            "node_config_json": {"type": "json", "no_log": True},
        },
        mutually_exclusive=(("images", "selector"),),
    )
)


def run(edge: Edge) -> Outcome:
    params = edge.params
    subject = _subject(params, edge.secrets)
    node = _node_document(params["node_config_json"], edge.secrets)
    explained = explain_image_pulls(connect(edge.params, edge.secrets), selection_from(params), subject, node)
    failure, warnings = judged(explained.unseen, params["unseen"])
    summary = _summary(explained)
    return Outcome(
        returned={
            "pulls": explained.pulls,
            "findings": [finding.as_dict() for finding in explained.findings],
            "report": problem_lines([_problem(finding) for finding in explained.findings]),
            "unseen": explained.unseen,
            "unmatched": explained.unmatched,
            "summary": summary,
        },
        failure=failure,
        warnings=[*explained.unmatched, *warnings],
        message=_message(summary),
    )


def _subject(params: t.Mapping[str, t.Any], secrets: SecretRegister) -> AskedPods | RunningPods:
    for option, instead in (("images", "what is there"), ("service_accounts", "default"), ("kinds", "Pods")):
        if params[option] is not None and not params[option]:
            raise InvalidInput(option, "is empty", f"give at least one, or leave it out for {instead}")
    if params["images"] is None:
        return RunningPods(tuple(dict.fromkeys(params["kinds"])), selector_from(params, "selector"))
    check_images(params["images"], secrets)  # what is no image is a finding
    for option in ("service_accounts", "image_pull_secrets"):
        for index, name in enumerate(params[option]):
            if not (option == "service_accounts" and is_glob(name)):
                check_object_name(name, where=f"{option}[{index}]")
    return AskedPods(*(tuple(params[option]) for option in ("images", "service_accounts", "image_pull_secrets")))


def _node_document(text: str | None, secrets: SecretRegister) -> DockerConfig | None:
    if text is None:
        return None
    secrets.add(text)
    try:
        document = parse_docker_config(text, "dockerconfigjson")
    except DockerConfigError as error:
        cure = "give the config.json that a kubelet reads; one that it cannot read it passes over"
        raise InvalidInput("node_config_json", str(error), cure) from None
    register_document(document, secrets)
    return document


def _problem(finding: Finding) -> ShownProblem:
    name = f"{finding.namespace}/{finding.name}"
    return ShownProblem(finding.severity, finding.kind, name, f"{finding.message}; {finding.cure}", finding.image)


def _summary(explained: Explained) -> dict[str, int]:
    verdicts = Counter(row["verdict"] for row in explained.pulls)
    severities = Counter(finding.severity for finding in explained.findings)
    return {
        "pulls": len(explained.pulls),
        **{verdict: verdicts[verdict] for verdict in _VERDICTS},
        "errors": severities["error"],
        "warnings": severities["warning"],
        "infos": severities["info"],
    }


def _message(summary: t.Mapping[str, int]) -> str:
    verdicts = [f"{summary[verdict]} {verdict}" for verdict in _VERDICTS if summary[verdict]]
    found = [counted(summary[f"{noun}s"], noun) for noun in ("error", "warning", "info") if summary[f"{noun}s"]]
    pulls = f"{counted(summary['pulls'], 'pull')}{': ' if verdicts else ''}{', '.join(verdicts)}"
    return f"{pulls}; findings: {', '.join(found) or 'none'}"


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
