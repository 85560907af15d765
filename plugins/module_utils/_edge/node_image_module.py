# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of node_image to its outcome."""

from __future__ import annotations

import typing as t
from collections import Counter

from .._domain.docker_config.keyring import Keyring
from .._domain.errors import InvalidInput
from .._domain.image.reference import InvalidImage, parse_image, shown_image
from .._domain.masking.mask import Mask
from .._domain.masking.visible_text import visible
from .._domain.node_image.local_image import LocalImage
from .._domain.node_image.plan import IMAGE_ACTIONS, ImageResult, WantedImage, WantedState
from .._domain.plain_path import check_path
from .._domain.pull_secret.document_secrets import secrets_in_document
from .._node.ending import ends_when_asked
from .._node.images.tools import RUNTIMES, AskedTools, Tools, find_tools
from .._operations.manage_node_images import NodeImages, NodeImagesTask, manage_node_images
from .options.argument_spec import ArgumentSpec
from .options.credentials import CREDENTIAL_SPEC, declared_credentials
from .result import Outcome

if t.TYPE_CHECKING:
    from .node_module import NodeEdge
    from .secrets import SecretRegister

NODE_IMAGE_SPEC = CREDENTIAL_SPEC + ArgumentSpec(
    {
        "images": {"type": "list", "elements": "str", "required": True, "aliases": ["image", "name"]},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "pull": {"type": "str", "choices": ["missing", "always"], "default": "missing"},
        "pinned": {"type": "bool"},
        "runtime": {"type": "str", "choices": ["auto", *RUNTIMES], "default": "auto"},
        "endpoint": {"type": "str"},
        "containerd_namespace": {"type": "str", "default": "k8s.io"},
        "hosts_dir": {"type": "path"},
        "timeout": {"type": "int", "default": 600},
        "concurrency": {"type": "int", "default": 2},
        "warn_of_preloaded": {"type": "bool", "default": True},
    }
)

MOST_AT_ONCE = 32
_FAILURES_IN_MESSAGE = 10


def run_node_image(edge: NodeEdge) -> Outcome:
    """What node_image does."""
    params = edge.params
    declared = declared_credentials(params, edge.secrets, reader="kubelet")
    task = NodeImagesTask(
        images=_images(params["images"], edge.secrets),
        state=_state(params),
        keyring=Keyring.of([("registries", declared.document)]),
        mask=Mask(secrets_in_document(declared.document), names=[shown_image(image) for image in params["images"]]),
        timeout=_number(params, "timeout", most=24 * 60 * 60),
        concurrency=_number(params, "concurrency", most=MOST_AT_ONCE),
    )
    with ends_when_asked():
        tools = find_tools(_asked_tools(params, task.state))
        done = manage_node_images(tools, task, check_mode=edge.check_mode)
    warnings = [*declared.warnings, *_preloaded_warning(params, tools, done)]
    return Outcome(
        returned={
            "images": [_row(result) for result in done.results],
            "summary": _summary(done.results),
            "runtime": {"program": tools.program.name, "endpoint": tools.program.endpoint},
        },
        changed=any(result.is_changed for result in done.results),
        diff=[_diff(result) for result in done.results if result.is_changed],
        failure=_failure(done.results),
        warnings=warnings,
    )


def _images(given: t.Sequence[str], secrets: SecretRegister) -> tuple[WantedImage, ...]:
    """Each image once, however it is written."""
    if not given:
        raise InvalidInput("images", "is empty", "give at least one")
    wanted: dict[str, WantedImage] = {}
    for index, text in enumerate(given):
        shown = shown_image(text)
        if shown != text:
            secrets.add_url(text)
        try:
            image = WantedImage(text, parse_image(text))
        except InvalidImage as error:
            raise InvalidInput(f"images[{index}]", f"{shown!r} {error}", "correct the name") from None
        if not image.reference.registry:
            raise InvalidInput(
                f"images[{index}]", f"{shown!r} has no registry that can be asked", "begin it with the registry's host"
            )
        wanted.setdefault(image.name, image)
    return tuple(wanted.values())


def _state(params: t.Mapping[str, t.Any]) -> WantedState:
    state = WantedState(params["state"] == "present", params["pull"] == "always", params["pinned"])
    if not state.present and state.pinned is not None:
        raise InvalidInput("pinned", "is about images that are there", "leave it out with state=absent")
    return state


def _number(params: t.Mapping[str, t.Any], option: str, *, most: int) -> int:
    number: int = params[option]
    if not 1 <= number <= most:
        raise InvalidInput(option, f"is {number}", f"give a number from 1 to {most}")
    return number


def _asked_tools(params: t.Mapping[str, t.Any], state: WantedState) -> AskedTools:
    return AskedTools(
        runtime=params["runtime"],
        endpoint=params["endpoint"] or "",
        namespace=params["containerd_namespace"],
        hosts_dir=check_path(params["hosts_dir"], where="hosts_dir") if params["hosts_dir"] else "",
        pins=state.pinned is not None,
    )


def _preloaded_warning(params: t.Mapping[str, t.Any], tools: Tools, done: NodeImages) -> list[str]:
    private = done.pulled_with_credential
    if not private or not tools.is_of_kubelet or not params["warn_of_preloaded"]:
        return []
    more = f" and {len(private) - 1} more" if private[1:] else ""
    warning = (
        f"{private[0]}{more}: pulled with a credential, of which the kubelet has no record. As it is set up by default, every"
        " Pod on this node may now use such an image without a credential; where its imagePullCredentialsVerificationPolicy is"
        " AlwaysVerify, no Pod with imagePullPolicy Never can. Pull through the cluster with image_prepull to have it recorded,"
        " or say that this is as it should be with warn_of_preloaded=false"
    )
    return [warning]


def _row(result: ImageResult) -> dict[str, t.Any]:
    row = {
        "image": result.image.given,
        "name": result.image.name,
        "action": result.action,
        "reason": result.reason,
        "id": result.after.id if result.after else "",
        "previous_id": result.before.id if result.before else "",
        "pinned": bool(result.after and result.after.pinned),
    }
    return {**row, "cause": result.cause} if result.cause else row


def _summary(results: t.Sequence[ImageResult]) -> dict[str, int]:
    counted = Counter(result.action for result in results)
    return {action: counted[action] for action in IMAGE_ACTIONS}


def _diff(result: ImageResult) -> dict[str, str]:
    name = result.image.name
    return {
        "before_header": name,
        "after_header": name,
        "before": _shown(name, result.before),
        "after": _shown(name, result.after),
    }


def _shown(name: str, image: LocalImage | None) -> str:
    if image is None:
        return ""
    return f"{visible(name)}\n  id: {visible(image.id) or 'known once it is pulled'}\n  pinned: {str(image.pinned).lower()}\n"


def _failure(results: t.Sequence[ImageResult]) -> str:
    failed = [result for result in results if result.action == "failed"]
    if not failed:
        return ""
    told = [f"{result.image.name}: {result.reason}" for result in failed[:_FAILURES_IN_MESSAGE]]
    more = len(failed) - len(told)
    told += [f"and {more} more, see images"] if more else []
    return f"{len(failed)} of {len(results)} images failed. " + " | ".join(told)
