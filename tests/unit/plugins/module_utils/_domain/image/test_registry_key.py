"""Registry keys: what users call a registry, and what a kubelet looks up."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.registry_key import (
    check_registry_key,
    judge_registry_key,
    normalise_registry,
    shown_registry,
)

VECTORS = json.loads((Path(__file__).parents[4] / "vectors/kubelet/keyring-lookup.json").read_text("utf-8"))
HUB = "https://index.docker.io/v1/"

NORMALISED: t.Sequence[tuple[str, str]] = [
    ("quay.io", "quay.io"),
    ("quay.io/", "quay.io"),
    ("https://quay.io", "quay.io"),
    ("http://quay.io", "quay.io"),
    ("HTTPS://Quay.IO/v2/", "quay.io"),
    ("https://quay.io/v1/", "quay.io"),
    ("quay.io/v2/team", "quay.io/team"),
    ("Registry.Example.com:5000", "registry.example.com:5000"),
    ("registry.example.com/Team", "registry.example.com/Team"),
    ("registry.example.com/team/app", "registry.example.com/team/app"),
    ("registry.example.com/team/", "registry.example.com/team/"),
    ("*.example.com", "*.example.com"),
    ("*.*.example.com:443", "*.*.example.com:443"),
    ("localhost", "localhost"),
    ("registry:5000", "registry:5000"),
    ("10.0.0.1:5000", "10.0.0.1:5000"),
    ("[::1]:5000", "[::1]:5000"),
    ("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "123456789012.dkr.ecr.eu-central-1.amazonaws.com"),
    ("docker.io", HUB),
    ("Docker.io/", HUB),
    ("https://docker.io", HUB),
    ("index.docker.io", HUB),
    ("https://index.docker.io/", HUB),
    (HUB, HUB),
    ("https://index.docker.io/v2/", HUB),
    ("docker.io/team", "docker.io/team"),
    ("docker.io/library/nginx", "docker.io/library/nginx"),
    ("registry-1.docker.io", "registry-1.docker.io"),
    ("ftp://quay.io", "ftp://quay.io"),
    ("", ""),
]


@pytest.mark.parametrize(
    ("registry", "expected"), NORMALISED, ids=[registry or "empty" for registry, _unused in NORMALISED]
)
def test_normalise(registry: str, expected: str) -> None:
    """What a user calls a registry becomes the key to write; what cannot be read stays as it is."""
    assert expected == normalise_registry(registry)


@pytest.mark.parametrize(
    ("registry", "_expected"), NORMALISED, ids=[registry or "empty" for registry, _unused in NORMALISED]
)
def test_normalise_twice(registry: str, _expected: str) -> None:
    """A normalised key stays as it is."""
    once = normalise_registry(registry)

    assert once == normalise_registry(once)


_NO_HOST = (
    "is not the host of any image on Docker Hub, so the kubelet never uses it for one;"
    " write 'https://index.docker.io/v1/' for Docker Hub"
)
_CHARACTER = "holds a character that no image name has; only '*' stands for other text, and only in the host"
_USER = "holds a user, which only kubelets pass over; give the registry alone, and the user as username"
_NO_VALID_HOST = "has no valid host and port; write host or host:port, as it stands in image names"
_EMPTY = "is empty; give the host as it stands in image names, such as 'registry.example.com:5000'"

ERRORS: t.Sequence[tuple[str, str]] = [
    ("", _EMPTY),
    ("  ", _EMPTY),
    ("ftp://quay.io", "has the scheme 'ftp'; leave the scheme out, or use https://"),
    ("docker://quay.io/x", "has the scheme 'docker'; leave the scheme out, or use https://"),
    ("https://", _NO_VALID_HOST),
    ("https:///team", _NO_VALID_HOST),
    ("quay.io:port", _NO_VALID_HOST),
    ("HTTPS://quay.io", "has the scheme 'HTTPS'; leave the scheme out, or use https://"),
    ("quay .io", _CHARACTER),
    ("r[ab].example.com", _CHARACTER),
    ("quay.io/{team}", _CHARACTER),
    ("quay.io/team%20a", "has a path that no repository has; paths are lower case"),
    ("quay.io/%zz", "has a path that no repository has; paths are lower case"),
    ("%71uay.io", _NO_VALID_HOST),
    ("quay.io/app@sha256:0", "has a digest; write the repository without its digest"),
    ("user:hunter2@", _NO_VALID_HOST),
    (
        "registry",
        (
            "has the host 'registry', which no image has: without '.' or ':' it is a name on Docker Hub;"
            " give the full host name, or 'docker.io/registry' for Docker Hub"
        ),
    ),
    (
        "team/app",
        (
            "has the host 'team', which no image has: without '.' or ':' it is a name on Docker Hub;"
            " give the full host name, or 'docker.io/team' for Docker Hub"
        ),
    ),
    (
        "https://index.docker.io/v1",
        "is never matched without the slash at its end; write 'https://index.docker.io/v1/'",
    ),
    (
        "index.docker.io/v2",
        "is never matched without the slash at its end; write 'https://index.docker.io/v1/'",
    ),
    (
        "index.docker.io/team",
        "is never matched: images on Docker Hub are looked up as docker.io; write 'docker.io/team'",
    ),
    (
        "https://index.docker.io/v1/team",
        "is never matched: images on Docker Hub are looked up as docker.io; write 'docker.io/team'",
    ),
    (
        "quay.io/*",
        "has '*' in its path, where it stands for itself; write the path's beginning, such as 'quay.io/team'",
    ),
    (
        "*.example.com/team-*",
        "has '*' in its path, where it stands for itself; write the path's beginning, such as '*.example.com/team'",
    ),
    ("quay.io/app:1.0", "has a tag; write the repository without its tag"),
    ("quay.io/Team", "has a path that no repository has; paths are lower case"),
]

WARNINGS: t.Sequence[tuple[str, str]] = [
    ("*.docker.io", _NO_HOST),
    ("registry-1.docker.io", _NO_HOST),
    ("https://registry-1.docker.io/v2/", _NO_HOST),
    ("Registry.hub.docker.com", _NO_HOST),
    ("hub.docker.com", _NO_HOST),
    ("auth.docker.io", _NO_HOST),
    ("quay.io/v1", "matches only repositories below 'v1'; write 'quay.io' for the whole registry"),
    ("quay.io?x", "has a query or fragment, which only kubelets drop; write 'quay.io'"),
    ("quay.io/team#x", "has a query or fragment, which only kubelets drop; write 'quay.io/team'"),
    ("Quay.io/team", "has capitals, and matches only images that are written so; write 'quay.io/team'"),
    ("quay.io/%6frg", "has escapes, which only kubelets undo; write 'quay.io/org'"),
    ("https://quay.io/v2", "matches only repositories below 'v2'; write 'quay.io' for the whole registry"),
]


@pytest.mark.parametrize(("registry", "expected"), ERRORS, ids=[registry or "empty" for registry, _unused in ERRORS])
def test_never_matches(registry: str, expected: str) -> None:
    """A key that no kubelet can ever match is refused, with what to write instead, and without a user it may hold."""
    shown = repr(shown_registry(registry))
    verdict = judge_registry_key(registry)

    assert verdict
    assert verdict.severity == "error"
    with pytest.raises(InvalidInput, match=f"^{re.escape(f'registries[0].registry: {shown} {expected}')}$"):
        check_registry_key(registry, where="registries[0].registry")


@pytest.mark.parametrize(
    ("registry", "shown"),
    [("user@quay.io", "...@quay.io"), ("https://user:hunter2@quay.io/v2/", "https://...@quay.io/v2/")],
)
def test_holds_a_user(registry: str, shown: str) -> None:
    """A user in a key is refused without being shown, though a kubelet would pass over it."""
    verdict = judge_registry_key(registry)

    assert verdict
    assert verdict.severity == "warning"
    with pytest.raises(InvalidInput, match=f"^{re.escape(f'here: {shown!r} {_USER}')}$"):
        check_registry_key(registry, where="here")


@pytest.mark.parametrize(("registry", "expected"), WARNINGS, ids=[registry for registry, _unused in WARNINGS])
def test_suspicious(registry: str, expected: str) -> None:
    """A key that looks like something it is not is a warning, with what to write instead."""
    assert f"here: {registry!r} {expected}" == check_registry_key(registry, where="here")


GOOD = [registry for registry, _unused in NORMALISED if registry not in {key for key, _unused in (*ERRORS, *WARNINGS)}]


@pytest.mark.parametrize("registry", [key for key in GOOD if "Team" not in key])
def test_good(registry: str) -> None:
    """Nothing is reported about what comes of a name that users write."""
    assert check_registry_key(normalise_registry(registry), where="here", given=registry) is None


SAME = [
    ("quay.io", "https://quay.io/v2/", True),
    ("quay.io", "QUAY.io", True),
    ("docker.io", HUB, True),
    ("index.docker.io", "https://docker.io/v1/", True),
    ("quay.io/team", "https://quay.io/v2/team", True),
    ("not a key", "not a key", True),
    ("quay.io", "quay.io:443", False),
    ("quay.io", "quay.io/team", False),
    ("docker.io/team", HUB, False),
    ("registry-1.docker.io", HUB, False),
    ("not a key", "no key", False),
]


@pytest.mark.parametrize(("one", "other", "expected"), SAME)
def test_same_registry(one: str, other: str, expected: bool) -> None:
    """Spellings of one registry are the same, whichever is asked first."""
    for first, second in ((one, other), (other, one)):
        assert expected is (normalise_registry(first) == normalise_registry(second))


class Looked(t.NamedTuple):
    """A lookup in which the kubelet's own code had one key alone to find something by."""

    key: str
    image: str
    found: bool


def _lookups() -> list[Looked]:
    lookups = []
    for vector in VECTORS:
        given = vector["input"]
        texts = [text for secret in given.get("secrets") or () for text in (secret.get("data") or {}).values()]
        texts += [given["node_config"]] if isinstance(given.get("node_config"), str) else []
        keys = [key for text in texts for key in _keys(text)]
        if len(keys) == 1 and "image" in given:
            lookups.append(Looked(keys[0], given["image"], bool(vector["expect"].get("credentials"))))
    return lookups


def _keys(text: str) -> list[str]:
    try:
        document = json.loads(text)
    except ValueError:
        return []
    entries = document.get("auths", document) if isinstance(document, dict) else {}
    return list(entries) if isinstance(entries, dict) else []


LOOKUPS = _lookups()


def test_lookups_are_there() -> None:
    """The vectors hold enough lookups by one key, found and not found, to say something."""
    assert len({lookup.key for lookup in LOOKUPS if lookup.found}) > 15
    assert len({lookup.key for lookup in LOOKUPS if not lookup.found}) > 15


@pytest.mark.parametrize(
    "lookup", [lookup for lookup in LOOKUPS if lookup.found], ids=lambda lookup: f"{lookup.key} for {lookup.image}"
)
def test_a_key_that_matched_is_no_error(lookup: Looked) -> None:
    """A key by which the kubelet's own code found a credential is never called one that cannot match."""
    verdict = judge_registry_key(lookup.key)

    assert verdict is None or verdict.severity == "warning"
