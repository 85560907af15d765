#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_image
short_description: Keep images on a node, through its container runtime
version_added: 0.1.0
description:
  - Pulls, pins and removes images of the node that it runs on, with the program of the container runtime that is there.
  - Credentials are looked up for each image as the kubelet does, and tried in its order. They come to the program in its
    environment, in a file that is gone afterwards, or on a terminal, and never on a command line.
  - Whether anything changed is decided by the ids of images before and after, and never by what a program says.
  - One image's failure does not stop the others; the task fails at the end and names each.
  - A kubelet has no record of images that it has not pulled. As it is set up by default, every Pod on the node may use them without
    a credential, also those of a private registry; where its C(imagePullCredentialsVerificationPolicy) is C(AlwaysVerify), it asks
    for one, and a Pod with C(imagePullPolicy=Never) cannot start. M(regcred.kubernetes.image_prepull) has the kubelet pull.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
  - regcred.kubernetes._registries
  - regcred.kubernetes._rows
attributes:
  check_mode:
    details:
      - No registry is asked. With O(pull=always), an image with a tag that is there counts as changed, since only its registry knows
        better.
  diff_mode:
    details:
      - Ids and pins are shown; the id of an image that is still to be pulled is not known.
  idempotent:
    details:
      - With O(pull=always), as far as the registry has nothing newer.
  platform:
    description: The systems that this module runs on.
    support: full
    platforms: linux
options:
  images:
    description:
      - Images, named as in Pods. Where there is a digest, a tag beside it does not count.
    type: list
    elements: str
    required: true
    aliases: [image, name]
  state:
    description:
      - V(present) pulls what is not there.
      - V(absent) takes the names away. The image itself goes with the last of its names. C(crictl) knows only to remove an image with
        all of its names, so an image that has others than those in O(images) is an error there.
    type: str
    choices: [present, absent]
    default: present
  pull:
    description:
      - V(missing) leaves alone what is there; V(always) asks the registry whether it has a newer one.
      - An image that is named by its digest never changes, and is not pulled again.
    type: str
    choices: [missing, always]
    default: missing
  pinned:
    description:
      - Whether the kubelet's garbage collection is to leave the images alone. Left out, that stays as it is.
      - It takes containerd and its program C(ctr), also where C(crictl) pulls. CRI-O has a list C(pinned_images) in its configuration
        for it, cri-dockerd its option C(--pinned-images).
      - All names of an image are pinned. When O(pull=always) moves a tag to a newer image, the pin moves with it.
    type: bool
  runtime:
    description:
      - The program to work with.
      - V(auto) takes the runtime that the kubelet of this node uses, or else the one whose socket is at its usual place, that of k3s,
        RKE2, k0s and MicroK8s included, and podman where there is none; more than one is an error. For containerd and CRI-O it
        prefers V(crictl), with which the runtime pulls just as it does for the kubelet.
      - V(ctr) and V(nerdctl) are for containerd. V(podman) has its own store of images, which is CRI-O's as well where that uses the
        same folder. V(docker) is for nodes with cri-dockerd.
      - V(nerdctl) is tested on what its source says it writes, and not for real.
    type: str
    choices: [auto, crictl, ctr, nerdctl, podman, docker]
    default: auto
  endpoint:
    description:
      - The socket of the runtime, such as V(/run/containerd/containerd.sock), with or without C(unix://).
      - Left out, it is found as for O(runtime=auto). V(podman) has none. A configuration of the kubelet that is there and cannot be read
        is an error, because it may name another.
    type: str
  containerd_namespace:
    description:
      - containerd's namespace for V(ctr) and V(nerdctl). A kubelet sees the images of V(k8s.io) alone.
    type: str
    default: k8s.io
  hosts_dir:
    description:
      - The folder with the C(hosts.toml) files for V(ctr) and V(nerdctl), which do not look for it themselves.
      - Left out, it is the first folder of C(config_path) in containerd's configuration that is there, or else of
        C(/etc/containerd/certs.d) and C(/etc/docker/certs.d). Files that this configuration imports are not read.
        One that is there and cannot be read is an error.
    type: path
  registries:
    description:
      - Credentials, one a registry. An item that is V(absent) is none.
      - An image for which there is none is pulled as the runtime itself is set up to. For an image for which there is one, that one
        has to work; nothing is tried without it.
  timeout:
    description:
      - Seconds that one pull with one credential may take, 1 to 86400.
    type: int
    default: 600
  concurrency:
    description:
      - Images that are pulled at once, 1 to 32.
    type: int
    default: 2
  warn_of_preloaded:
    description:
      - Whether to warn, once a task, of images that were pulled with a credential and that the kubelet has no record of.
    type: bool
    default: true
seealso:
  - module: regcred.kubernetes.image_prepull
  - module: regcred.kubernetes.docker_config
  - module: regcred.kubernetes.image_pull_info
"""

EXAMPLES = r"""
- name: Have the images of the next release on the node before it is rolled out
  regcred.kubernetes.node_image:
    images:
      - registry.example.com/shop/web:2.4
      - registry.example.com/shop/worker:2.4
      - nginx:1.29
    registries:
      - registry: registry.example.com
        username: puller
        password: "{{ registry_password }}"

- name: Keep what Pods start with on the node, whatever the disk is like
  regcred.kubernetes.node_image:
    images: ["registry.example.com/base/init@sha256:{{ init_digest }}"]
    pinned: true
    config_file: /var/lib/kubelet/config.json

- name: Take the images of the last release away
  regcred.kubernetes.node_image:
    images: [registry.example.com/shop/web:2.3]
    state: absent

- name: Refresh an image through ctr, four at once, five minutes at most for each
  regcred.kubernetes.node_image:
    images: [registry.example.com/shop/web:latest]
    pull: always
    runtime: ctr
    concurrency: 4
    timeout: 300
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "3 images: 1 pulled"
images:
  description:
    - What was, or in check mode would be, done about each image, in the order of O(images).
    - Of a task that fails, those that failed, unless O(rows_on_failure=all).
  returned: always, unless the options are wrong or the runtime does not answer
  type: list
  elements: dict
  contains:
    image:
      description: As it stands in O(images).
      type: str
      returned: always
    name:
      description: As the runtime keeps it, with its registry.
      type: str
      returned: always
    action:
      description:
        - One of V(pulled), V(pinned), V(unpinned), V(removed), V(present), V(absent) and V(failed).
        - V(present) and V(absent) are images about which nothing had to be done. An image that was pulled and pinned is V(pulled).
      type: str
      returned: always
    reason:
      description: Why, without secrets; for V(failed) also what to do.
      type: str
      returned: always
    cause:
      description:
        - A word for a failure, V(denied), V(not_found), V(certificate), V(scheme), V(platform), V(unreachable), V(throttled),
          V(timeout), V(impossible) or V(other).
      type: str
      returned: when RV(images[].action) is V(failed)
    id:
      description: The image's id as the runtime has it, empty when it is not there, or would be pulled in check mode.
      type: str
      returned: always
    previous_id:
      description: The id that it had before, empty when it was not there.
      type: str
      returned: always
    pinned:
      description: Whether it is pinned; V(false) where the program cannot tell.
      type: bool
      returned: always
  sample:
    - image: nginx:1.29
      name: docker.io/library/nginx:1.29
      action: pulled
      reason: it is not there
      id: "sha256:b0100c78cd474b3d3ee99b999fbbd6fc4cbbb0c11280145459924b8691343f01"
      previous_id: ""
      pinned: false
summary:
  description: Number of images by action.
  returned: as RV(images)
  type: dict
  sample: {pulled: 1, pinned: 0, unpinned: 0, removed: 0, present: 2, absent: 0, failed: 0}
runtime:
  description: What was worked with, as C(program) and C(endpoint), which is empty where the program itself knows.
  returned: as RV(images)
  type: dict
  sample: {program: crictl, endpoint: /run/containerd/containerd.sock}
"""

import typing as t

from ..module_utils._domain.change import IMAGE
from ..module_utils._domain.docker_config.keyring import Keyring
from ..module_utils._domain.errors import InvalidInput
from ..module_utils._domain.image.reference import shown_image
from ..module_utils._domain.masking.mask import Mask
from ..module_utils._domain.node_image.plan import WantedImage, WantedState
from ..module_utils._domain.pull_secret.document_secrets import secrets_in_document
from ..module_utils._domain.shown_names import check_path, shown_names
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import AT_ONCE, SECONDS, ArgumentSpec
from ..module_utils._edge.options.credentials import CREDENTIAL_SPEC, declared_credentials
from ..module_utils._edge.options.images import image_references
from ..module_utils._edge.renderer import ROWS_SPEC, counted, outcome_of
from ..module_utils._edge.result import Outcome
from ..module_utils._edge.secrets import SecretRegister
from ..module_utils._node.ending import ends_when_asked
from ..module_utils._node.images.tools import PROGRAMS, AskedTools, Tools, find_tools
from ..module_utils._operations.manage_node_images import NodeImages, NodeImagesTask, manage_node_images

SPEC = (CREDENTIAL_SPEC + ROWS_SPEC) + ArgumentSpec(
    {
        "images": {"type": "list", "elements": "str", "required": True, "aliases": ["image", "name"]},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "pull": {"type": "str", "choices": ["missing", "always"], "default": "missing"},
        "pinned": {"type": "bool"},
        "runtime": {"type": "str", "choices": ["auto", *PROGRAMS], "default": "auto"},
        "endpoint": {"type": "str"},
        "containerd_namespace": {"type": "str", "default": "k8s.io"},
        "hosts_dir": {"type": "path"},
        "timeout": {"type": "int", "default": 600},
        "concurrency": {"type": "int", "default": 2},
        "warn_of_preloaded": {"type": "bool", "default": True},
    },
    bounds={"timeout": SECONDS, "concurrency": AT_ONCE},
)


def run(edge: Edge) -> Outcome:
    params = edge.params
    declared = declared_credentials(params, edge.secrets, reader="kubelet")
    task = NodeImagesTask(
        images=_images(params["images"], edge.secrets),
        state=_state(params),
        keyring=Keyring.of([("registries", declared.document)]),
        mask=Mask(secrets_in_document(declared.document), names=[shown_image(image) for image in params["images"]]),
        timeout=params["timeout"],
        concurrency=params["concurrency"],
    )
    with ends_when_asked():
        tools = find_tools(_asked_tools(params, task.state))
        done = manage_node_images(tools, task, check_mode=edge.check_mode)
    warnings = [*declared.warnings, *_preloaded_warning(params, tools, done)]
    return outcome_of(
        done.results,
        warnings,
        subject=counted(len(done.results), "image"),
        kind=IMAGE,
        rows_on_failure=params["rows_on_failure"],
        runtime={"program": tools.program.name, "endpoint": tools.program.endpoint},
    )


def _images(given: t.Sequence[str], secrets: SecretRegister) -> tuple[WantedImage, ...]:
    """Each image once, however it is written."""
    wanted: dict[str, WantedImage] = {}
    for index, reference in enumerate(image_references(given, secrets, credentials="registries")):
        if not reference.registry:
            problem = f"{given[index]!r} has no registry that can be asked"
            raise InvalidInput(f"images[{index}]", problem, "begin it with the registry's host")
        image = WantedImage(given[index], reference)
        wanted.setdefault(image.name, image)
    return tuple(wanted.values())


def _state(params: t.Mapping[str, t.Any]) -> WantedState:
    state = WantedState(params["state"] == "present", params["pull"] == "always", params["pinned"])
    if not state.present and state.pinned is not None:
        raise InvalidInput("pinned", "is about images that are there", "leave it out with state=absent")
    return state


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
    warning = (
        f"{shown_names(private, 1)}: pulled with a credential, of which the kubelet has no record. As it is set up by default, every"
        " Pod on this node may now use such an image without a credential; where its imagePullCredentialsVerificationPolicy is"
        " AlwaysVerify, no Pod with imagePullPolicy Never can. Pull through the cluster with image_prepull to have it recorded,"
        " or say that this is as it should be with warn_of_preloaded=false"
    )
    return [warning]


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
