#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: previous_file
short_description: Take back a change of a node's file, or let it stand
version_added: 0.1.0
description:
  - Puts a file of a node back as it was before M(regcred.kubernetes.docker_config) or M(regcred.kubernetes.credential_provider_config)
    changed it with O(regcred.kubernetes.docker_config#module:keep_previous=true), or removes the copy that they kept.
  - Nothing of the file is read or shown. The copy gets the file's name, and has its owner, group, permissions and SELinux context.
  - The folder is walked to and locked as those modules do it, so that whoever can write in one of the folders of the path cannot lead
    root elsewhere, as they can where files are copied and removed by their names.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
options:
  path:
    description:
      - The file, as the module that changed it returned it.
    type: path
    required: true
  backup_file:
    description:
      - The copy, as RV(regcred.kubernetes.docker_config#module:previous.backup_file) says where it is. With O(state=restored) it is needed.
      - Empty, there was no file, and the one that is there is removed; where its folder is gone, there is nothing to do.
    type: str
  state:
    description:
      - V(restored) has the file as it was.
      - V(removed) lets the change stand and removes all copies that were kept of this file.
    type: str
    choices: [restored, removed]
    required: true
attributes:
  idempotent:
    support: partial
    details:
      - A copy that was put back is not there any more, and is an error the second time.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
seealso:
  - module: regcred.kubernetes.docker_config
  - module: regcred.kubernetes.credential_provider_config
"""

EXAMPLES = r"""
- name: Change the file, and see whether the change is good
  block:
    - name: Put a credential into the kubelet's file
      regcred.kubernetes.docker_config:
        target: kubelet
        keep_previous: true
        registries:
          - registry: registry.example.com
            username: puller
            password: "{{ registry_password }}"
      register: written

    - name: See that the node pulls with it
      regcred.kubernetes.node_image:
        images: [registry.example.com/probe:1]
  rescue:
    - name: Take the change back
      regcred.kubernetes.previous_file:
        path: "{{ written.path }}"
        backup_file: "{{ (written.previous | default({})).backup_file | default('') }}"
        state: restored
      when: written is changed
  always:
    - name: Keep no copy of old credentials
      regcred.kubernetes.previous_file:
        path: "{{ written.path }}"
        state: removed
      when: written is changed
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "file /var/lib/kubelet/config.json: updated: taken back"
path:
  description: The file.
  returned: success
  type: str
  sample: /var/lib/kubelet/config.json
action:
  description: What became, or in check mode would become, of the file, or with O(state=removed) of its copies.
  returned: success
  type: str
  sample: updated
reason:
  description: What was, or in check mode would be, done; empty when nothing was.
  returned: success
  type: str
  sample: taken back
"""

from pathlib import Path

from ..module_utils._domain.errors import InvalidInput
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import ArgumentSpec, path_option
from ..module_utils._edge.renderer import outcome_of_file
from ..module_utils._edge.result import Outcome
from ..module_utils._operations.take_back_file import let_stand, take_back

SPEC = ArgumentSpec(
    {
        "path": {"type": "path", "required": True},
        "backup_file": {"type": "str"},
        "state": {"type": "str", "choices": ["restored", "removed"], "required": True},
    },
    required_if=(("state", "restored", ("backup_file",)),),
)


def run(edge: Edge) -> Outcome:
    path = Path(path_option(edge.params, "path", edge.secrets))
    if edge.params["state"] == "removed":
        change = let_stand(path, check_mode=edge.check_mode)
    else:
        given = path_option(edge.params, "backup_file", edge.secrets)
        if given and Path(given).parent != path.parent:
            raise InvalidInput(
                "backup_file", f"{given} is not beside {path}", "give what previous.backup_file returned"
            )
        change = take_back(path, Path(given).name if given else "", check_mode=edge.check_mode)
    return outcome_of_file(change, path=change.name, reason=change.reason)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
