# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images on a node: what is wanted, what has to be done for it, and what came of that, judged by ids before and after."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..change import IMAGE, Action, Change, PlaceResult
from ..image.reference import ImageReference
from .local_image import LocalImage, LocalImages, local_name, names_that_stay, tags_of


@dataclass(frozen=True)
class WantedImage:
    """
    An image that somebody named.

    Attributes:
        given: As it was written.
        reference: What that is.
    """

    given: str
    reference: ImageReference

    @property
    def name(self) -> str:
        """As a runtime keeps it."""
        return local_name(self.reference)


@dataclass(frozen=True)
class WantedState:
    """
    What is wanted of each image.

    Attributes:
        present: Whether it is to be there.
        always: Whether the registry is asked for a newer one.
        pinned: Whether it is to be pinned; ``None`` leaves that as it is.
    """

    present: bool = True
    always: bool = False
    pinned: bool | None = None


@dataclass(frozen=True)
class ImageStep:
    """
    What has to be done about an image.

    Attributes:
        image: Which.
        before: It as it is; ``None`` where it is not.
        reason: Why something is done, or nothing; in words for people.
        pull: Whether it is pulled.
        pin: Whether its pin is put on (``True``) or taken off (``False``); ``None`` for neither.
        remove: The names to take away, its own first.
        problem: Why it cannot be done; then nothing is.
    """

    image: WantedImage
    before: LocalImage | None
    reason: str
    pull: bool = False
    pin: bool | None = None
    remove: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_busy(self) -> bool:
        """Whether there is anything to do."""
        return not self.problem and (self.pull or self.pin is not None or bool(self.remove))


@dataclass(frozen=True)
class Failure:
    """
    Why something could not be done.

    Attributes:
        reason: In words for people, with what to do; without secrets.
        cause: A word for it, such as ``denied``.
    """

    reason: str
    cause: str = "other"


def plan_images(
    images: t.Sequence[WantedImage], state: WantedState, here: LocalImages, *, removes_all_names: bool
) -> list[ImageStep]:
    """
    What has to be done.

    Args:
        images: The images, each once.
        state: What is wanted of them.
        here: What the node has.
        removes_all_names: Whether an image goes with all of its names when one of them is removed.
    """
    if state.present:
        return [_presence(image, state, here.named(image.name)) for image in images]
    leaving = [image.name for image in images]
    return [_absence(image, here.named(image.name), leaving, removes_all_names=removes_all_names) for image in images]


def foreseen(step: ImageStep) -> PlaceResult:
    """What would become of an image: in check mode nothing is known of what a registry has."""
    if step.problem:
        return _result(step, "failed", step.problem, step.before, "impossible")
    if step.remove:
        return _result(step, "removed", step.reason, None)
    pinned = step.pin if step.pin is not None else bool(step.before and step.before.pinned)
    if step.pull:
        return _result(step, "pulled", step.reason, LocalImage("", (step.image.name,), pinned))
    after = LocalImage(step.before.id, step.before.names, pinned) if step.before else None
    action: Action = "present" if step.before else "absent"
    if step.pin is not None:
        action = "pinned" if step.pin else "unpinned"
    return _result(step, action, step.reason, after)


def result_of(step: ImageStep, here: LocalImages, failure: Failure | None) -> PlaceResult:
    """
    What became of an image.

    Args:
        step: What was to be done.
        here: What the node has after it.
        failure: What a program failed with; an image that is gone all the same is gone.
    """
    if not step.is_busy:
        return foreseen(step)
    after = here.named(step.image.name)
    if step.remove and after is None:
        return _result(step, "removed", step.reason, None)
    if failure is None and (step.remove or after is None):
        unexpected = "is still there" if after else "is not there"
        failure = Failure(f"all went well, and the image {unexpected}; see whether something else works on it")
    if failure is not None:
        return _result(step, "failed", failure.reason, after, failure.cause)
    action: Action = "present"
    reason = "the registry has no other"
    if step.pin is not None and after is not None:
        after = replace(after, pinned=step.pin)
        action, reason = "pinned" if step.pin else "unpinned", step.reason
    if _id(step.before) != _id(after):
        action, reason = "pulled", step.reason
    return _result(step, action, reason, after)


def _result(step: ImageStep, action: Action, reason: str, after: LocalImage | None, cause: str = "") -> PlaceResult:
    """An image is a place of its own: each has a row, with what the node has of it; ``cause`` is a word for a failure."""
    name = step.image.name
    facts = {
        "image": step.image.given,
        "name": name,
        "id": _id(after),
        "previous_id": _id(step.before),
        "pinned": bool(after and after.pinned),
        **({"cause": cause} if cause else {}),
    }
    change = Change("image", name, action, reason, _view(step.before), _view(after), facts)
    return PlaceResult(name, (change,), kind=IMAGE)


def _view(image: LocalImage | None) -> dict[str, str]:
    if image is None:
        return {}
    return {"id": image.id or "known once it is pulled", "pinned": "true" if image.pinned else "false"}


def pin_changes(step: ImageStep, state: WantedState, here: LocalImages) -> dict[str, bool]:
    """
    The names whose pin has to be put on or taken off, once an image is there.

    The image that had the tag before it moved keeps its pin on its digest and id, and would stay for good.

    Args:
        step: What was to be done.
        state: What is wanted.
        here: What the node has now.
    """
    image = here.named(step.image.name)
    if state.pinned is None or image is None:
        return {}
    is_new = step.before is not None and step.before.id != image.id
    changes: dict[str, bool] = {}
    former = here.with_id(step.before.id) if step.before is not None and is_new else None
    if former and former.pinned and not tags_of(former):
        changes.update(dict.fromkeys(former.names, False))
    if image.pinned != state.pinned or (is_new and state.pinned):
        changes.update(dict.fromkeys(image.names, state.pinned))
    return changes


def _presence(image: WantedImage, state: WantedState, before: LocalImage | None) -> ImageStep:
    is_pinned = before is not None and before.pinned
    pin = state.pinned if state.pinned is not None and state.pinned != is_pinned else None
    if before is None:
        return ImageStep(image, None, "it is not there", pull=True, pin=pin)
    if state.always and not image.reference.digest:
        return ImageStep(image, before, "the registry is asked for a newer one", pull=True, pin=pin)
    if pin is not None:
        return ImageStep(image, before, f"it is {'not ' if pin else ''}pinned", pin=pin)
    return ImageStep(image, before, "it is there")


def _absence(
    image: WantedImage, before: LocalImage | None, leaving: t.Collection[str], *, removes_all_names: bool
) -> ImageStep:
    if before is None:
        return ImageStep(image, None, "it is not there")
    stay = names_that_stay(before, leaving)
    if stay and removes_all_names:
        problem = (
            f"it has other names ({', '.join(stay)}), which would go with it; add them to images, or set runtime to ctr"
        )
        return ImageStep(image, before, "", problem=problem)
    others = tuple(name for name in before.names if name not in stay and name != image.name)
    return ImageStep(image, before, "it is there", remove=(image.name, *others))


def _id(image: LocalImage | None) -> str:
    return image.id if image else ""
