# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``hashed_secret_name``; hashed_secret_name.yml is its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.pull_secret.hashed_name import hashed_secret_name as name_by_kubectl
from ..module_utils._domain.secret_text import SecretText
from ..module_utils._edge.filter_arguments import document_argument, fails_with, text_argument


@fails_with(AnsibleFilterError)
def hashed_secret_name(name: t.Any, document: t.Any) -> str:
    """The name that kubectl gives to the Secret that holds a document."""
    text = document_argument(document, where="document")
    return name_by_kubectl(text_argument(name, where="name"), SecretText(text))


class FilterModule:
    """The name under which Ansible finds the filters of a file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"hashed_secret_name": hashed_secret_name}
