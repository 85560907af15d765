#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_config
short_description: Keep registry credentials in a docker config of a node
version_added: 0.1.0
description:
  - Puts credentials into C(config.json), C(.dockercfg) or C(auth.json) of a node, or takes them out, for the kubelet, docker,
    podman or CRI-O.
  - What else is in the file is kept as it is written, its order and its indentation included. A file that says the same already is
    not written.
  - Registries are written under the keys that the reader of the file looks up, and a key that it never looks up is refused.
  - The file is replaced as a whole, under a lock, so that a reader, a second task or a power failure never meets a half of it.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
  - regcred.kubernetes._file
  - regcred.kubernetes._registries
options:
  target:
    description:
      - Who reads the file. It says where the file is, unless O(path) does, which keys are written, and what to warn of.
      - V(kubelet) is the kubelet that runs on the node. Its C(--root-dir), working directory and C($HOME) are read from its
        process, also where it is a part of k3s or MicroK8s; the file is C(config.json) in C(--root-dir). When none runs, that is
        C(/var/lib/kubelet), with a warning; when several do, O(path) is needed.
      - V(docker) is the docker client of the user that the task runs as, who has C($DOCKER_CONFIG/config.json) or
        C(~/.docker/config.json).
      - V(podman) is podman, skopeo and buildah of that user. The file is C($REGISTRY_AUTH_FILE) or
        C(~/.config/containers/auth.json). It is not the one that C(podman login) writes, which is gone with the next start of the
        node.
      - V(crio) is CRI-O. The file is its C(global_auth_file), or C(/root/.config/containers/auth.json) when its configuration in
        C(/etc/crio) names none.
      - Left out, the file is taken to be for a kubelet (or for podman, with O(format=containers_auth)), and nothing is looked for
        on the node.
    type: str
    choices: [kubelet, docker, podman, crio]
  path:
    description:
      - The file, as an absolute path. Of O(path) and O(target), at least one is needed.
      - A link is followed, and its target replaced, so that the link stays, where nobody but root or the user of the task can have
        put it. Any other link in the path is an error, and so is one that leads nowhere.
      - When the folder that the file is in is missing, it is made, mode 0700. With O(target) alone, C(--root-dir) of the kubelet
        must be there, and C(~/.config/containers) is made as a whole.
    type: path
  format:
    description:
      - The format of the file.
      - V(config_json) and V(containers_auth) have the registries under C(auths); they differ in keys, since the latter is read by
        podman, skopeo, buildah and CRI-O. V(dockercfg) is the legacy format without C(auths), for the kubelet.
      - It follows O(target); without it, it is V(config_json).
    type: str
    choices: [config_json, dockercfg, containers_auth]
  purge_registries:
    description:
      - V(false) merges the registries into what is there; others are kept.
      - V(true) makes the file hold exactly these registries. What is beside C(auths) is kept all the same.
    type: bool
    default: false
notes:
  - A kubelet takes the first file that it can read and merges nothing, so a new C(config.json) can hide another; the module warns of
    that, and names the registries that are lost.
  - It also warns of entries that the reader does not use, such as C(credHelpers) in a kubelet's file, or a user name and password
    without C(auth) in an C(auth.json).
  - Another task waits up to 30 seconds for a lock on the folder, which is kept in C(/run/regcred), or in C(/tmp/regcred-UID) of a user
    who is not root. C(docker login) and C(podman login) take no notice of it.
  - In a folder of another user's, a file that belongs to somebody else than that user is not given away or opened to others, since it can
    have been moved or linked there.
  - What a task that was killed left behind is removed by the next one on the same file.
seealso:
  - module: regcred.kubernetes.pull_secret
  - module: regcred.kubernetes.image_pull_info
  - plugin: regcred.kubernetes.docker_credentials
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Let every Pod of the node pull from the company's registry
  regcred.kubernetes.docker_config:
    target: kubelet
    registries:
      - registry: registry.example.com
        username: puller
        password: "{{ registry_password }}"
  become: true

- name: Rotate the credential of Docker Hub, and keep what was there
  regcred.kubernetes.docker_config:
    target: kubelet
    backup: true
    registries:
      - registry: docker.io
        username: example
        password: "{{ hub_token }}"
  become: true

- name: Take a registry out
  regcred.kubernetes.docker_config:
    target: kubelet
    registries:
      - registry: old.example.com
        state: absent
  become: true

- name: Give CRI-O exactly the registries of a pull Secret
  regcred.kubernetes.docker_config:
    target: crio
    config_json: "{{ company_docker_config }}"
    purge_registries: true
  become: true

- name: Write a user's own file
  regcred.kubernetes.docker_config:
    target: docker
    path: /home/builder/.docker/config.json
    owner: builder
    group: builder
    registries:
      - registry: registry.example.com:5000
        username: builder
        password: "{{ builder_password }}"
  become: true
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "file /var/lib/kubelet/config.json: updated: quay.io: password changed"
path:
  description: The file, with links followed.
  returned: success
  type: str
  sample: /var/lib/kubelet/config.json
format:
  description: Its format, as in O(format).
  returned: success
  type: str
  sample: config_json
action:
  description: What became, or in check mode would become, of the file.
  returned: success
  type: str
  sample: updated
reason:
  description: What was, or in check mode would be, changed, without secrets; empty when nothing was.
  returned: success
  type: str
  sample: "quay.io: password changed; mode 0644 becomes 0600"
registries:
  description: All registries in the file with their user names, as C(registry) and C(username).
  returned: success
  type: list
  elements: dict
  sample:
    - registry: registry.example.com
      username: puller
match_images:
  description:
    - The registries of RV(registries) as a credential provider's C(matchImages) has them, for a provider that answers with this file.
      Entries that no kubelet uses have none.
  returned: success
  type: list
  elements: str
  sample: [registry.example.com]
newer_than_kubelet:
  description:
    - Whether the kubelet that reads this file was started before the file was last changed, also by somebody else or by a run that was
      interrupted. It takes notice by itself, within RV(effective_within) seconds; who restarts it so that a change counts at once knows by
      this that a restart is due.
  returned: success
  type: bool
  sample: false
restart_required:
  description:
    - Services that have to be restarted, as C(service) and C(reason). No reader of these files needs that, so it is empty; it is
      there because the node modules of this collection all have it.
  returned: success
  type: list
  elements: dict
  sample: []
effective_within:
  description: Seconds after which the reader has taken notice at the latest; a kubelet keeps what it has read for five minutes.
  returned: success
  type: int
  sample: 300
backup_file:
  description: The copy of what was there.
  returned: when O(backup=true) and the contents of a file were, or in check mode would be, replaced
  type: str
  sample: /var/lib/kubelet/config.json.2115.2026-11-22@10:15:00~
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
    backup_file: /var/lib/kubelet/.config.json.regcred-previous-2115
    owner: root
    group: root
    mode: "0640"
"""

import os
import typing as t

from ..module_utils._domain.docker_config.change import WantedConfig
from ..module_utils._domain.docker_config.config import READERS, Format
from ..module_utils._domain.errors import InvalidInput
from ..module_utils._domain.image.reader_keys import Reader
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import ArgumentSpec, path_option
from ..module_utils._edge.options.credentials import (
    CREDENTIAL_SPEC,
    Declared,
    declared_credentials,
    register_found_document,
)
from ..module_utils._edge.options.file import FILE_SPEC, copies_of, exposure_warnings, wanted_file
from ..module_utils._edge.renderer import outcome_of_file
from ..module_utils._edge.result import Outcome
from ..module_utils._node.kubelet.provider_process import started_before
from ..module_utils._node.kubelet.reader_files import Machine, Place, Target, find_place
from ..module_utils._operations.write_docker_config import (
    ComposedConfig,
    compose_config,
    match_images,
    registry_rows,
    warnings_about,
)
from ..module_utils._operations.write_file import Compose, manage_file

_FORMS: t.Mapping[str, Format] = {
    "config_json": "dockerconfigjson",
    "dockercfg": "dockercfg",
    "containers_auth": "containers_auth",
}
_TARGETS: t.Mapping[Target, tuple[Reader, t.Sequence[str]]] = {
    "kubelet": ("kubelet", ("config_json", "dockercfg")),
    "docker": ("docker", ("config_json",)),
    "podman": ("containers_auth", ("containers_auth",)),
    "crio": ("containers_auth", ("containers_auth",)),
}
"""Whose rules the keys in its file follow, and which formats it takes there, the usual one first."""

SPEC = (
    ArgumentSpec(
        {
            "path": {"type": "path"},
            "target": {"type": "str", "choices": list(_TARGETS)},
            "format": {"type": "str", "choices": list(_FORMS)},
            "purge_registries": {"type": "bool", "default": False},
        },
        required_one_of=(("path", "target"), ("registries", "config_json", "config_file")),
    )
    + CREDENTIAL_SPEC
    + FILE_SPEC
)

KUBELET_CACHE_SECONDS = 300
_TO_KUBELETS = "a kubelet takes notice within 5 minutes, or at once when it is restarted"
"""``CachingDockerConfigProvider`` in ``pkg/credentialprovider/keyring.go`` of the kubelet."""


def run(edge: Edge) -> Outcome:
    params = edge.params
    target: Target | None = params["target"]
    name = _format(params["format"], target)
    form = _FORMS[name]
    reader = _TARGETS[target][0] if target else READERS[form]
    declared = declared_credentials(params, edge.secrets, form=form, reader=reader)
    wanted = _wanted(params, declared, form)
    path = path_option(params, "path", edge.secrets) or None
    place = find_place(target, path, form, Machine(os.environ))
    file = wanted_file(params, str(place.path), new_directories=place.new_directories)
    was_newer = started_before(place.kubelet_started, [place.path])
    result = manage_file(file, _composer(wanted, place, edge), label=edge.selinux_label, check_mode=edge.check_mode)
    return outcome_of_file(
        result.change,
        [
            *declared.warnings,
            *place.warnings,
            *result.warnings,
            *exposure_warnings(file, "the credentials"),
            *warnings_about(place, result.composed.document, wanted, target, reader),
        ],
        when_changed=_TO_KUBELETS if target == "kubelet" else "",
        path=result.path,
        format=name,
        reason=result.change.reason,
        registries=registry_rows(result.composed.document, form),
        match_images=match_images(result.composed.document),
        newer_than_kubelet=was_newer or (place.kubelet_started is not None and result.changed),
        restart_required=[],
        effective_within=KUBELET_CACHE_SECONDS if target == "kubelet" else 0,
        **copies_of(file, result),
    )


def _composer(wanted: WantedConfig, place: Place, edge: Edge) -> Compose[ComposedConfig]:
    """What makes the new file of the one that is there, whose secrets are registered before anything is shown of it."""

    def compose(existing: bytes | None) -> ComposedConfig:
        return compose_config(
            existing,
            wanted,
            place,
            edge.marks,
            lambda document, form: register_found_document(document, edge.secrets, form),
        )

    return compose


def _format(given: str | None, target: Target | None) -> str:
    if target is None:
        return given or "config_json"
    _reader, known = _TARGETS[target]
    if given and given not in known:
        raise InvalidInput("format", f"{target} reads no {given}", f"use {' or '.join(known)}, or leave it out")
    return given or known[0]


def _wanted(params: t.Mapping[str, t.Any], declared: Declared, form: Format) -> WantedConfig:
    purge = params["purge_registries"]
    if not declared.present and (purge or not declared.absent):
        raise InvalidInput("registries", "is empty", "give a registry, or name those to take out with state absent")
    return WantedConfig(form, tuple(declared.present), tuple(declared.absent), purge)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
