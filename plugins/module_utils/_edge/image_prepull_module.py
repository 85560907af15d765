# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of image_prepull to its outcome."""

from __future__ import annotations

import typing as t

from .._domain.cluster.names import check_namespace_name, check_object_name
from .._domain.cluster.node_selection import NodeSelection
from .._domain.errors import InvalidInput
from .._domain.image.reference import InvalidImage, parse_image, shown_image
from .._domain.masking.visible_text import visible
from .._domain.name_patterns import is_glob
from .._domain.node_image.prepull_plan import NodeResult, count_node_actions
from .._node.ending import ends_when_asked, sleep
from .._operations.prepull_images import PrepullTask, prepull_images
from .options.argument_spec import ArgumentSpec
from .options.cluster import CLUSTER_SPEC
from .options.namespaces import selector_from
from .options.pull_secret import check_owner
from .result import Outcome, told_failures

if t.TYPE_CHECKING:
    from .module import Edge
    from .secrets import SecretRegister

MAX_PARALLELISM = 256
MAX_TIMEOUT = 86400

IMAGE_PREPULL_SPEC = CLUSTER_SPEC + ArgumentSpec(
    {
        "images": {"type": "list", "elements": "str", "required": True, "aliases": ["image"]},
        "namespace": {"type": "str", "default": "default"},
        "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "service_account": {"type": "str", "default": "default"},
        "nodes": {"type": "list", "elements": "str", "default": ["*"]},
        "node_selector": {"type": "str"},
        "exclude_nodes": {"type": "list", "elements": "str", "default": []},
        "cordoned_nodes": {"type": "str", "choices": ["skip", "include"], "default": "skip"},
        "parallelism": {"type": "int", "default": 8},
        "timeout": {"type": "int", "default": 600},
        "trust_node_images": {"type": "bool", "default": False},
        "owner": {"type": "str", "default": "default"},
    }
)


def run_image_prepull(edge: Edge) -> Outcome:
    """What image_prepull does."""
    task = _task(edge.params, edge.secrets)
    with ends_when_asked():
        prepulled = prepull_images(edge.connect(bounds_run=False), task, check_mode=edge.check_mode, sleep=sleep)
    results = prepulled.results
    return Outcome(
        returned={
            "nodes": [_row(result) for result in results if result.action != "unchanged"],
            "summary": count_node_actions(results),
        },
        changed=any(result.is_changed for result in results),
        diff=[_diff(result) for result in results if result.is_changed],
        failure=told_failures(
            "node", [(each.node, each.reason) for each in results if each.action == "failed"], len(results)
        ),
        warnings=prepulled.warnings,
    )


def _task(params: t.Mapping[str, t.Any], secrets: SecretRegister) -> PrepullTask:
    images = tuple(dict.fromkeys(params["images"]))
    if not images:
        raise InvalidInput("images", "is empty", "give at least one")
    for index, image in enumerate(params["images"]):
        _check_image(image, f"images[{index}]", secrets)
    check_namespace_name(params["namespace"], where="namespace")
    check_object_name(params["service_account"], where="service_account")
    for option in ("image_pull_secrets", "nodes"):
        for index, name in enumerate(params[option]):
            if option != "nodes" or not is_glob(name):
                check_object_name(name, where=f"{option}[{index}]")
    check_owner(params["owner"])
    for option, most in (("parallelism", MAX_PARALLELISM), ("timeout", MAX_TIMEOUT)):
        if not 1 <= params[option] <= most:
            raise InvalidInput(option, f"{params[option]} is out of range", f"use 1 to {most}")
    return PrepullTask(
        images=images,
        nodes=NodeSelection(
            names=tuple(params["nodes"]),
            selector=selector_from(params, "node_selector"),
            excluded=tuple(params["exclude_nodes"]),
            with_cordoned=params["cordoned_nodes"] == "include",
        ),
        namespace=params["namespace"],
        secrets=tuple(dict.fromkeys(params["image_pull_secrets"])),
        service_account=params["service_account"],
        owner=params["owner"],
        parallelism=params["parallelism"],
        timeout=params["timeout"],
        trusts_nodes=params["trust_node_images"],
    )


def _check_image(image: str, where: str, secrets: SecretRegister) -> None:
    if shown_image(image) != image:
        secrets.add_url(image)
        cure = "give the image alone; credentials go into a Secret"
        raise InvalidInput(where, "has a user before the registry's host", cure)
    try:
        parse_image(image)
    except InvalidImage as problem:
        cure = "write [registry/]repository[:tag][@digest] in lower case"
        raise InvalidInput(where, f"{image!r} {problem}", cure) from None


def _row(result: NodeResult) -> dict[str, t.Any]:
    return {
        "node": result.node,
        "action": result.action,
        "reason": result.reason,
        "images": [image._asdict() for image in result.images],
    }


def _diff(result: NodeResult) -> dict[str, str]:
    title = f"node {result.node}"
    before = [image.image for image in result.images if image.action == "unchanged"]
    after = [image.image for image in result.images if image.action != "failed"]
    return {
        "before_header": title,
        "after_header": title,
        "before": "".join(f"{visible(image)}\n" for image in before),
        "after": "".join(f"{visible(image)}\n" for image in after),
    }
