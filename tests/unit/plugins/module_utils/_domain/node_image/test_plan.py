"""What has to be done about images of a node, and what became of it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import PlaceResult
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import parse_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.local_image import (
    LocalImage,
    LocalImages,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.plan import (
    Failure,
    ImageStep,
    WantedImage,
    WantedState,
    foreseen,
    pin_changes,
    plan_images,
    result_of,
)

NAME = "quay.io/shop:1"
DIGEST = f"quay.io/shop@sha256:{'1' * 64}"
SHOP = WantedImage(NAME, parse_image(NAME))
HERE = LocalImage("old", (NAME, DIGEST))
NONE = LocalImages([])


def plan(state: WantedState, *here: LocalImage, image: str = NAME, removes_all_names: bool = False) -> ImageStep:
    """What has to be done about one image."""
    wanted = [WantedImage(image, parse_image(image))]
    return plan_images(wanted, state, LocalImages(here), removes_all_names=removes_all_names)[0]


def outcome(result: PlaceResult) -> tuple[str, str, bool]:
    """Action, reason, and whether that is a change."""
    return result.action, result.reason, result.is_changed


PRESENT: t.Sequence[tuple[str, WantedState, tuple[LocalImage, ...], str, tuple[str, str, bool]]] = [
    ("missing", WantedState(), (), NAME, ("pulled", "it is not there", True)),
    ("there", WantedState(), (HERE,), NAME, ("present", "it is there", False)),
    ("always", WantedState(always=True), (HERE,), NAME, ("pulled", "the registry is asked for a newer one", True)),
    ("digest, always", WantedState(always=True), (HERE,), DIGEST, ("present", "it is there", False)),
    ("to be pinned", WantedState(pinned=True), (HERE,), NAME, ("pinned", "it is not pinned", True)),
    ("to be unpinned", WantedState(pinned=False), (LocalImage("old", (NAME,), pinned=True),), NAME,
     ("unpinned", "it is pinned", True)),
    ("unpinned already", WantedState(pinned=False), (HERE,), NAME, ("present", "it is there", False)),
    ("pulled and pinned", WantedState(pinned=True), (), NAME, ("pulled", "it is not there", True)),
    ("to be removed", WantedState(present=False), (HERE,), NAME, ("removed", "it is there", True)),
    ("gone already", WantedState(present=False), (), NAME, ("absent", "it is not there", False)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "state", "here", "image", "expected"), PRESENT, ids=[case[0] for case in PRESENT])
def test_check_mode(
    name: str, state: WantedState, here: tuple[LocalImage, ...], image: str, expected: tuple[str, str, bool]
) -> None:
    """What would be done is reported, with why."""
    assert outcome(foreseen(plan(state, *here, image=image))) == expected, name


def test_removal_of_all_names() -> None:
    """Where one name takes all others with it, an image with a name that nobody gave stays."""
    named_twice = LocalImage("old", (NAME, "quay.io/shop:2"))
    both = [WantedImage(name, parse_image(name)) for name in named_twice.names]

    refused = foreseen(plan(WantedState(present=False), named_twice, removes_all_names=True))
    one = plan(WantedState(present=False), named_twice)
    steps = plan_images(both, WantedState(present=False), LocalImages([named_twice]), removes_all_names=True)

    assert refused.action == "failed"
    assert refused.changes[0].facts["cause"] == "impossible"
    assert refused.reason.startswith("it has other names (quay.io/shop:2), which would go with it; add them to images")
    assert one.remove == (NAME,)
    assert [step.remove[0] for step in steps] == list(named_twice.names)


def test_digest_goes_with_its_tag() -> None:
    """The names that came with a tag are taken away behind it."""
    assert plan(WantedState(present=False), HERE).remove == (NAME, DIGEST)


NEW = LocalImage("new", (NAME,))
FAILED = Failure("no; do something", "denied")
OUTCOMES: t.Sequence[tuple[str, WantedState, LocalImage | None, LocalImage | None, Failure | None, str, bool]] = [
    ("pulled", WantedState(), None, NEW, None, "pulled", True),
    ("newer", WantedState(always=True), HERE, NEW, None, "pulled", True),
    ("the same", WantedState(always=True), HERE, HERE, None, "present", False),
    ("the same, pinned", WantedState(always=True, pinned=True), HERE, HERE, None, "pinned", True),
    ("refused", WantedState(), None, None, FAILED, "failed", False),
    ("pulled, and not pinned", WantedState(pinned=True), None, NEW, FAILED, "failed", True),
    ("lost", WantedState(), None, None, None, "failed", False),
    ("removed", WantedState(present=False), HERE, None, None, "removed", True),
    ("removed by somebody else", WantedState(present=False), HERE, None, FAILED, "removed", True),
    ("in use", WantedState(present=False), HERE, HERE, FAILED, "failed", False),
    ("back again", WantedState(present=False), HERE, HERE, None, "failed", False),
]


@pytest.mark.parametrize(
    ("name", "state", "before", "after", "failure", "action", "is_changed"),
    OUTCOMES,
    ids=[case[0] for case in OUTCOMES],
)
def test_outcome(
    name: str,
    state: WantedState,
    before: LocalImage | None,
    after: LocalImage | None,
    failure: Failure | None,
    action: str,
    is_changed: bool,
) -> None:
    """What became of an image is decided by what is there before and after, and not by what a program says."""
    step = plan(state, *([before] if before else []))

    result = result_of(step, LocalImages([after] if after else []), failure)

    assert (result.action, result.is_changed) == (action, is_changed), name
    assert result.changes[0].facts.get("cause", "") == ("" if action != "failed" else "denied" if failure else "other")


def test_pin_is_reported() -> None:
    """An image that was pinned after it was listed is reported as pinned."""
    result = result_of(plan(WantedState(pinned=True)), LocalImages([NEW]), None)

    assert (result.changes[0].facts["id"], result.changes[0].facts["pinned"]) == ("new", True)
    assert result.changes[0].after == {"id": "new", "pinned": "true"}


def test_nothing_is_done() -> None:
    """An image about which nothing had to be done is reported as it was."""
    assert outcome(result_of(plan(WantedState(), HERE), NONE, None)) == ("present", "it is there", False)


PINNED = LocalImage("old", (NAME, DIGEST), pinned=True)
FORMER = LocalImage("old", (DIGEST,), pinned=True)
STILL_TAGGED = LocalImage("old", (DIGEST, "quay.io/shop:2"), pinned=True)
BOTH_NEW = LocalImage("new", (NAME, "new"), pinned=True)


@pytest.mark.parametrize(
    ("pinned", "before", "here", "expected"),
    [
        (None, None, (NEW,), {}),
        (True, None, (), {}),
        (True, None, (NEW,), {NAME: True}),
        (True, HERE, (HERE,), {NAME: True, DIGEST: True}),
        (True, PINNED, (PINNED,), {}),
        (False, PINNED, (PINNED,), {NAME: False, DIGEST: False}),
        (True, PINNED, (BOTH_NEW, FORMER), {DIGEST: False, NAME: True, "new": True}),
        (True, PINNED, (BOTH_NEW, STILL_TAGGED), {NAME: True, "new": True}),
    ],
    ids=["as it is", "not pulled", "new", "all names", "already", "off", "moved", "moved, and used by another tag"],
)
def test_pins(
    pinned: bool | None, before: LocalImage | None, here: tuple[LocalImage, ...], expected: dict[str, bool]
) -> None:
    """All names are pinned; an image that lost its last tag to a newer one is not kept for good."""
    state = WantedState(always=True, pinned=pinned)

    assert pin_changes(plan(state, *([before] if before else [])), state, LocalImages(here)) == expected
