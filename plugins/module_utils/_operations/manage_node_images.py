# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images of the node it runs on."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .._domain.change import PlaceResult
from .._domain.docker_config.keyring import Candidate, Keyring
from .._domain.errors import RegcredError
from .._domain.image.registry_key import shown_registry
from .._domain.masking.mask import Mask
from .._domain.node_image.failure import Attempt, failure_of
from .._domain.node_image.local_image import LocalImages
from .._domain.node_image.plan import (
    Failure,
    ImageStep,
    WantedImage,
    WantedState,
    foreseen,
    pin_changes,
    plan_images,
    result_of,
)
from .._node.file.private_folder import remove_left_folders
from .._node.images.command import CommandFailed, run_command
from .._node.images.ctr import Ctr
from .._node.images.program import ImageProgram, last_message
from .._node.images.tools import Tools

ANSWER_SECONDS = 120
"""For all that needs no registry."""


class RuntimeSilent(RegcredError):
    """
    The runtime does not say what images it has.

    Args:
        program: The program that was run.
        output: What it wrote instead, or what is wrong with its list; without secrets.
    """

    def __init__(self, program: ImageProgram, output: str) -> None:
        where = f" at {program.endpoint}" if program.endpoint else ""
        super().__init__(
            f"{program.name}{where}: cannot list images: {output}; see whether the runtime runs, and become root"
        )


@dataclass(frozen=True)
class NodeImagesTask:
    """
    What is asked for.

    Attributes:
        images: Each once.
        state: What is wanted of them.
        keyring: The credentials, looked up as the kubelet does.
        mask: Takes their secrets out of what programs say.
        timeout: Seconds for one pull with one credential.
        concurrency: So many at once.
    """

    images: tuple[WantedImage, ...]
    state: WantedState
    keyring: Keyring = field(default_factory=lambda: Keyring([]))
    mask: Mask = field(default_factory=lambda: Mask([]))
    timeout: float = 600
    concurrency: int = 2


@dataclass(frozen=True)
class NodeImages:
    """
    What came of it.

    Attributes:
        results: One an image.
        pulled_with_credential: The images that were, or in check mode would be, pulled with a credential.
    """

    results: list[PlaceResult]
    pulled_with_credential: list[str]


def manage_node_images(tools: Tools, task: NodeImagesTask, *, check_mode: bool) -> NodeImages:
    """
    Have the images there, or not there.

    Raises:
        RuntimeSilent: Nothing was done.
    """
    if not check_mode:
        remove_left_folders()
    before = _list(tools.program)
    steps = plan_images(task.images, task.state, before, removes_all_names=tools.program.removes_all_names)
    results = [foreseen(step) for step in steps] if check_mode else _apply(tools, task, steps, before)
    private = [
        step.image.name
        for step, result in zip(steps, results)
        if step.pull and result.action == "pulled" and task.keyring.lookup(step.image.reference.repository)
    ]
    return NodeImages(results, private)


def _apply(tools: Tools, task: NodeImagesTask, steps: t.Sequence[ImageStep], before: LocalImages) -> list[PlaceResult]:
    """The one place where anything is changed."""
    busy = [step for step in steps if step.is_busy]
    with ThreadPoolExecutor(task.concurrency) as pool:
        failures = _failures(busy, pool.map(lambda step: _moved(tools.program, task, step), busy))
        here = _list(tools.program) if any(step.pull or step.remove for step in busy) else before
        pinner = tools.pinner
        if pinner is not None:
            there = [step for step in busy if step.image.name not in failures]
            pinned = pool.map(lambda step: _pinned(pinner, pin_changes(step, task.state, here)), there)
            failures.update(_failures(there, pinned))
    return [result_of(step, here, failures.get(step.image.name)) for step in steps]


def _failures(steps: t.Iterable[ImageStep], outcomes: t.Iterable[Failure | None]) -> dict[str, Failure]:
    """What failed, by the image's name."""
    return {step.image.name: failure for step, failure in zip(steps, outcomes) if failure is not None}


def _list(program: ImageProgram) -> LocalImages:
    try:
        return LocalImages(program.parse_listing(run_command(program.listing(), timeout=ANSWER_SECONDS)))
    except CommandFailed as error:
        raise RuntimeSilent(program, last_message(error.output)) from None
    except (ValueError, KeyError, TypeError):
        raise RuntimeSilent(program, "its list is not of the kind that is known here") from None


def _moved(program: ImageProgram, task: NodeImagesTask, step: ImageStep) -> Failure | None:
    if step.pull:
        return _pulled(program, task, step.image)
    if not step.remove:
        return None
    try:
        run_command(program.removal(step.remove), timeout=ANSWER_SECONDS)
    except CommandFailed as error:
        return Failure(f"{last_message(error.output)}; stop what uses it, or see the log of the container runtime")
    return None


def _pulled(program: ImageProgram, task: NodeImagesTask, image: WantedImage) -> Failure | None:
    """One credential after the other, and without one only where none is for this image: as the kubelet does."""
    attempts = []
    candidates: t.Sequence[Candidate | None] = task.keyring.lookup(image.reference.repository) or (None,)
    for candidate in candidates:
        try:
            command = program.pull(image.reference, candidate.credential if candidate else None)
            run_command(command, timeout=task.timeout)
        except (CommandFailed, ValueError) as error:
            attempts.append(_attempt(error, candidate, task.mask))
        else:
            return None
    return failure_of(image.reference, attempts)


def _attempt(error: CommandFailed | ValueError, candidate: Candidate | None, mask: Mask) -> Attempt:
    message = last_message(mask.hide(str(error)))
    too_long = isinstance(error, CommandFailed) and error.took_too_long
    if candidate is None:
        return Attempt(message, took_too_long=too_long)
    return Attempt(message, candidate.credential.username, shown_registry(candidate.registry), too_long)


def _pinned(pinner: Ctr, changes: t.Mapping[str, bool]) -> Failure | None:
    for name, pinned in changes.items():
        try:
            run_command(pinner.pinning(name, pinned=pinned), timeout=ANSWER_SECONDS)
        except CommandFailed as error:
            return Failure(
                f"the pin of {name} could not be changed: {last_message(error.output)}; see containerd's log"
            )
    return None
