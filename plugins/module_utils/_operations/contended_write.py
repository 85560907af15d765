# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A write to an object that others write to as well, over a line that may lose answers."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._domain.change import Change
from .._domain.errors import RegcredError
from .._kube.errors import AlreadyExists, Conflict, NotFound, RequestError

ATTEMPTS = 100
"""How often a change is planned anew when other writers are faster; each time somebody got something done."""


class Planned(t.Protocol):
    """A planned write."""

    @property
    def change(self) -> Change:
        """The change as it is reported."""


Plan = t.TypeVar("Plan", bound=Planned)


def write_beside_others(
    plan: Plan,
    write: t.Callable[[Plan], str | None],
    plan_again: t.Callable[[], Plan],
    *,
    is_done: t.Callable[[Plan, Plan], bool],
) -> Change:
    """
    Make a planned change; where another writer was faster, plan it anew on top of theirs.

    A request whose answer was lost is sent again, and is then refused because of what it did itself, or is never answered.
    So where the object is as it was to be, the change is reported as it was planned, and as made if more is to be done and fails.

    Args:
        plan: The first plan.
        write: Sends what a plan needs, on the condition that the object is as the plan found it; nothing where nothing is to
            be done. Gives what is not as it should be all the same, in words.
        plan_again: Reads the object and plans again.
        is_done: Whether what the second plan found is what the first was to bring about.

    Raises:
        RegcredError: as ``write`` and ``plan_again``.
    """
    note: str | None = None
    done: Change | None = None
    try:
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                note = write(plan)
                break
            except RequestError as error:
                is_late = _is_late(plan.change, error)
                if attempts_left == 0 or not (is_late or error.was_repeated):
                    raise
                try:
                    again = plan_again()
                except RegcredError:
                    if is_late:
                        raise
                    raise error from None
                is_ours = error.was_repeated and is_done(plan, again)
                if not (is_late or is_ours):
                    raise
            done = done or (plan.change if is_ours else None)
            plan = again
    except RegcredError as error:
        if done is None:
            raise
        return replace(done, action="failed", reason=f"{done.reason}, and then: {error}")
    change = done or plan.change
    return replace(change, reason=f"{change.reason}; {note}") if note else change


def _is_late(change: Change, error: RequestError) -> bool:
    """Whether another writer was faster; of an object that is to be created, it is the namespace that is not found."""
    if isinstance(error, NotFound):
        return change.action != "created"
    return isinstance(error, (AlreadyExists, Conflict))
