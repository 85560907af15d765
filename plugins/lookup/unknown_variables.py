# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
short_description: Mistyped variables of the collection's roles and playbooks
version_added: 0.1.0
description:
  - Finds the variables that begin with the name of a role and that the role does not read, such as
    C(pull_secrets_exclude_namespace) for C(pull_secrets_exclude_namespaces). Ansible ignores them.
  - Every role and playbook of the collection uses it, and fails before anything is changed where there is one.
  - Returned are those that are similar to one that is read. What may as well be a variable of your own is a warning, either because it is
    similar to none, such as C(tenant_id), or because its beginning is another one, such as C(pull_secret_owner) for C(pull_secrets_owner).
  - It looks at names alone. No value is templated or shown.
author:
  - regcred.kubernetes authors (@regcred)
options:
  _terms:
    description:
      - Names of roles of the collection.
      - V(regcred) stands for its playbooks, whose variables begin with C(regcred_). What any of them reads is known to all, since they
        can share an inventory.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Check that no variable is mistyped
  ansible.builtin.assert:
    that: query('regcred.kubernetes.unknown_variables', 'tenant') == []
    fail_msg: "{{ query('regcred.kubernetes.unknown_variables', 'tenant') | join(' ') }}"
"""

RETURN = r"""
_raw:
  description:
    - One sentence for each variable, with its name and the one that was probably meant. Empty when none is mistyped.
  type: list
  elements: str
  sample:
    - "pull_secrets_exclude_namespace: nothing in the role pull_secrets reads this variable; did you mean pull_secrets_exclude_namespaces?"
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ..module_utils._domain.errors import RegcredError
from ..module_utils._domain.masking.visible_text import visible
from ..module_utils._edge.filter_arguments import text_argument
from ..module_utils._edge.unknown_variables_lookup import doubtful_variables, unknown_variables


class LookupModule(LookupBase):
    """The name under which Ansible finds the lookup of a file."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        """The unknown variables of the roles in ``terms``; doubtful ones are warnings."""
        base: t.Any = self  # LookupBase gives no types
        base.set_options(var_options=variables, direct=kwargs)
        try:
            owners = [text_argument(term, where="role") for term in terms]
            for warning in (each for owner in owners for each in doubtful_variables(owner, variables or {})):
                Display().warning(visible(warning))
            return [visible(each) for owner in owners for each in unknown_variables(owner, variables or {})]
        except RegcredError as error:
            raise AnsibleLookupError(visible(str(error))) from None
