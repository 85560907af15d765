"""The filter hashed_secret_name."""

from __future__ import annotations

import re
import typing as t

import ansible.template
import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.regcred.kubernetes.plugins.filter.hashed_secret_name import FilterModule, hashed_secret_name
from ansible_collections.regcred.kubernetes.plugins.filter.to_dockerconfigjson import to_dockerconfigjson

# Since ansible-core 2.19, the texts in a playbook are subclasses of str.
tagged = getattr(ansible.template, "trust_as_template", str)
TEST_USER = {"registry": "docker.io", "username": "test-user", "password": "test-password"}


@pytest.mark.parametrize(("email", "expected"), [("test-user@example.org", "foo-548cm7fgdh"), (None, "foo-bff5bt4f92")])
def test_kubectls_name(email: str | None, expected: str) -> None:
    """For a document that the other filter made, the name is what kubectl's own tests expect."""
    document = to_dockerconfigjson([{**TEST_USER, "email": email}])

    found = hashed_secret_name(tagged("foo"), tagged(document))

    assert expected == found
    assert {str} == {type(found)}


def test_a_dict() -> None:
    """What ansible-core 2.18 makes of a document in a variable has the same name."""
    document: t.Any = {"auths": {"quay.io": {"username": "u", "password": "ä<", "auth": "dTrDpDw="}}}
    text = to_dockerconfigjson([{"registry": "quay.io", "username": "u", "password": "ä<"}])

    assert hashed_secret_name("foo", text) == hashed_secret_name("foo", document)


@pytest.mark.parametrize(
    ("name", "document", "message"),
    [
        (None, "{}", "name: is no text but NoneType; give a text"),
        ("foo", ["hunter2"], "document: is no text but list; give a text"),
    ],
)
def test_refused(name: t.Any, document: t.Any, message: str) -> None:
    """What is no text fails, and is not shown."""
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(f'hashed_secret_name: {message}')}$"):
        hashed_secret_name(name, document)


def test_name() -> None:
    """Ansible finds it by its name."""
    assert FilterModule().filters() == {"hashed_secret_name": hashed_secret_name}
