# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: docker_credentials
short_description: Take registry credentials from the logins of docker, podman or skopeo
version_added: 0.1.0
description:
  - Reads a C(config.json) or C(auth.json) as C(docker login), C(podman login) or C(skopeo login) left it, and asks the credential
    helpers that it names.
  - Gives items for O(regcred.kubernetes.pull_secret#module:registries). Kubelets ask no credential helper, so a pull Secret
    needs what the helper knows, and a file that only names a helper is of no use to them.
  - Runs where Ansible runs, as the user who runs it, with the environment of C(ansible-playbook) and not of a task.
  - For each registry there are three outcomes. A login is found; or there is none, see O(missing); or it cannot be had, because
    a helper is not installed, fails or gives no answer, or because the entry cannot be read. The last is always an error,
    and never taken for no login.
author:
  - regcred.kubernetes authors (@regcred)
options:
  _terms:
    description:
      - The registries, as they stand in image names, such as V(quay.io) or V(docker.io). Each is checked as
        O(regcred.kubernetes.pull_secret#module:registries[].registry) is.
      - A namespace such as V(registry.example.com/team) gets the login of its own that podman and skopeo may keep, or else that
        of the registry.
      - Left out, all logins are given that the file, its helpers and its store have.
    type: list
    elements: str
  path:
    description:
      - The file. Docker's is found by default, C(config.json) in the folder E(DOCKER_CONFIG) or else in C(~/.docker).
      - Podman and skopeo keep theirs in C($XDG_RUNTIME_DIR/containers/auth.json) or where E(REGISTRY_AUTH_FILE) says.
      - The variable E(DOCKER_AUTH_CONFIG), which docker reads as well, is not read.
    type: path
  helper_timeout:
    description:
      - Seconds after which a credential helper, and whatever it started, is ended and the lookup fails.
      - Each registry that is kept by a helper takes a run of it.
    type: float
    default: 30
  missing:
    description:
      - What to do about a registry for which there is no login. V(fail) fails, V(skip) leaves it out.
    type: str
    choices: [fail, skip]
    default: fail
notes:
  - As with docker, one store answers for a registry. The helper that C(credHelpers) names for it comes first, then the one of
    C(credsStore), then the entry under C(auths), which counts only where there is no helper.
  - Docker Hub is found under C(https://index.docker.io/v1/), as docker writes it, and under C(docker.io), as podman does.
  - Identity tokens, which some registries give in place of a password, are an error. The kubelet drops the field in which
    they would stand, so no pull Secret that is made of one ever works. Log in with a user name and a password or access token.
  - Whatever a credential helper writes is never shown, as it could be a secret, except for errors that are known.
  - From ansible-core 2.22 on the passwords are masked in all output. Before that, nothing masks what a lookup returns, so hand it to
    a module of this collection, which masks it, and do not print it.
seealso:
  - module: regcred.kubernetes.pull_secret
"""

EXAMPLES = r"""
# query() always gives a list; lookup() gives a single item as it is.
- name: A pull Secret from the logins of whoever runs this
  regcred.kubernetes.pull_secret:
    name: regcred
    namespaces: [team-a]
    registries: "{{ query('regcred.kubernetes.docker_credentials', 'quay.io', 'docker.io') }}"

- name: All logins that podman has
  regcred.kubernetes.pull_secret:
    name: regcred
    namespaces: [team-a]
    registries: "{{ query('regcred.kubernetes.docker_credentials', path='~/.config/containers/auth.json') }}"

- name: Of two registries those with a login, from a store that may take a while to be unlocked
  regcred.kubernetes.pull_secret:
    name: regcred
    namespaces: [team-a]
    registries: >-
      {{ query('regcred.kubernetes.docker_credentials', 'quay.io', 'registry.example.com:5000', missing='skip', helper_timeout=120) }}
"""

RETURN = r"""
_raw:
  description:
    - The credentials, one a registry and in the order of the terms, without those that O(missing=skip) leaves out.
  type: list
  elements: dict
  contains:
    registry:
      description: The registry, normalised, such as C(quay.io) or C(https://index.docker.io/v1/) for Docker Hub.
      type: str
      returned: always
    username:
      description: The user name.
      type: str
      returned: always
    password:
      description: The password.
      type: str
      returned: always
  sample:
    - registry: quay.io
      username: example+robot
      password: a password
"""

import os
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._domain.errors import InvalidInput, RegcredError
from ..module_utils._domain.masking.visible_text import visible
from ..module_utils._domain.shown_names import check_path, is_plain
from ..module_utils._edge.docker_credentials_lookup import DockerCredentials
from ..module_utils._edge.filter_arguments import text_argument

OPTIONS = ("path", "helper_timeout", "missing")


class LookupModule(LookupBase):
    """The name under which Ansible finds the lookup of a file."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, str]]:
        """A login for each registry, or all logins without one; an ``AnsibleLookupError`` has no secrets."""
        base: t.Any = self  # LookupBase gives no types
        try:
            # set_options would quote whatever it refuses.
            if kwargs.get("path") is not None:
                check_path(kwargs["path"], where="path")
            for name in {"helper_timeout", "missing"} & kwargs.keys():
                if not is_plain(str(kwargs[name])):
                    raise InvalidInput(
                        name, "is no value of this option, and not shown since it could be secret", "correct it"
                    )
            base.set_options(var_options=variables, direct=kwargs)
            options = {name: base.get_option(name) for name in OPTIONS}
            for name in kwargs.keys() - OPTIONS:
                # Ansible takes no notice of such an option, and another file would be read than was meant.
                raise InvalidInput(name, "is no option of docker_credentials", f"use one of {', '.join(OPTIONS)}")
            registries = [text_argument(term, where="registry") for term in _flat(terms)]
            # An empty list of registries asks for none of them, which is not the same as naming none.
            if terms and not registries:
                return []
            return DockerCredentials(**options, environment=os.environ).look_up(registries)
        except RegcredError as error:
            raise AnsibleLookupError(visible(str(error))) from None


def _flat(terms: t.Iterable[t.Any]) -> t.Iterator[t.Any]:
    """Terms may come as a list in one argument, as a variable holds them."""
    for term in terms:
        yield from term if isinstance(term, (list, tuple)) else [term]
