# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull Secret in one namespace: its plan as a step, and the writes behind it."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.permission import Permission
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plan import Change
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret import (
    ObservedSecret,
    WantedSecret,
    manifest_of,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret_plan import (
    PlanRefused,
    SecretPlan,
    plan_secret,
    plan_secret_removal,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import Fingerprinter
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, secret_path, secrets_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.objects import secret_from
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.steps import Step, failing_step


class SecretLost(RegcredError):
    """The Secret is gone for now; the text, a clause about it, says why and what to do."""


ATTEMPTS = 100
"""How often a change is planned anew when other writers are faster; each time somebody got something done."""


def secret_step(
    api: KubeApi, wanted: WantedSecret, observed: ObservedSecret | None, namespace: str, marks: Fingerprinter
) -> Step:
    """The Secret as wanted."""
    try:
        plan = plan_secret(wanted, observed, namespace, marks)
    except PlanRefused as error:
        return failing_step("Secret", wanted.name, str(error))

    def plan_again(current: ObservedSecret | None) -> SecretPlan:
        return plan_secret(wanted, current, namespace, marks)

    return Step(plan.change, lambda: _write(api, plan, namespace, plan_again), _needs(plan, namespace))


def secret_removal_step(
    api: KubeApi, wanted: WantedSecret, observed: ObservedSecret, marks: Fingerprinter, reason: str
) -> Step:
    """No such Secret, if it is ours."""
    plan = plan_secret_removal(wanted, observed, marks, reason)

    def plan_again(current: ObservedSecret | None) -> SecretPlan:
        if current is None:
            return SecretPlan(plan.change)
        return plan_secret_removal(wanted, current, marks, reason)

    return Step(
        plan.change, lambda: _write(api, plan, observed.namespace, plan_again), _needs(plan, observed.namespace)
    )


def _needs(plan: SecretPlan, namespace: str) -> tuple[Permission, ...]:
    verbs = ("delete", "create") if plan.verb == "recreate" else (plan.verb,)
    name = plan.change.name
    return tuple(
        Permission(verb, "secrets", namespace, "" if verb == "create" else name) for verb in verbs if verb != "none"
    )


def _write(
    api: KubeApi, plan: SecretPlan, namespace: str, plan_again: t.Callable[[ObservedSecret | None], SecretPlan]
) -> Change:
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            _send(api, plan, namespace)
        except (AlreadyExists, Conflict, NotFound) as error:
            if attempts_left == 0 or (isinstance(error, NotFound) and plan.verb == "create"):
                raise
            plan = plan_again(_read(api, namespace, plan.change.name))
        else:
            break
    return plan.change


def _send(api: KubeApi, plan: SecretPlan, namespace: str) -> None:
    path = secret_path(namespace, plan.change.name)
    if plan.verb == "create":
        api.create(secrets_path(namespace), plan.body)
    elif plan.verb == "patch":
        api.merge_patch(path, plan.body)
    elif plan.verb == "delete" and plan.observed:
        api.delete(path, uid=plan.observed.uid, resource_version=plan.observed.resource_version)
    elif plan.verb == "recreate" and plan.observed:
        _recreate(api, plan.observed, plan.body, path)


def _recreate(api: KubeApi, observed: ObservedSecret, manifest: t.Mapping[str, t.Any], path: str) -> None:
    """Delete and create; when the new one is refused, the old one is put back."""
    api.delete(path, uid=observed.uid, resource_version=observed.resource_version)
    try:
        api.create(secrets_path(observed.namespace), manifest)
    except AlreadyExists:
        raise
    except RegcredError as refusal:
        try:
            api.create(secrets_path(observed.namespace), manifest_of(observed))
        except RegcredError as error:
            raise SecretLost(
                f"was deleted to be created again, and neither the new one ({refusal}) nor the old one ({error})"
                " could be created; run again"
            ) from error
        raise


def _read(api: KubeApi, namespace: str, name: str) -> ObservedSecret | None:
    try:
        return secret_from(api.get(secret_path(namespace, name)))
    except NotFound:
        return None
