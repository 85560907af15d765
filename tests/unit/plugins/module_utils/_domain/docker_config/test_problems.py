"""One answer to whether a reader uses an entry, wherever it is asked."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    DockerConfig,
    sealed_entry,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.problems import (
    Fault,
    entry_problems,
    fault_of,
    unused_entries,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reader_keys import (
    Reader,
    judge_key,
    key_for,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.registry_key import normalise_registry
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

KEYS = (
    "quay.io",
    "registry.example.com:5000",
    "docker.io",
    "quay.io/team",
    "*.example.com",
    "hub.docker.com",
    "registry-1.docker.io",
    "quay.io/team:1.0",
    "quay.io/*",
    "quay.io/?a=b",
    "oci://quay.io",
    "myregistry",
    "u:hunter2@quay.io",
    "",
)
READERS: t.Sequence[Reader] = ("kubelet", "docker", "containers_auth")
CODES = {None: [], "error": ["never_matches"], "warning": ["suspicious_key"]}


def written(key: str, reader: Reader) -> str | None:
    """What comes of a key that is declared: the severity of what is reported of it."""
    try:
        return "warning" if key_for(key, reader, where="registries[0].registry").warning else None
    except InvalidInput:
        return "error"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("key", KEYS)
def test_declared_and_found(key: str, reader: Reader) -> None:
    """A key that is refused where it is declared is an error where it is found, and a warning is one in both."""
    normalised = normalise_registry(key)
    verdict = judge_key(normalised, reader)
    severity = verdict.severity if verdict else None

    problems = entry_problems(normalised, sealed_entry({"auth": "dTpw"}), reader)

    assert [problem["code"] for problem in problems] == CODES[severity]
    # A user in a key is no obstacle for kubelets, and all the same not written: it could have a password.
    assert written(key, reader) == ("error" if "@" in key else severity)
    assert "hunter2" not in str(problems)


NO_CREDENTIAL: t.Sequence[tuple[t.Mapping[str, str], Reader, t.Sequence[str]]] = [
    ({}, "kubelet", ["empty_credential"]),
    ({}, "docker", []),
    ({}, "containers_auth", []),
    ({"username": "u", "identitytoken": "t"}, "kubelet", ["token_only"]),
    ({"username": "u", "registryToken": "t"}, "kubelet", ["token_only"]),
    ({"identitytoken": "t"}, "kubelet", ["token_only"]),
    ({"username": "<token>", "password": "t"}, "kubelet", ["token_only"]),
    ({"username": "u"}, "kubelet", []),
    ({"username": "u", "identitytoken": "t"}, "docker", []),
    ({"auth": "dTo=", "identitytoken": "t"}, "containers_auth", []),
    ({"username": "u", "password": "p"}, "kubelet", []),
    ({"username": "u", "password": "p"}, "docker", []),
    ({"username": "u", "password": "p"}, "containers_auth", ["no_auth"]),
    ({"username": "", "password": ""}, "containers_auth", []),
]


@pytest.mark.parametrize(("fields", "reader", "codes"), NO_CREDENTIAL)
def test_credential(fields: t.Mapping[str, str], reader: Reader, codes: t.Sequence[str]) -> None:
    """What is no credential to one reader can be one to another."""
    assert [problem["code"] for problem in entry_problems("quay.io", sealed_entry(fields), reader)] == codes


TOKEN: t.Mapping[str, t.Any] = {"identityToken": SecretText("t")}
NO_TOKEN: t.Mapping[str, t.Any] = {"identitytoken": SecretText(""), "registrytoken": None}

CASES: t.Sequence[tuple[str, str, t.Mapping[str, t.Any], Fault]] = [
    ("robot", "pw", {}, ""),
    ("robot", "pw", TOKEN, ""),
    ("robot", "pw\udcff", {}, ""),
    ("", "", {}, "empty"),
    ("", "", NO_TOKEN, "empty"),
    ("", "", TOKEN, "token_only"),
    ("robot", "", TOKEN, "token_only"),
    ("<token>", "pw", {}, "token_only"),
    ("robot", "", {}, "no_password"),
    ("robot", "", NO_TOKEN, "no_password"),
    ("", "pw", {}, "no_username"),
    ("robot", "\ud800", {}, "not_text"),
    ("\ud800", "", {}, "not_text"),
]


@pytest.mark.parametrize(("username", "password", "fields", "expected"), CASES)
def test_fault(username: str, password: str, fields: t.Mapping[str, t.Any], expected: Fault) -> None:
    """One word for each, and none where nothing is wrong."""
    assert fault_of(Credential(username, SecretText(password)), fields) == expected


def test_variable() -> None:
    """A document holds bytes that are not UTF-8, and a variable does not."""
    credential = Credential("robot", SecretText("pw\udcff"))

    assert fault_of(credential, {}, in_variable=True) == "not_text"


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


UNUSED: dict[str, tuple[Reader, Entries, str]] = {
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


@pytest.mark.parametrize("name", UNUSED)
def test_entry(name: str) -> None:
    """An entry that is not used is reported with what to do."""
    reader, entries, message = UNUSED[name]

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
