#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_provider_config
short_description: Keep the kubelet's list of credential providers
version_added: 0.1.0
description:
  - Writes the C(CredentialProviderConfig) that names for a kubelet the programs to ask for credentials of images.
  - A kubelet that does not like this file does not start. So the result is checked by the rules of the kubelet before
    anything is written, all of the file and its neighbours, and the programs must be there.
  - Providers of others are kept, with the order of everything in the file.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
  - regcred.kubernetes._file
options:
  path:
    description:
      - The file that the kubelet gets with C(--image-credential-provider-config), or a folder that is there and that it
        reads as a whole (from Kubernetes 1.34 on).
      - Left out, it is that of the kubelet that runs, and for k3s and RKE2 without that option
        C(/var/lib/rancher/credentialprovider/config.yaml).
      - A file that is there stays JSON or YAML as it is; YAML loses its comments when it is changed. A new one is YAML,
        unless its name ends with C(.json) or PyYAML is missing.
    type: path
  file_name:
    description:
      - The file to write where O(path) is a folder. The kubelet reads those that end with C(.json), C(.yaml) or C(.yml) in the
        order of their names, and asks providers in that order.
    type: str
    default: regcred.yaml
  bin_dir:
    description:
      - The folder that the kubelet gets with C(--image-credential-provider-bin-dir).
      - Left out, it is that of the kubelet that runs, and for k3s and RKE2 C(/var/lib/rancher/credentialprovider/bin).
      - The program of each provider must be there and be executable, unless O(providers[].program) puts it there. In check mode
        a missing one is a warning, because the task that installs it did nothing either. One that others than root can replace is
        a warning, too.
    type: path
  providers:
    description:
      - Providers. Each is written as a whole; what an item leaves out, the provider does not have.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the program in O(bin_dir).
        type: str
        required: true
      match_images:
        description:
          - The images that the program is asked for, such as V(registry.example.com), V(registry.example.com:5000/team) or
            V(*.example.com). A glob stands for (a part of) one label of the host.
          - A pattern that no image can ever match is refused, such as one with a scheme, a tag, V(*) in its path, or the host
            V(index.docker.io), which is V(docker.io) here.
          - Needed for O(providers[].state=present).
        type: list
        elements: str
      default_cache_duration:
        description:
          - How long the kubelet keeps an answer that does not say so itself, such as V(12h) or V(1h30m); V(0s) for not at all.
          - Needed for O(providers[].state=present).
        type: str
      api_version:
        description:
          - Version of the protocol that is spoken with the program.
        type: str
        choices: [v1, v1beta1, v1alpha1]
        default: v1
      args:
        description:
          - Arguments of the program. Everybody on the node can read them, so no password belongs here.
        type: list
        elements: str
        default: []
      env:
        description:
          - Variables that the program gets beside those of the kubelet. Their values are treated as secrets, unless they have
            less than four characters. From ansible-core 2.22 on, short ones are hidden as well, wherever they turn up.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description:
              - Name of the variable.
            type: str
            required: true
          value:
            description:
              - Its value.
            type: str
            required: true
      token_attributes:
        description:
          - Give the program a token of the Pod's ServiceAccount. Kubernetes 1.34 or newer, and only where O(api_version) and
            O(providers[].api_version) are V(v1) and the kubelet's feature gate C(KubeletServiceAccountTokenForCredentialProviders)
            is on, as it is by default.
        type: dict
        suboptions:
          service_account_token_audience:
            description:
              - Audience of the token.
            type: str
            required: true
          cache_type:
            description:
              - Whether an answer holds for all Pods with the same ServiceAccount, or for the one token. V(Token) is needed
                by a program that answers with the token itself.
            type: str
            choices: [ServiceAccount, Token]
            required: true
          require_service_account:
            description:
              - Whether the program is not asked for Pods without a ServiceAccount, such as static Pods.
            type: bool
            required: true
          required_service_account_annotation_keys:
            description:
              - Annotations of the ServiceAccount that the program gets, and without which it is not asked. They need
                O(providers[].token_attributes.require_service_account=true).
            type: list
            elements: str
            default: []
          optional_service_account_annotation_keys:
            description:
              - Annotations of the ServiceAccount that the program gets where they are there.
            type: list
            elements: str
            default: []
      program:
        description:
          - The text of the program, a script, which is written to O(bin_dir), mode 0755, before a kubelet can hear of it.
            A link is followed, or refused, as with O(path). The folder must be there.
          - Left out, the program must be there.
        type: str
      state:
        description:
          - V(absent) takes the provider out, and leaves its program, which a kubelet that was not restarted still starts.
          - A kubelet does not start without any provider, so the last one cannot be taken out.
        type: str
        choices: [present, absent]
        default: present
  purge_providers:
    description:
      - V(true) makes the file hold exactly these providers, in this order.
      - V(false) merges them into what is there by name; new ones go last.
    type: bool
    default: false
  api_version:
    description:
      - Version of the file. Left out, it stays as it is, and is V(v1) in a new one.
    type: str
    choices: [v1, v1beta1, v1alpha1]
  kubelet_version:
    description:
      - The Kubernetes version by whose rules the file is checked, such as V(1.34).
      - Left out, the kubelet that runs is asked, and where there is none the rules of the newest release are taken.
    type: str
notes:
  - A kubelet reads this file once, when it starts. RV(restart_required) shows when a restart is due, also for a change of an
    earlier run whose restart did not happen.
  - PyYAML is needed on the node to change a file that is YAML.
seealso:
  - module: regcred.kubernetes.docker_config
"""

EXAMPLES = r"""
- name: Let the kubelet ask the program that comes with the role node_registry_auth
  regcred.kubernetes.credential_provider_config:
    providers:
      - name: regcred-credential-provider
        match_images:
          - registry.example.com
          - docker.io
        default_cache_duration: 5m
        args: [--config, /etc/regcred/credentials.json]
  register: provider_config

- name: Restart what has to be restarted
  ansible.builtin.systemd_service:
    name: "{{ item.service }}"
    state: restarted
  loop: "{{ provider_config.restart_required }}"

- name: Amazon's provider on nodes whose kubelet does not run yet
  regcred.kubernetes.credential_provider_config:
    path: /etc/kubernetes/credential-providers.yaml
    bin_dir: /usr/local/lib/kubelet/credential-providers
    kubelet_version: "1.36"
    providers:
      - name: ecr-credential-provider
        match_images: ["*.dkr.ecr.*.amazonaws.com"]
        default_cache_duration: 12h
        env:
          - name: AWS_PROFILE
            value: puller

- name: A program that is put there in the same step
  regcred.kubernetes.credential_provider_config:
    providers:
      - name: company-credential-provider
        program: "{{ lookup('ansible.builtin.file', 'company-credential-provider', rstrip=false) }}"
        match_images: [registry.example.com]
        default_cache_duration: 10m

- name: A program that trades the Pod's token for a credential
  regcred.kubernetes.credential_provider_config:
    providers:
      - name: token-credential-provider
        match_images: [registry.example.com]
        default_cache_duration: 10m
        token_attributes:
          service_account_token_audience: registry.example.com
          cache_type: ServiceAccount
          require_service_account: true
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "file /etc/kubernetes/credential-providers.yaml: updated: regcred-credential-provider: added"
path:
  description: The file, links followed.
  returned: success
  type: str
  sample: /etc/kubernetes/credential-providers.yaml
action:
  description: What became, or in check mode would become, of the file, V(created), V(updated) or V(unchanged).
  returned: success
  type: str
  sample: updated
reason:
  description: What is different from what was there, without secrets; empty when nothing is.
  returned: success
  type: str
  sample: "regcred-credential-provider: added"
bin_dir:
  description: The folder of the programs.
  returned: success
  type: str
  sample: /usr/local/lib/kubelet/credential-providers
providers:
  description: Names of the providers that the kubelet will have, in the order in which it asks them, all files included.
  returned: success
  type: list
  elements: str
  sample: [ecr-credential-provider, regcred-credential-provider]
programs:
  description: What became, or in check mode would become, of each program that O(providers[].program) gives.
  returned: when O(providers[].program) is given
  type: list
  elements: dict
  contains:
    path:
      description: The program, links followed.
      type: str
      returned: always
    action:
      description: As RV(action).
      type: str
      returned: always
  sample:
    - path: /usr/local/lib/kubelet/credential-providers/regcred-credential-provider
      action: created
restart_required:
  description:
    - Services that have to be restarted for the file to take effect; empty when there is none.
    - A kubelet that was started before the file was last written is reported as well when nothing is changed.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: The service, such as V(kubelet) or V(rke2-agent).
      type: str
      returned: always
    reason:
      description: Why.
      type: str
      returned: always
  sample:
    - service: kubelet
      reason: /etc/kubernetes/credential-providers.yaml was changed, and a kubelet reads it only when it starts
effective_within:
  description: Seconds until the file is in effect, counted from the restart where one is required.
  returned: success
  type: int
  sample: 0
backup_file:
  description: The copy of what was there before.
  returned: when O(backup=true) and the contents of the file were, or in check mode would be, replaced
  type: str
  sample: /etc/kubernetes/credential-providers.yaml.4711.2026-11-22@10:11:12~
previous:
  description: The file as it was, to take the change back.
  returned: when O(keep_previous=true) and a file that was there is, or in check mode would be, changed
  type: dict
  contains:
    backup_file:
      description: The copy, with the rights that the file had.
      type: str
      returned: always
    owner:
      description: Its owner's name, or number where there is no name.
      type: str
      returned: always
    group:
      description: Its group's name, or number where there is no name.
      type: str
      returned: always
    mode:
      description: Its permissions.
      type: str
      returned: always
  sample:
    backup_file: /etc/kubernetes/.credential-providers.yaml.regcred-previous-4711
    owner: root
    group: root
    mode: "0640"
"""

import os
import typing as t
from dataclasses import replace
from pathlib import Path

from ..module_utils._domain.errors import InvalidInput
from ..module_utils._domain.kubelet.match_image import check_match_image
from ..module_utils._domain.kubelet.provider_config import (
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
from ..module_utils._domain.kubelet.provider_rules import check_provider_name
from ..module_utils._domain.masking.secret_forms import secrets_in_arguments
from ..module_utils._domain.secret_text import SecretText
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import ArgumentSpec, path_option
from ..module_utils._edge.options.file import FILE_SPEC, copies_of, exposure_warnings, wanted_file
from ..module_utils._edge.renderer import outcome_of_file
from ..module_utils._edge.result import Outcome
from ..module_utils._edge.secrets import SecretRegister
from ..module_utils._node.kubelet.provider_process import (
    BIN_DIR_OPTION,
    CONFIG_OPTION,
    ProviderKubelet,
    provider_kubelets,
    release_of,
    started_before,
)
from ..module_utils._operations.write_file import Composed, FileResult, WantedFile, manage_file
from ..module_utils._operations.write_provider_config import (
    PROGRAM_RIGHTS,
    ComposedProviders,
    ProviderTask,
    compose_providers,
    files_read,
    own_file,
    program_composer,
)

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
SPEC = (
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
"""A variable's value that is shorter, such as 1 or on, is no secret; hiding it would make all output unreadable."""

_FLAGS_CURE = (
    f"start it with {CONFIG_OPTION} and {BIN_DIR_OPTION}: of kubeadm, in KUBELET_EXTRA_ARGS of /etc/default/kubelet (Debian) or"
    " /etc/sysconfig/kubelet (Red Hat); of MicroK8s, in /var/snap/microk8s/current/args/kubelet; k3s and RKE2 do it when"
    " /var/lib/rancher/credentialprovider has config.yaml and bin as they start"
)


def run(edge: Edge) -> Outcome:
    params = edge.params
    declaration, warnings = _declared(params, edge.secrets)
    kubelet = _running_kubelet()
    config, bin_dir = _places(params, kubelet, edge.secrets)
    release = _release(params["kubelet_version"], kubelet)
    path, folder = own_file(config, params["file_name"], release)
    file = wanted_file(params, str(path))
    texts = _programs(params["providers"])
    task = ProviderTask(declaration, path, folder, Path(bin_dir), release, edge.check_mode)
    # A list that is refused leaves no program behind, nor does one program another.
    programs, result = _brought(task, file, texts, edge, check_mode=True)
    was_newer = started_before(kubelet.started if kubelet else None, files_read(task))
    if not edge.check_mode:
        programs, result = _brought(task, file, texts, edge, check_mode=False)
    composed = result.composed
    return outcome_of_file(
        result.change,
        [
            *warnings,
            *(exposure_warnings(file, "the values of variables") if composed.has_variables else ()),
            *composed.warnings,
            *_flag_warnings(kubelet, config, bin_dir),
            *(warning for program in programs.values() for warning in program.warnings),
            *result.warnings,
        ],
        beside=[program.change for program in programs.values()],
        path=result.path,
        reason=result.change.reason,
        bin_dir=bin_dir,
        providers=list(composed.names),
        restart_required=_restarts(kubelet, result.path, config, changed=composed.is_changed, was_newer=was_newer),
        effective_within=0,
        **_program_rows(programs),
        **copies_of(file, result),
    )


def _programs(providers: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, str]:
    """The texts of the programs that are given, by the names that they get."""
    given = {item["name"]: item["program"] for item in providers if item["program"] and item["state"] == "present"}
    for name in given:
        check_provider_name(name, where="providers: name")
    return given


def _brought(
    task: ProviderTask, file: WantedFile, texts: t.Mapping[str, str], edge: Edge, *, check_mode: bool
) -> tuple[dict[str, FileResult[Composed]], FileResult[ComposedProviders]]:
    """The programs come first, so that they are where a kubelet looks before it can hear of them."""
    programs = {
        name: manage_file(
            WantedFile(task.bin_dir / name, PROGRAM_RIGHTS, new_directories=0),
            program_composer(text),
            label=edge.selinux_label,
            check_mode=check_mode,
        )
        for name, text in texts.items()
    }
    to_come = frozenset(programs) if check_mode else frozenset()
    task = replace(task, to_come=to_come)

    def compose(existing: bytes | None) -> ComposedProviders:
        return compose_providers(existing, task, edge.marks, lambda secret: _add_secret(secret, edge.secrets))

    return programs, manage_file(file, compose, label=edge.selinux_label, check_mode=check_mode)


def _program_rows(programs: t.Mapping[str, FileResult[Composed]]) -> dict[str, t.Any]:
    """What is returned of programs, where there are any."""
    rows = [{"path": program.path, "action": program.change.action} for program in programs.values()]
    return {"programs": rows} if rows else {}


def _register(item: t.Mapping[str, t.Any], secrets: SecretRegister) -> None:
    """What is secret in a provider, before anything of it can come into a message."""
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


def _declared(params: t.Mapping[str, t.Any], secrets: SecretRegister) -> tuple[Declaration, list[str]]:
    for item in params["providers"]:
        _register(item, secrets)
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


def _places(params: t.Mapping[str, t.Any], kubelet: ProviderKubelet | None, secrets: SecretRegister) -> tuple[str, str]:
    """The file or folder of the list, and the folder of the programs."""
    config, bin_dir = (path_option(params, name, secrets) for name in ("path", "bin_dir"))
    return (
        _place(config, kubelet.config if kubelet else "", option="path", flag=CONFIG_OPTION),
        _place(bin_dir, kubelet.bin_dir if kubelet else "", option="bin_dir", flag=BIN_DIR_OPTION),
    )


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
    missing = [flag for flag, _given, used in places if not used]
    if missing:
        yield f"the kubelet (process {kubelet.pid}) runs without {' and '.join(missing)} and uses no provider; {_FLAGS_CURE}"
    for flag, given, used in places:
        if used and os.path.realpath(used) != os.path.realpath(given):
            yield f"the kubelet (process {kubelet.pid}) runs with {flag}={used}, and not with {given}; change one of them"


def _restarts(
    kubelet: ProviderKubelet | None, path: str, config: str, *, changed: bool, was_newer: bool
) -> list[dict[str, str]]:
    """A file that was newer than its kubelet before this run is owed a restart as well."""
    service = kubelet.service if kubelet else "kubelet"
    if changed:
        return [{"service": service, "reason": f"{path} was changed, and a kubelet reads it only when it starts"}]
    if was_newer and kubelet and os.path.realpath(kubelet.config or "/") == os.path.realpath(config):
        return [{"service": service, "reason": f"it was started before {path} was last changed"}]
    return []


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
