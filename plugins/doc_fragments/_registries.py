# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Registry credentials: ``CREDENTIAL_SPEC``."""

    DOCUMENTATION = r"""
options:
  registries:
    description:
      - Credentials, one a registry.
    type: list
    elements: dict
    suboptions:
      registry:
        description:
          - The registry as it stands in image names, such as V(quay.io), V(registry.example.com:5000) or
            V(registry.example.com/team). A glob in the host stands for one label, so V(*.example.com) is
            V(eu.example.com) and not V(a.eu.example.com).
          - V(docker.io) is written as C(https://index.docker.io/v1/), the key that docker and kubectl use; in a file for podman
            or CRI-O it is C(docker.io).
          - A key that no kubelet can ever match is refused; one that looks like Docker Hub and is not gets a warning.
        type: str
        required: true
      username:
        description:
          - The user name. Needed with O(registries[].password).
        type: str
      password:
        description:
          - The password or token.
        type: str
      auth:
        description:
          - Base64 of C(username:password), in place of both.
        type: str
      email:
        description:
          - Written beside the credential; nothing reads it any more.
        type: str
      state:
        description:
          - V(absent) takes the registry out of what is there, which matters only where other registries are kept.
        type: str
        choices: [present, absent]
        default: present
  config_json:
    description:
      - A ready docker config (C(config.json), C(.dockerconfigjson)) as text or as a dictionary.
      - Its C(auths) are taken, and nothing else. Entries without a credential, or with an identity token in place of a password,
        are left out with a warning, since they would keep kubelets from pulling anonymously; a file whose credentials are all in
        a credential store is refused.
    type: json
  config_file:
    description:
      - Path of such a file on the host that the module runs on, as C(docker login) writes it.
      - A link in it is followed where nobody but root or the user of the task can have put it.
    type: path
"""
