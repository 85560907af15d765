"""Warnings of entries that the reader of a file does not use."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.unused_entries import (
    unused_entries,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reader_keys import Reader

GOOD = {"auth": "dTpw"}
Entries = t.Dict[str, t.Dict[str, str]]


def warnings(reader: Reader, entries: Entries, extras: t.Any = None, given: t.Sequence[str] = ()) -> list[str]:
    """What is reported of a document."""
    return unused_entries(DockerConfig(entries, extras or {}), reader, given)


@pytest.mark.parametrize("reader", ["kubelet", "docker", "containers_auth"])
def test_nothing_to_say(reader: Reader) -> None:
    """Of entries that are used nothing is reported."""
    assert warnings(reader, {"quay.io": GOOD, "registry.example.com:5000": GOOD}) == []


def test_helpers_for_kubelet() -> None:
    """Kubelets ask no helper, whether or not one is set for what was just declared."""
    (warning,) = warnings("kubelet", {"quay.io": GOOD}, {"credHelpers": {"gcr.io": "gcloud"}, "credsStore": "pass"})

    assert warning.startswith(
        "credsStore and credHelpers: the kubelet asks no credential helper; use a credential provider"
    )
    assert warnings("kubelet", {"quay.io": GOOD}, {"CredHelpers": {"gcr.io": "gcloud"}, "credSstore": "pass"}) == [
        warning
    ]
    assert warnings("kubelet", {}, {"credHelpers": {}, "credsStore": ""}) == []


def test_helpers_for_docker() -> None:
    """A helper answers in place of the file, so that what was just declared is never used."""
    entries = {"quay.io": GOOD, "https://index.docker.io/v1/": GOOD}
    extras = {"credHelpers": {"quay.io": "pass"}, "credsStore": "desktop"}

    found = warnings("docker", entries, extras, given=["quay.io", "https://index.docker.io/v1/"])

    assert [each.partition(";")[0] for each in found] == [
        "'quay.io': its entry in credHelpers is asked in place of what is written here",
        "'https://index.docker.io/v1/': docker asks credsStore 'desktop' in place of what is written here",
    ]
    assert warnings("docker", entries, extras) == []


def test_helpers_for_containers() -> None:
    """Readers of auth.json know credHelpers and no credsStore."""
    extras = {"credHelpers": {"quay.io": "pass"}, "credsStore": "desktop"}

    found = warnings("containers_auth", {"quay.io": GOOD, "docker.io": GOOD}, extras, given=["quay.io", "docker.io"])

    assert len(found) == 1
    assert found[0].startswith("'quay.io': its entry in credHelpers is asked")


CASES: dict[str, tuple[Reader, Entries, str]] = {
    "user name and password alone": (
        "containers_auth",
        {"quay.io": {"username": "u", "password": "p"}},
        "'quay.io' has a user name or a password outside of auth, which alone is read; give its credential to this module",
    ),
    "glob in auth.json": (
        "containers_auth",
        {"*.example.com": GOOD},
        "auths: '*.example.com' has a glob, which has no place in auth.json; name each registry; nothing ever matches it",
    ),
    "path in docker's": (
        "docker",
        {"quay.io/team": GOOD},
        "auths: 'quay.io/team' has a path, which has no place in docker's config.json; write 'quay.io' for the whole registry; ",
    ),
    "looks like Docker Hub": (
        "docker",
        {"hub.docker.com": GOOD},
        "auths: 'hub.docker.com' is not the host of any image on Docker Hub; write 'https://index.docker.io/v1/' for Docker Hub",
    ),
    "identity token for a kubelet": (
        "kubelet",
        {"quay.io": {"auth": "dTo=", "identitytoken": "t"}},
        "'quay.io' has an identity token alone, which kubelets do not use; give it a user name and a password, ",
    ),
    "nothing in it": (
        "kubelet",
        {"quay.io": {}},
        "'quay.io' has neither user name nor password, and keeps kubelets from pulling anonymously; remove the entry, ",
    ),
    "never matches": (
        "kubelet",
        {"oci://quay.io": GOOD},
        "the key 'oci://quay.io' has the scheme 'oci'; leave the scheme out",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_entry(name: str) -> None:
    """An entry that is not used is reported with what to do."""
    reader, entries, message = CASES[name]

    (warning,) = warnings(reader, entries)

    assert warning.startswith(message)


def test_keys_that_were_judged_before() -> None:
    """Of keys that were just declared nobody is warned twice."""
    assert warnings("kubelet", {"hub.docker.com": GOOD}, given=["hub.docker.com"]) == []
    assert warnings("docker", {"hub.docker.com": GOOD}, given=["hub.docker.com"]) == []


def test_many() -> None:
    """Of many, ten are named, and how many more there are."""
    found = warnings("kubelet", {f"{number}.example.com": {} for number in range(25)})

    assert len(found) == 11
    assert found[-1] == "and 15 more entries that are not used"
