# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request needs, in the words of RBAC, and what of it the user may do, asked of the API server before anything is written."""

from __future__ import annotations

import typing as t

from .._domain.errors import RegcredError
from .._kube.api import KubeApi
from .._kube.errors import Forbidden, NotFound


class Permission(t.NamedTuple):
    """
    A verb on a resource.

    Attributes:
        verb: Such as ``patch``.
        resource: The plural, such as ``serviceaccounts``.
        namespace: Empty for all namespaces, and for resources that have none.
        name: Of the object; empty for all, and for objects that are yet to be created: no rule can name those. A namespace
            is in itself, so that a Role in it can be about it.
        group: The API group, empty for the core group.
    """

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    group: str = ""

    def widened(self) -> tuple[Permission, ...]:
        """Itself and what implies it, the widest first."""
        return tuple(dict.fromkeys((self._replace(namespace="", name=""), self._replace(name=""), self)))

    @property
    def title(self) -> str:
        """Such as ``patch serviceaccounts default in namespace team-a``, for messages."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        where = f" in namespace {self.namespace}" if self.namespace and self.resource != "namespaces" else ""
        return f"{self.verb} {resource}{f' {self.name}' if self.name else ''}{where}"


def lack_of(missing: t.Iterable[Permission]) -> str:
    """A clause that names the missing rights, and the cure."""
    titles = " and ".join(each.title for each in missing)
    return f"the user may not {titles}; grant the verb by a Role or ClusterRole, or use another user"


class PermissionMissing(RegcredError):
    """The user may not do what is asked for; nothing was done."""


REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def missing_permissions(api: KubeApi, needed: t.Iterable[Permission]) -> set[Permission]:
    """
    Which of these the user lacks; none where the API server does not answer such questions.

    A right that holds everywhere takes one question, however many namespaces need it. Only what it does not cover is asked
    by namespace, and only what that does not cover by name, since a rule may have ``resourceNames``.

    Raises:
        ApiError: The API server could not be asked.
    """
    answers: dict[Permission, bool] = {}
    missing = set(needed)
    for width in range(3):
        questions = {each.widened()[: width + 1][-1] for each in missing}
        asked = sorted(questions - answers.keys())
        answers.update(zip(asked, api.at_once(lambda question: _is_allowed(api, question), asked)))
        missing = {each for each in missing if not answers[each.widened()[: width + 1][-1]]}
    return missing


def require_permissions(api: KubeApi, needed: t.Iterable[Permission]) -> None:
    """
    Refuse a task that this user cannot finish.

    Raises:
        PermissionMissing: naming all rights that are missing.
        ApiError: The API server could not be asked.
    """
    missing = missing_permissions(api, needed)
    if missing:
        raise PermissionMissing(lack_of(sorted(missing)))


def _is_allowed(api: KubeApi, permission: Permission) -> bool:
    attributes = {name: value for name, value in permission._asdict().items() if value}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    try:
        answer = api.create(REVIEWS, review)
    except (Forbidden, NotFound):
        return True
    return bool(answer.get("status", {}).get("allowed"))
