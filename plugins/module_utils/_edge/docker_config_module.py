# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of docker_config to its outcome."""

from __future__ import annotations

import os
import typing as t

from .._domain.docker_config.change import WantedConfig
from .._domain.docker_config.config import READERS, Format
from .._domain.errors import InvalidInput
from .._domain.image.reader_keys import Reader
from .._node.kubelet.provider_process import newest_change
from .._node.kubelet.reader_files import Machine, Target, find_place
from .._operations.write_docker_config import ConfigComposer, match_images, told_registries, warnings_about
from .options.argument_spec import ArgumentSpec
from .options.credentials import CREDENTIAL_SPEC, Declared, declared_credentials, register_found_document
from .options.file import FILE_SPEC, told_copies, wanted_file
from .options.path import path_option
from .result import Outcome, outcome_of_file

if t.TYPE_CHECKING:
    from .node_module import NodeEdge

DOCKER_CONFIG_SPEC = (
    ArgumentSpec(
        {
            "path": {"type": "path"},
            "target": {"type": "str", "choices": ["kubelet", "docker", "podman", "crio"]},
            "format": {"type": "str", "choices": ["config_json", "dockercfg", "containers_auth"]},
            "purge_registries": {"type": "bool", "default": False},
        },
        required_one_of=(("path", "target"), ("registries", "config_json", "config_file")),
    )
    + CREDENTIAL_SPEC
    + FILE_SPEC
)

KUBELET_CACHE_SECONDS = 300
"""``CachingDockerConfigProvider`` in ``pkg/credentialprovider/keyring.go`` of the kubelet."""

_FORMS: t.Mapping[str, Format] = {
    "config_json": "dockerconfigjson",
    "dockercfg": "dockercfg",
    "containers_auth": "containers_auth",
}
_FORMATS: t.Mapping[Target, t.Sequence[str]] = {
    "kubelet": ("config_json", "dockercfg"),
    "docker": ("config_json",),
    "podman": ("containers_auth",),
    "crio": ("containers_auth",),
}
"""The formats that each reader takes from its files, the usual one first."""

_EVERYBODY = 0o007


def run_docker_config(edge: NodeEdge) -> Outcome:
    """What docker_config does."""
    params = edge.params
    target: Target | None = params["target"]
    name = _format(params["format"], target)
    form = _FORMS[name]
    reader: Reader = "docker" if target == "docker" else READERS[form]
    declared = declared_credentials(params, edge.secrets, form=form, reader=reader)
    wanted = _wanted(params, declared, form)
    path = path_option(params, "path", edge.secrets) or None
    place = find_place(target, path, form, Machine(os.environ))
    file = wanted_file(params, str(place.path), new_directories=place.new_directories)
    composer = ConfigComposer(
        wanted, place, edge.marks, lambda document, form: register_found_document(document, edge.secrets, form)
    )
    started = place.kubelet_started
    is_newer = started is not None and started < newest_change([place.path])
    result = edge.manage_file(file, composer)
    warnings = [*declared.warnings, *place.warnings, *result.warnings]
    if file.rights.mode & _EVERYBODY:
        warnings.append(
            f"{place.path}: with mode {file.rights.mode:04o}, everybody on this node can read the credentials"
        )
    warnings += warnings_about(place, composer.document, wanted, target, reader)
    return outcome_of_file(
        result.change,
        warnings,
        path=result.path,
        format=name,
        reason=result.change.reason,
        registries=told_registries(composer.document, form),
        match_images=match_images(composer.document),
        newer_than_kubelet=is_newer or (started is not None and result.changed),
        restart_required=[],
        effective_within=KUBELET_CACHE_SECONDS if target == "kubelet" else 0,
        **told_copies(file, result),
    )


def _format(given: str | None, target: Target | None) -> str:
    if target is None:
        return given or "config_json"
    known = _FORMATS[target]
    if given and given not in known:
        raise InvalidInput("format", f"{target} reads no {given}", f"use {' or '.join(known)}, or leave it out")
    return given or known[0]


def _wanted(params: t.Mapping[str, t.Any], declared: Declared, form: Format) -> WantedConfig:
    purge = params["purge_registries"]
    if not declared.present and (purge or not declared.absent):
        raise InvalidInput("registries", "is empty", "give a registry, or name those to take out with state absent")
    return WantedConfig(form, tuple(declared.present), tuple(declared.absent), purge)
