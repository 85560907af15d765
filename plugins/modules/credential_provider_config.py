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
  - Writes the C(CredentialProviderConfig) that tells a kubelet which programs to ask for credentials of which images.
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
      - The file that the kubelet is told of with C(--image-credential-provider-config), or a folder that is there and that it
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
      - The folder that the kubelet is told of with C(--image-credential-provider-bin-dir).
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
  - A kubelet reads this file once, when it starts. RV(restart_required) tells when a restart is due, also for a change of an
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
    - A kubelet that was started before the file was last written is told as well when nothing is changed.
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

from ..module_utils._edge.credential_provider_config_module import (
    CREDENTIAL_PROVIDER_CONFIG_SPEC,
    run_credential_provider_config,
)
from ..module_utils._edge.node_module import run_node_module


def main() -> None:
    """Hand over."""
    run_node_module(CREDENTIAL_PROVIDER_CONFIG_SPEC, run_credential_provider_config)


if __name__ == "__main__":
    main()
