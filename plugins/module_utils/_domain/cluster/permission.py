# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request to an API server needs, in the words of RBAC."""

from __future__ import annotations

import typing as t


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
