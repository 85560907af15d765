"""The filter image_reference."""

from __future__ import annotations

import re
import typing as t

import ansible.template
import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.regcred.kubernetes.plugins.filter.image_reference import FilterModule, image_reference

# Since ansible-core 2.19, the texts in a playbook are subclasses of str.
tagged = getattr(ansible.template, "trust_as_template", str)
DIGEST = "sha256:" + "a" * 64


def parts(registry: str, path: str, tag: str, digest: str, familiar: str, pull_policy: str) -> dict[str, str]:
    """What the filter returns, in one line."""
    return {
        "registry": registry,
        "repository": f"{registry}/{path}",
        "path": path,
        "tag": tag,
        "digest": digest,
        "familiar": familiar,
        "pull_policy": pull_policy,
    }


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", parts("docker.io", "library/nginx", "latest", "", "nginx", "Always")),
        ("team/app:1.0", parts("docker.io", "team/app", "1.0", "", "team/app", "IfNotPresent")),
        ("r.example.com:5000/a", parts("r.example.com:5000", "a", "latest", "", "r.example.com:5000/a", "Always")),
        (f"quay.io/a/b@{DIGEST}", parts("quay.io", "a/b", "", DIGEST, "quay.io/a/b", "IfNotPresent")),
        (f"quay.io/a:latest@{DIGEST}", parts("quay.io", "a", "latest", DIGEST, "quay.io/a", "Always")),
    ],
)
def test_parts(image: str, expected: dict[str, str]) -> None:
    """An image is normalised and taken apart, and the pull policy is the API server's."""
    assert expected == image_reference(image)


def test_plain_result() -> None:
    """What comes out carries no tag of what went in."""
    found = image_reference(tagged(f"quay.io/a:latest@{DIGEST}"))

    assert {str} == {type(text) for text in found.values()}


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("", "image_reference: '': is empty; give it as it stands in a container's image"),
        (
            "quay.io/Team/app",
            (
                "image_reference: 'quay.io/Team/app': has capitals in its path 'Team/app'; paths are lower case;"
                " give it as it stands in a container's image"
            ),
        ),
        (
            "robot:hunter2@quay.io/app",
            (
                "image_reference: '...@quay.io/app': has a user before the registry's host; credentials go into a Secret;"
                " give it as it stands in a container's image"
            ),
        ),
        (
            "https://robot:hunter2@quay.io",
            (
                "image_reference: 'https://...@quay.io': has a scheme; an image begins with the registry's host;"
                " give it as it stands in a container's image"
            ),
        ),
        (
            "robot:hunter2@quay.io",
            (
                "image_reference: '...@quay.io': has a digest that is not sha256, sha384 or sha512 with all of its"
                " hexadecimal digits in lower case; give it as it stands in a container's image"
            ),
        ),
        (5, "image_reference: image: is no text but int; give a text"),
        (None, "image_reference: image: is no text but NoneType; give a text"),
        ([tagged("hunter2")], "image_reference: image: is no text but list; give a text"),
    ],
)
def test_refused(image: t.Any, message: str) -> None:
    """What is no image fails with its name and what is wrong."""
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(message)}$"):
        image_reference(image)


@pytest.mark.parametrize("image", ["app:1@sha256:ab", "quay.io/app:1@sha256:ab"])
def test_a_broken_digest_is_shown(image: str) -> None:
    """What stands before the at sign of a digest is no user."""
    with pytest.raises(AnsibleFilterError, match=f"^image_reference: '{re.escape(image)}': has a digest "):
        image_reference(image)


def test_name() -> None:
    """Ansible finds it by its name."""
    assert FilterModule().filters() == {"image_reference": image_reference}
