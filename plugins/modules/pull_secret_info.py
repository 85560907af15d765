#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pull_secret_info
short_description: Tell what is in pull Secrets, and what is wrong with them
version_added: 0.1.0
description:
  - Returns the registries and user names in pull Secrets, and never a secret.
  - Finds what keeps a kubelet from using them, such as a wrong type or data key, text that is not JSON, an C(auth) that is not
    base64, or a key that no image ever matches.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes.info_module
  - regcred.kubernetes._attributes.actiongroup_kubernetes
  - regcred.kubernetes._cluster
  - regcred.kubernetes._namespaces
options:
  names:
    description:
      - Names of the Secrets to look at, whatever their type.
      - Left out, all Secrets are looked at that are, or seem to be meant as, pull Secrets.
    type: list
    elements: str
    default: []
    aliases:
      - name
  missing_namespace:
    description:
      - Whether a plain name in O(namespaces) that does not exist fails the task.
    type: str
    choices: [skip, fail]
    default: skip
  unseen:
    description:
      - Whether the task fails on what it could not read, such as the Secrets of a namespace that the user may not list.
      - Without these, nothing found does not mean that nothing is wrong. What could be read is in the result all the same.
      - V(allow) makes a warning of it. RV(unseen) has everything in both cases.
    type: str
    choices: [fail, allow]
    default: fail
notes:
  - 'Rights that it needs: list on secrets.'
  - The role is in C(docs/rbac/pull_secret_info.yml), with what each verb is for,
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
seealso:
  - module: regcred.kubernetes.image_pull_info
  - module: regcred.kubernetes.pull_secret
"""

EXAMPLES = r"""
- name: Look at the pull Secrets of all namespaces
  regcred.kubernetes.pull_secret_info:
    namespaces: ["*"]
  register: found

- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ found.pull_secrets | selectattr('problems') | list }}"
"""

RETURN = r"""
msg:
  description: What was found, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "1 pull Secret: no problems"
pull_secrets:
  description: What was found, ordered by namespace and name.
  returned: when the API server answered
  type: list
  elements: dict
  contains:
    namespace:
      description: Where it is.
      type: str
      returned: always
    name:
      description: Its name.
      type: str
      returned: always
    type:
      description: Its type, such as C(kubernetes.io/dockerconfigjson).
      type: str
      returned: always
    owner:
      description: The declaration that owns it, V(null) when it is not managed by this collection.
      type: str
      returned: always
    immutable:
      description: Whether it is immutable.
      type: bool
      returned: always
    registries:
      description: Its credentials, as C(registry), C(username) and C(email).
      type: list
      elements: dict
      returned: always
    problems:
      description:
        - What is wrong, as C(code), C(severity) (V(error) or V(warning)), C(registry), C(message) and C(cure).
        - Codes are V(wrong_type), V(wrong_key), V(not_json), V(too_deep), V(bad_base64), V(no_colon), V(never_matches),
          V(suspicious_key), V(empty_credential), V(token_only), V(no_registries), V(copy_in_annotation) and V(wrong_json_type).
      type: list
      elements: dict
      returned: always
  sample:
    - namespace: team-a
      name: regcred
      type: kubernetes.io/dockerconfigjson
      owner: default
      immutable: false
      registries:
        - registry: quay.io
          username: example+robot
          email: ""
      problems: []
problem_count:
  description: Number of problems in all of them.
  returned: when the API server answered
  type: int
  sample: 0
report:
  description:
    - All problems for people, a line for each cause with the Secrets that share it.
  returned: when the API server answered
  type: list
  elements: str
  sample:
    - "warning: 2 Secrets (team-a/regcred, team-b/regcred): holds no credential; give it one, or take it off all lists"
unseen:
  description:
    - What could not be read, as C(kind), C(namespace) and C(reason).
    - Namespaces that do not exist are among it, and never fail the task; that is up to O(missing_namespace).
  returned: when the API server answered
  type: list
  elements: dict
  sample: []
unmatched:
  description:
    - What was asked for and matches nothing. Each is a warning as well.
    - It can be of O(namespaces), O(namespace_selector), O(rancher_project) and O(names).
  returned: when the API server answered
  type: list
  elements: str
  sample: ["namespaces: no namespace matches 'shop-*'"]
"""

import typing as t

from ..module_utils._domain.cluster.names import check_object_name
from ..module_utils._domain.pull_secret.report import Report
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import ArgumentSpec
from ..module_utils._edge.options.cluster import CLUSTER_SPEC, connect
from ..module_utils._edge.options.namespaces import NAMESPACE_SPEC, missing_namespace_spec, selection_from
from ..module_utils._edge.options.unseen import UNSEEN_SPEC, judged
from ..module_utils._edge.renderer import ShownProblem, counted, problem_lines
from ..module_utils._edge.result import Outcome
from ..module_utils._operations.report_pull_secrets import report_pull_secrets

SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("skip", "fail")
    + UNSEEN_SPEC
    + ArgumentSpec({"names": {"type": "list", "elements": "str", "default": [], "aliases": ["name"]}})
)


def run(edge: Edge) -> Outcome:
    names = edge.params["names"]
    for index, name in enumerate(names):
        check_object_name(name, where=f"names[{index}]")
    reports = report_pull_secrets(connect(edge.params, edge.secrets), selection_from(edge.params), names)
    failure, warnings = judged(reports.unseen, edge.params["unseen"])
    problems = _problems(reports.secrets)
    return Outcome(
        returned={
            "pull_secrets": reports.secrets,
            "problem_count": len(problems),
            "report": problem_lines(problems),
            "unseen": reports.unseen,
            "unmatched": reports.unmatched,
        },
        failure=failure,
        warnings=[*warnings, *reports.unmatched],
        message=f"{counted(len(reports.secrets), 'pull Secret')}: {counted(len(problems), 'problem') if problems else 'no problems'}",
    )


def _problems(reports: t.Iterable[Report]) -> list[ShownProblem]:
    """The worst first."""
    problems = [
        ShownProblem(
            row["severity"], "Secret", f"{report['namespace']}/{report['name']}", f"{row['message']}; {row['cure']}"
        )
        for report in reports
        for row in report["problems"]
    ]
    return sorted(problems, key=lambda problem: problem.severity != "error")


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
