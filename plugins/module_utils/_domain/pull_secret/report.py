# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in a pull Secret, reported without its secrets, and what keeps a kubelet from using it."""

from __future__ import annotations

import typing as t

from ..cluster.ownership import owner_of
from ..docker_config.config import DockerConfigError, Entry, credential_of, parse_docker_config
from ..docker_config.problems import entry_problems, problem_row
from ..go.json import decode_utf8
from ..image.registry_key import shown_registry
from .secret import KEYS, LAST_APPLIED, TYPES, ObservedSecret

Report = t.Dict[str, t.Any]

MISTAKEN_KEYS = ("config.json", "dockerconfigjson", "dockerconfig.json", ".dockerconfig", "auth.json")
"""Data keys under which people put a docker config, and where no kubelet looks."""


def is_about_pulling(observed: ObservedSecret) -> bool:
    """Whether a Secret is, or was meant to be, a pull Secret."""
    return observed.form is not None or any(key in observed.data for key in (*KEYS.values(), *MISTAKEN_KEYS))


def report_secret(observed: ObservedSecret) -> Report:
    """
    One Secret.

    Returns:
        ``namespace``, ``name``, ``type``, ``owner`` (``None`` when not ours), ``immutable``, ``registries`` (a list of
        ``registry``, ``username``, ``email``) and ``problems`` (a list of ``code``, ``severity``, ``registry``,
        ``message``, ``cure``).
    """
    problems = _shape_problems(observed)
    registries: list[Report] = []
    text, form = _document_text(observed)
    if form is not None:
        try:
            document = parse_docker_config(text, form)
        except DockerConfigError as error:
            message = f"{error}: {_consequence(observed, error)}"
            problems.append(
                problem_row(error.problem, "error", message, "correct it, or write it anew with pull_secret")
            )
        else:
            registries = [_registry(key, fields) for key, fields in document.entries.items()]
            problems += [problem for key, fields in document.entries.items() for problem in entry_problems(key, fields)]
            problems += [] if registries else [_NOTHING_IN_IT]
    return {
        "namespace": observed.namespace,
        "name": observed.name,
        "type": observed.type,
        "owner": owner_of(observed.labels),
        "immutable": observed.immutable,
        "registries": registries,
        "problems": problems,
    }


def _consequence(observed: ObservedSecret, error: DockerConfigError) -> str:
    if error.problem == "too_deep":
        return "this collection does not read it, and whether a kubelet can use it is not known"
    if observed.form is None:
        return "it could not be read either"
    return "every pull of a Pod that uses this Secret fails"


def _document_text(observed: ObservedSecret) -> tuple[str, t.Any]:
    """The document and its format: where a kubelet looks, else where the type or the key say it was meant to be."""
    for form, key in KEYS.items():
        if observed.data.get(key) and observed.form in (form, None):
            return decode_utf8(observed.data[key]), form
    for key in MISTAKEN_KEYS:
        if key in observed.data:
            return decode_utf8(observed.data[key]), "dockerconfigjson"
    return "", None


def _shape_problems(observed: ObservedSecret) -> list[Report]:
    problems = []
    if observed.form is None:
        problems.append(
            problem_row(
                "wrong_type",
                "error",
                f"type is {observed.type or 'Opaque'}, so kubelets ignore it",
                f"create it anew with the type {TYPES['dockerconfigjson']}",
            )
        )
    elif not observed.data.get(KEYS[observed.form]):
        there = ", ".join(sorted(observed.data)) or "none"
        key = KEYS[observed.form]
        message = f"has no {key} (its keys: {there}), so kubelets ignore it"
        problems.append(problem_row("wrong_key", "error", message, f"put the docker config under {key}"))
    if LAST_APPLIED in observed.annotations:
        message = f"a second copy of the credentials is in the annotation {LAST_APPLIED}"
        cure = "remove the annotation; pull_secret does, and so does kubectl apply --server-side from then on"
        problems.append(problem_row("copy_in_annotation", "warning", message, cure))
    return problems


def _registry(key: str, fields: Entry) -> Report:
    return {
        "registry": shown_registry(key),
        "username": credential_of(fields).username,
        "email": fields.get("email") or "",
    }


_NOTHING_IN_IT = problem_row("no_registries", "warning", "holds no credential", "give it one, or take it off all lists")
