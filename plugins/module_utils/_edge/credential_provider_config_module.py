# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of credential_provider_config to its outcome."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from .._domain.errors import InvalidInput
from .._domain.kubelet.match_image import check_match_image
from .._domain.kubelet.provider_config import (
    CACHE_TYPES,
    NEWEST,
    OLDEST,
    VERSIONS,
    Declaration,
    Provider,
    Release,
    TokenAttributes,
    parse_release,
)
from .._domain.kubelet.provider_rules import check_provider_name
from .._domain.kubelet.provider_view import secrets_in_arguments
from .._domain.secret_text import SecretText
from .._node.kubelet.provider_process import (
    BIN_DIR_OPTION,
    CONFIG_OPTION,
    ProviderKubelet,
    newest_change,
    provider_kubelets,
    release_of,
)
from .._operations.write_file import FileResult, WantedFile
from .._operations.write_provider_config import (
    PROGRAM_RIGHTS,
    ProviderComposer,
    ProviderTask,
    own_file,
    program_composer,
)
from .options.argument_spec import ArgumentSpec
from .options.file import FILE_SPEC, told_copies, wanted_file
from .options.path import path_option
from .result import Outcome, outcome_of_file
from .secrets import SecretRegister

if t.TYPE_CHECKING:
    from .node_module import NodeEdge

_TEXTS = {"type": "list", "elements": "str"}
_TOKEN_SPEC = ArgumentSpec(
    {
        "service_account_token_audience": {"type": "str", "required": True, "no_log": False},
        "cache_type": {"type": "str", "choices": list(CACHE_TYPES), "required": True},
        "require_service_account": {"type": "bool", "required": True},
        "required_service_account_annotation_keys": {**_TEXTS, "default": [], "no_log": False},
        "optional_service_account_annotation_keys": {**_TEXTS, "default": [], "no_log": False},
    }
)
_ENV_SPEC = ArgumentSpec(
    {"name": {"type": "str", "required": True}, "value": {"type": "str", "required": True, "no_log": True}}
)
_PROVIDER_SPEC = ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "match_images": dict(_TEXTS),
        "default_cache_duration": {"type": "str"},
        "api_version": {"type": "str", "choices": list(VERSIONS), "default": "v1"},
        "args": {**_TEXTS, "default": []},
        "env": {"type": "list", "elements": "dict", "default": [], **_ENV_SPEC.as_suboptions()},
        "token_attributes": {"type": "dict", "no_log": False, **_TOKEN_SPEC.as_suboptions()},
        "program": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    },
    required_if=(("state", "present", ("match_images", "default_cache_duration")),),
)
CREDENTIAL_PROVIDER_CONFIG_SPEC = (
    ArgumentSpec(
        {
            "path": {"type": "path"},
            "file_name": {"type": "str", "default": "regcred.yaml"},
            "bin_dir": {"type": "path"},
            "providers": {"type": "list", "elements": "dict", "required": True, **_PROVIDER_SPEC.as_suboptions()},
            "purge_providers": {"type": "bool", "default": False},
            "api_version": {"type": "str", "choices": list(VERSIONS)},
            "kubelet_version": {"type": "str"},
        }
    )
    + FILE_SPEC
)

_SHORTEST_SECRET = 4
"""A variable's value that is shorter, such as 1 or on, is no secret; hiding it would make everything that is told unreadable."""

_EVERYBODY = 0o007

_FLAGS_CURE = (
    f"start it with {CONFIG_OPTION} and {BIN_DIR_OPTION}: of kubeadm, in KUBELET_EXTRA_ARGS of /etc/default/kubelet (Debian) or"
    " /etc/sysconfig/kubelet (Red Hat); of MicroK8s, in /var/snap/microk8s/current/args/kubelet; k3s and RKE2 do it when"
    " /var/lib/rancher/credentialprovider has config.yaml and bin as they start"
)


def run_credential_provider_config(edge: NodeEdge) -> Outcome:
    """What credential_provider_config does."""
    params = edge.params
    for item in params["providers"]:
        _register(item, edge.secrets)
    declaration, warnings = _declared(params)
    kubelet = _running_kubelet()
    config_path, bin_path = (path_option(params, name, edge.secrets) for name in ("path", "bin_dir"))
    config = _place(config_path, kubelet.config if kubelet else "", option="path", flag=CONFIG_OPTION)
    bin_dir = _place(bin_path, kubelet.bin_dir if kubelet else "", option="bin_dir", flag=BIN_DIR_OPTION)
    release = _release(params["kubelet_version"], kubelet)
    path, folder = own_file(config, params["file_name"], release)
    file = wanted_file(params, str(path))
    programs = _installed(params["providers"], Path(bin_dir), edge)
    composer = ProviderComposer(
        ProviderTask(declaration, path, folder, Path(bin_dir), release, edge.check_mode, frozenset(programs)),
        edge.marks,
        lambda secret: _add_secret(secret, edge.secrets),
    )
    started_before = _was_started_before(kubelet, composer.files())
    result = edge.manage_file(file, composer)
    if composer.has_variables and file.rights.mode & _EVERYBODY:
        warnings.append(
            f"{path}: with mode {file.rights.mode:04o}, everybody on this node can read the values of variables"
        )
    return outcome_of_file(
        result.change,
        [
            *warnings,
            *composer.warnings,
            *_flag_warnings(kubelet, config, bin_dir),
            *(warning for each in (*programs.values(), result) for warning in each.warnings),
        ],
        beside=[program.change for program in programs.values()],
        path=result.path,
        reason=result.change.reason,
        bin_dir=bin_dir,
        providers=composer.names,
        restart_required=_restarts(
            kubelet, result.path, config, changed=composer.is_changed, started_before=started_before
        ),
        effective_within=0,
        **_told_programs(programs),
        **told_copies(file, result),
    )


def _installed(providers: t.Sequence[t.Mapping[str, t.Any]], bin_dir: Path, edge: NodeEdge) -> dict[str, FileResult]:
    """The programs that are given are put where a kubelet looks for them, before it can hear of them."""
    given = {item["name"]: item["program"] for item in providers if item["program"] and item["state"] == "present"}
    for name in given:
        check_provider_name(name, where="providers: name")
    return {
        name: edge.manage_file(WantedFile(bin_dir / name, PROGRAM_RIGHTS, new_directories=0), program_composer(text))
        for name, text in given.items()
    }


def _told_programs(programs: t.Mapping[str, FileResult]) -> dict[str, t.Any]:
    told = [{"path": program.path, "action": program.change.action} for program in programs.values()]
    return {"programs": told} if told else {}


def _register(item: t.Mapping[str, t.Any], secrets: SecretRegister) -> None:
    """What is secret in a provider, before anything can be said of it."""
    for variable in item["env"]:
        if len(variable["value"]) < _SHORTEST_SECRET:
            secrets.declare_public(variable["value"])
        else:
            secrets.add(variable["value"])
    for pattern in item["match_images"] or ():
        secrets.add_url(pattern)
    for secret in secrets_in_arguments(item["args"]):
        if len(secret) >= _SHORTEST_SECRET:
            secrets.add_misplaced(secret)


def _add_secret(text: str, secrets: SecretRegister) -> None:
    if len(text) >= _SHORTEST_SECRET:
        secrets.add(text)


def _declared(params: t.Mapping[str, t.Any]) -> tuple[Declaration, list[str]]:
    present: list[Provider] = []
    absent: list[str] = []
    warnings: list[str] = []
    for index, item in enumerate(params["providers"]):
        where = f"providers[{index}]"
        if item["name"] in absent or any(item["name"] == other.name for other in present):
            raise InvalidInput(f"{where}.name", f"{item['name']!r} is given twice", "give each provider once")
        if item["state"] == "absent":
            absent.append(item["name"])
            continue
        present.append(_provider(item, where))
        found = (
            check_match_image(pattern, where=f"{where}.match_images[{number}]")
            for number, pattern in enumerate(item["match_images"])
        )
        warnings += [warning for warning in found if warning]
        if secrets_in_arguments(item["args"]):
            warnings.append(
                f"{where}.args: holds what looks like a password, and everybody on the node can read it in the list of processes;"
                " give it in env or in a file"
            )
    if not present and params["purge_providers"]:
        raise InvalidInput("providers", "names none to keep", "give one, or set purge_providers to false")
    if not present and not absent:
        raise InvalidInput("providers", "is empty", "give a provider, or name those to take out with state absent")
    return Declaration(tuple(present), tuple(absent), params["purge_providers"], params["api_version"] or ""), warnings


def _provider(item: t.Mapping[str, t.Any], where: str) -> Provider:
    token = item["token_attributes"]
    return Provider(
        name=item["name"],
        match_images=tuple(item["match_images"]),
        default_cache_duration=item["default_cache_duration"],
        api_version=item["api_version"],
        args=tuple(item["args"]),
        env=tuple(_variable(variable, f"{where}.env[{index}]") for index, variable in enumerate(item["env"])),
        token_attributes=TokenAttributes(
            audience=token["service_account_token_audience"],
            cache_type=token["cache_type"],
            require_service_account=token["require_service_account"],
            required_annotations=tuple(token["required_service_account_annotation_keys"]),
            optional_annotations=tuple(token["optional_service_account_annotation_keys"]),
        )
        if token
        else None,
    )


def _variable(item: t.Mapping[str, t.Any], where: str) -> tuple[str, SecretText]:
    name = item["name"]
    if not name or "=" in name or "\0" in name + item["value"]:
        raise InvalidInput(where, "cannot be a variable of a process", "give a name without '=', and no NUL")
    return name, SecretText(item["value"])


def _running_kubelet() -> ProviderKubelet | None:
    """The one that runs; of several nobody knows which is meant."""
    kubelets = provider_kubelets()
    return kubelets[0] if len(kubelets) == 1 else None


def _place(given: str | None, of_kubelet: str, *, option: str, flag: str) -> str:
    found = given or of_kubelet
    if not found:
        raise InvalidInput(
            option,
            f"is not given, and no single kubelet runs here with {flag}",
            f"give it, or let the kubelet run; {_FLAGS_CURE}",
        )
    if not os.path.isabs(found):  # noqa: PTH117  # a text, and no file yet
        raise InvalidInput(option, f"{found!r} is no absolute path", "begin it with '/'")
    return found


def _release(given: str | None, kubelet: ProviderKubelet | None) -> Release:
    if given is not None:
        release = parse_release(given)
        if release is None or release < OLDEST:  # YAML makes 1.3 of 1.30
            raise InvalidInput(
                "kubelet_version",
                f"{given!r} is no version of Kubernetes from 1.26 on",
                "write it in quotes, such as '1.36'",
            )
        return release
    return (release_of(kubelet) if kubelet else None) or NEWEST


def _was_started_before(kubelet: ProviderKubelet | None, files: t.Sequence[Path]) -> bool:
    """Whether the files are newer than the kubelet: then somebody owes it a restart."""
    return kubelet is not None and kubelet.started is not None and kubelet.started < newest_change(files)


def _flag_warnings(kubelet: ProviderKubelet | None, config: str, bin_dir: str) -> t.Iterator[str]:
    if kubelet is None:
        return
    if kubelet.unread is not None:
        yield (
            f"{kubelet.unread.path}: {kubelet.unread.problem}, so it is not known what providers the kubelet (process {kubelet.pid})"
            f" uses; {kubelet.unread.cure}"
        )
        return
    places = ((CONFIG_OPTION, config, kubelet.config), (BIN_DIR_OPTION, bin_dir, kubelet.bin_dir))
    missing = [flag for flag, _given, told in places if not told]
    if missing:
        yield f"the kubelet (process {kubelet.pid}) runs without {' and '.join(missing)} and uses no provider; {_FLAGS_CURE}"
    for flag, given, told in places:
        if told and os.path.realpath(told) != os.path.realpath(given):
            yield f"the kubelet (process {kubelet.pid}) runs with {flag}={told}, and not with {given}; change one of them"


def _restarts(
    kubelet: ProviderKubelet | None, path: str, config: str, *, changed: bool, started_before: bool
) -> list[dict[str, str]]:
    service = kubelet.service if kubelet else "kubelet"
    if changed:
        return [{"service": service, "reason": f"{path} was changed, and a kubelet reads it only when it starts"}]
    if started_before and kubelet and os.path.realpath(kubelet.config or "/") == os.path.realpath(config):
        return [{"service": service, "reason": f"it was started before {path} was last changed"}]
    return []
