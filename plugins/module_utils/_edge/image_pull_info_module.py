# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of image_pull_info to its outcome."""

from __future__ import annotations

import typing as t
from collections import Counter

from .._domain.cluster.names import check_object_name
from .._domain.docker_config.config import DockerConfig, DockerConfigError, parse_docker_config
from .._domain.errors import InvalidInput
from .._domain.image.reference import shown_image
from .._domain.name_patterns import is_glob
from .._domain.pull.puller import TEMPLATE_KINDS
from .._operations.explain_image_pulls import AskedPods, Explained, RunningPods, explain_image_pulls
from .options.argument_spec import ArgumentSpec
from .options.cluster import CLUSTER_SPEC
from .options.credentials import register_document
from .options.namespaces import NAMESPACE_SPEC, missing_namespace_spec, selection_from, selector_from
from .options.unseen import UNSEEN_SPEC, judged
from .result import Outcome

if t.TYPE_CHECKING:
    from .module import Edge
    from .secrets import SecretRegister

KINDS = ("Pod", *TEMPLATE_KINDS)

IMAGE_PULL_INFO_SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("skip", "fail")
    + UNSEEN_SPEC
    + ArgumentSpec(
        {
            "images": {"type": "list", "elements": "str", "aliases": ["image"]},
            "service_accounts": {"type": "list", "elements": "str", "default": ["default"]},
            "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "kinds": {"type": "list", "elements": "str", "choices": list(KINDS), "default": ["Pod"]},
            "selector": {"type": "str"},
            "node_config_json": {"type": "json", "no_log": True},
        },
        mutually_exclusive=(("images", "selector"),),
    )
)


def run_image_pull_info(edge: Edge) -> Outcome:
    """What image_pull_info does."""
    params = edge.params
    subject = _subject(params, edge.secrets)
    node = _node_document(params["node_config_json"], edge.secrets)
    said = explain_image_pulls(edge.connect(), selection_from(params), subject, node)
    failure, warnings = judged(said.unseen, params["unseen"])
    return Outcome(
        returned={
            "pulls": said.pulls,
            "findings": [finding.as_dict() for finding in said.findings],
            "unseen": said.unseen,
            "summary": _summary(said),
        },
        failure=failure,
        warnings=[*said.warnings, *warnings],
    )


def _subject(params: t.Mapping[str, t.Any], secrets: SecretRegister) -> AskedPods | RunningPods:
    for option, instead in (("images", "what is there"), ("service_accounts", "default"), ("kinds", "Pods")):
        if params[option] is not None and not params[option]:
            raise InvalidInput(option, "is empty", f"give at least one, or leave it out for {instead}")
    if params["images"] is None:
        return RunningPods(tuple(dict.fromkeys(params["kinds"])), selector_from(params, "selector"))
    for index, image in enumerate(params["images"]):
        if shown_image(image) != image:
            secrets.add_url(image)
            cure = "give the image alone; credentials go into a Secret"
            raise InvalidInput(f"images[{index}]", "has a user before the registry's host", cure)
    for option in ("service_accounts", "image_pull_secrets"):
        for index, name in enumerate(params[option]):
            if not (option == "service_accounts" and is_glob(name)):
                check_object_name(name, where=f"{option}[{index}]")
    return AskedPods(*(tuple(params[option]) for option in ("images", "service_accounts", "image_pull_secrets")))


def _node_document(text: str | None, secrets: SecretRegister) -> DockerConfig | None:
    if text is None:
        return None
    secrets.add(text)
    try:
        document = parse_docker_config(text, "dockerconfigjson")
    except DockerConfigError as error:
        cure = "give the config.json that a kubelet reads; one that it cannot read it passes over"
        raise InvalidInput("node_config_json", str(error), cure) from None
    register_document(document, secrets)
    return document


def _summary(said: Explained) -> dict[str, int]:
    verdicts = Counter(row["verdict"] for row in said.pulls)
    severities = Counter(finding.severity for finding in said.findings)
    return {
        "pulls": len(said.pulls),
        **{verdict: verdicts[verdict] for verdict in ("credentials", "anonymous", "blocked", "unknown")},
        "errors": severities["error"],
        "warnings": severities["warning"],
        "infos": severities["info"],
    }
