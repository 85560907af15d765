# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull Secret in one namespace: its plan as a step, and the writes behind it."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._domain.change import Action, Change
from .._domain.cluster.ownership import owner_of
from .._domain.errors import RegcredError, unforeseen
from .._domain.pull_secret.kept import finish, kept_manifest, kept_name, with_kept
from .._domain.pull_secret.plan import PlanRefused, SecretPlan, held_back, plan_secret, plan_secret_removal
from .._domain.pull_secret.secret import Keeper, ObservedSecret, WantedSecret, manifest_of
from .._domain.secret_text import Fingerprinter
from .._kube.api import KubeApi, Object, secret_path, secrets_path
from .._kube.errors import AlreadyExists, Conflict, Forbidden, NotFound, RequestError
from .._kube.objects import kept_from, secret_from
from .carry_out import ATTEMPTS, Step, check_changed, failing_step, write_beside_others
from .check_permissions import Permission
from .observe import recent


class SecretLost(RegcredError):
    """The Secret is gone for now; the text, a clause about it, says why and what to do."""


class NotKept(RegcredError):
    """What a Secret holds could not be kept beside it, so it was not deleted; the text says why and what to do."""


class StillThere(RegcredError):
    """The Secret was deleted and does not go; the text, a clause about it, says why and what to do."""


class StillKept(RegcredError):
    """What was kept of a Secret was deleted and does not go; the text, a clause that names it, says why and what to do."""


PlanAgain = t.Callable[[t.Optional[ObservedSecret]], SecretPlan]


def secret_step(
    api: KubeApi, wanted: WantedSecret, observed: ObservedSecret | None, namespace: str, marks: Fingerprinter
) -> Step:
    """The Secret as wanted; also one that an interrupted run deleted, with what it held."""

    def plan_again(current: ObservedSecret | None) -> SecretPlan:
        try:
            plan = plan_secret(wanted, current, namespace, marks)
        except PlanRefused as refusal:
            if current is None or current.is_there:
                raise
            # Whoever it belongs to gets it back as it was.
            plan = SecretPlan(Change("Secret", wanted.name, "skipped", str(refusal)), observed=current)
        return finish(plan, wanted, marks)

    try:
        plan = plan_again(observed)
    except PlanRefused as error:
        return failing_step("Secret", wanted.name, str(error))
    except Exception as error:  # noqa: BLE001  # what stands in one namespace must not keep the others from their Secret
        return failing_step("Secret", wanted.name, unforeseen(error))
    return _step(api, wanted, plan, namespace, plan_again)


def secret_removal_step(
    api: KubeApi, wanted: WantedSecret, observed: ObservedSecret, marks: Fingerprinter, reason: str
) -> Step:
    """No such Secret, if it is ours."""

    def plan_again(current: ObservedSecret | None) -> SecretPlan:
        if current is None:
            return SecretPlan(plan.change)
        again = plan_secret_removal(wanted, current, marks, reason)
        if again.verb == "delete" and current.is_terminating:
            raise StillThere(held_back(current.finalizers))
        return finish(again, wanted, marks)

    try:
        plan = plan_again(observed)
    except StillThere as error:
        return failing_step("Secret", wanted.name, str(error))
    except Exception as error:  # noqa: BLE001  # as for a Secret that is wanted
        return failing_step("Secret", wanted.name, unforeseen(error))
    return _step(api, wanted, plan, observed.namespace, plan_again)


def _step(api: KubeApi, wanted: WantedSecret, plan: SecretPlan, namespace: str, plan_again: PlanAgain) -> Step:
    ending = None
    if plan.verb == "create" and owner_of(plan.body["metadata"]["labels"]) != wanted.owner:
        # Nothing that a ServiceAccount is to be linked to, nor the credential that was asked for.
        action: Action = "skipped" if wanted.on_conflict == "skip" else "failed"
        ending = Change(
            "Secret", wanted.name, action, "what was put back is not this owner's; run again to see whose it is"
        )
    return Step(plan.change, lambda: _write(api, plan, namespace, plan_again), _needs(plan, namespace), ending=ending)


def _needs(plan: SecretPlan, namespace: str) -> tuple[Permission, ...]:
    """With ``get``, since on a conflict the Secret is read again."""
    if plan.verb == "none":
        return ()
    verbs = ("delete", "create") if plan.verb == "recreate" else (plan.verb,)
    names = (plan.change.name, kept_name(plan.change.name)) if plan.verb == "recreate" else (plan.change.name,)
    return tuple(
        Permission(verb, "secrets", namespace, "" if verb == "create" else name)
        for name in names
        for verb in ("get", *verbs)
    )


def _write(api: KubeApi, plan: SecretPlan, namespace: str, plan_again: PlanAgain) -> Change:
    try:
        return write_beside_others(
            plan,
            lambda plan: _send(api, plan, namespace),
            lambda: plan_again(_read(api, namespace, plan.change.name)),
            is_done=_is_done,
        )
    except (SecretLost, StillThere) as error:  # gone, or on its way out, which it was not when it was looked at
        return replace(plan.change, action="failed", reason=str(error), after={})


def _is_done(plan: SecretPlan, again: SecretPlan) -> bool:
    """Whether what is there now is what ``plan`` was to bring about."""
    if plan.verb == "delete" and plan.observed:
        return again.observed is None or again.observed.uid != plan.observed.uid
    return again.verb == "none" and again.change.action != "skipped"


def _send(api: KubeApi, plan: SecretPlan, namespace: str) -> str:
    """Make the change; what is not as it should be all the same, in words."""
    observed, path = plan.observed, secret_path(namespace, plan.change.name)
    if plan.verb == "recreate" and observed:
        return _recreate(api, observed, plan.body, path)
    keeper = observed.keeper if observed else None
    is_all = plan.verb == "none" or (plan.verb == "delete" and observed and not observed.is_there)
    if keeper and is_all:
        _delete_kept(api, namespace, keeper)
        return ""
    if plan.verb == "delete" and observed:
        # What was kept goes first, or a run that is ended in between leaves what the next puts back.
        note = _remove(api, namespace, keeper)
        _delete(api, path, observed)
        return note
    if plan.verb == "create":
        api.create(secrets_path(namespace), plan.body)
    elif plan.verb == "patch" and observed:
        check_changed(api.merge_patch(path, plan.body), observed.resource_version)
    return _remove(api, namespace, keeper)


def _recreate(api: KubeApi, observed: ObservedSecret, manifest: t.Mapping[str, t.Any], path: str) -> str:
    """
    Delete and create; when the new one is refused, the old one is put back.

    What the old one holds is kept in a second Secret from before the delete until after the create, so that whoever comes
    after a run that was interrupted in between can put it back.
    """
    keeper, is_new = _keep(api, observed)
    try:
        _delete(api, path, observed)
    except RequestError as error:
        is_gone = isinstance(error, NotFound)
        if not (is_gone and error.was_repeated):  # else it was our own delete, whose answer was lost
            if is_new and not is_gone and not error.was_repeated:
                _remove(api, observed.namespace, keeper)
            raise
    try:
        api.create(secrets_path(observed.namespace), manifest, is_finishing=True)
    except AlreadyExists:
        raise
    except RegcredError as refusal:
        _put_back(api, observed, refusal)
        _remove(api, observed.namespace, keeper)
        raise
    return _remove(api, observed.namespace, keeper)


def _put_back(api: KubeApi, observed: ObservedSecret, refusal: RegcredError) -> None:
    try:
        api.create(secrets_path(observed.namespace), manifest_of(observed), is_finishing=True)
    except AlreadyExists as error:  # by the create whose answer was lost, or by somebody else
        error.was_repeated = error.was_repeated or getattr(refusal, "was_repeated", False)
        raise
    except RegcredError as error:
        raise SecretLost(
            f"was deleted to be created again, and neither the new one ({refusal}) nor the old one ({error})"
            f" could be created; run again: what it held is kept in Secret {kept_name(observed.name)}"
        ) from error


def _keep(api: KubeApi, observed: ObservedSecret) -> tuple[Keeper, bool]:
    """The second Secret, and whether it is new: another run, or one that was interrupted, may have kept the same."""
    namespace, name = observed.namespace, kept_name(observed.name)
    for _unused in range(ATTEMPTS):
        try:
            made = api.create(secrets_path(namespace), kept_manifest(observed))
            return Keeper(name, made["metadata"]["uid"]), True
        except AlreadyExists as error:
            try:
                item = api.get(secret_path(namespace, name))
            except NotFound:
                continue
            kept = kept_from(item)
            if kept is None:
                raise NotKept(
                    f"cannot be kept in Secret {name} meanwhile, which is somebody else's; remove that"
                ) from None
            if (kept.secret.uid, kept.secret.resource_version) == (observed.uid, observed.resource_version):
                return kept.keeper, error.was_repeated
            _delete_kept(api, namespace, kept.keeper)
        except RegcredError as error:
            raise NotKept(
                f"has to be deleted and created again, and what it holds cannot be kept in Secret {name} meanwhile, so nothing"
                f" was changed: {error}"
            ) from error
    raise NotKept(f"cannot be kept in Secret {name}, which others keep changing; run again")


def _remove(api: KubeApi, namespace: str, keeper: Keeper | None) -> str:
    """Remove the second Secret; why that failed, empty when it is gone."""
    if keeper is None:
        return ""
    try:
        _delete_kept(api, namespace, keeper)
    except RegcredError as error:
        return f"Secret {keeper.name}, which kept it meanwhile, is left for the next run to remove ({error})"
    return ""


def _delete_kept(api: KubeApi, namespace: str, keeper: Keeper) -> None:
    try:
        answer = api.delete(secret_path(namespace, keeper.name), uid=keeper.uid, is_finishing=True)
    except (NotFound, Conflict):  # gone, or somebody else's
        return
    if _finalizers(answer):
        raise StillKept(f"Secret {keeper.name} {held_back(_finalizers(answer))}")


def _delete(api: KubeApi, path: str, observed: ObservedSecret) -> None:
    answer = api.delete(path, uid=observed.uid, resource_version=observed.resource_version)
    if _finalizers(answer):
        raise StillThere(held_back(_finalizers(answer)))


def _finalizers(answer: Object) -> t.Sequence[str]:
    """What holds back a Secret that was deleted, as who may write it can have it; empty when it is gone."""
    return answer.get("metadata", {}).get("finalizers") or ()


def _read(api: KubeApi, namespace: str, name: str) -> ObservedSecret | None:
    try:
        found = secret_from(api.get(secret_path(namespace, name)))
    except NotFound:
        found = None
    try:
        kept = kept_from(api.get(secret_path(namespace, kept_name(name))))
    except (NotFound, Forbidden):
        kept = None
    return with_kept(found, kept, recent())
