"""What to write for one registry in each kind of file."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reader_keys import (
    Reader,
    ReaderKey,
    canonical_key,
    key_for,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.registry_key import (
    check_registry_key,
    normalise_registry,
)

HUB_URL = "https://index.docker.io/v1/"


class Row(t.NamedTuple):
    """
    What a reader understands.

    Attributes:
        hub: Its key of Docker Hub.
        place: Where its keys stand, in messages.
        by_host: Whether it looks for the host that it asks, and not for the registry in an image's name.
        has_paths: Whether a key of its can be a namespace or a repository.
        has_globs: Whether it knows any; which, is in the cases below.
    """

    hub: str
    place: str
    by_host: bool = False
    has_paths: bool = False
    has_globs: bool = False


ROWS: t.Mapping[Reader, Row] = {
    "kubelet": Row(HUB_URL, "", has_paths=True, has_globs=True),
    "docker": Row(HUB_URL, "docker's config.json"),
    "containers_auth": Row("docker.io", "auth.json", has_paths=True),
    "containerd_certs_d": Row("docker.io", "containerd's certs.d"),
    "containerd_configs": Row("registry-1.docker.io", "containerd's registry.configs", by_host=True),
    "k3s_configs": Row("registry-1.docker.io", "the configs of registries.yaml", by_host=True),
    "k3s_mirrors": Row("docker.io", "the mirrors of registries.yaml", has_globs=True),
    "rancher": Row("index.docker.io", "Rancher's registry credentials"),
    "http_api": Row("registry-1.docker.io", "the address of a registry's API", by_host=True),
}
READERS: t.Sequence[Reader] = tuple(ROWS)
ASKS_HOSTS: t.Sequence[Reader] = [reader for reader in ROWS if ROWS[reader].by_host]
KNOWS_PATHS: t.Sequence[Reader] = [reader for reader in ROWS if ROWS[reader].has_paths]
KNOWS_GLOBS: t.Sequence[Reader] = [reader for reader in ROWS if ROWS[reader].has_globs]


def others(*readers: Reader) -> list[Reader]:
    """All readers but these."""
    return [reader for reader in READERS if reader not in readers]


@pytest.mark.parametrize("registry", ["docker.io", "Index.docker.io", "https://docker.io/", HUB_URL])
@pytest.mark.parametrize("reader", READERS)
def test_docker_hub(registry: str, reader: Reader) -> None:
    """Docker Hub has a key of its own in each file, whatever a user calls it."""
    assert ReaderKey(ROWS[reader].hub) == key_for(registry, reader, where="here")


def test_every_reader_is_here() -> None:
    """A new reader gets a row, and with it all cases of this file."""
    assert set(ROWS) == set(t.get_args(Reader)), "give ROWS a row for each Reader"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        ("quay.io", "quay.io"),
        ("HTTPS://Quay.io/v2/", "quay.io"),
        ("registry.example.com:5000/", "registry.example.com:5000"),
        ("localhost", "localhost"),
        ("[::1]:5000", "[::1]:5000"),
    ],
)
def test_host(registry: str, reader: Reader, expected: str) -> None:
    """Any other registry is its host and port, for everyone."""
    assert ReaderKey(expected) == key_for(registry, reader, where="here")


@pytest.mark.parametrize(
    ("registry", "reader", "expected"),
    [
        ("quay.io/team", "kubelet", "quay.io/team"),
        ("quay.io/team/", "kubelet", "quay.io/team/"),
        ("docker.io/team", "kubelet", "docker.io/team"),
        ("*.example.com", "kubelet", "*.example.com"),
        ("quay.io/team", "containers_auth", "quay.io/team"),
        ("quay.io/team/", "containers_auth", "quay.io/team"),
        ("quay.io/v1", "containers_auth", "quay.io/v1"),
        ("docker.io/team/app", "containers_auth", "docker.io/team/app"),
        ("registry-1.docker.io", "containers_auth", "docker.io"),
        ("*", "k3s_mirrors", "*"),
        *(("mirror", reader, "mirror") for reader in ASKS_HOSTS),
        *(("registry-1.docker.io", reader, "registry-1.docker.io") for reader in ASKS_HOSTS),
    ],
)
def test_what_a_reader_knows(registry: str, reader: Reader, expected: str) -> None:
    """Paths, globs and bare host names are written for those who know them."""
    assert ReaderKey(expected) == key_for(registry, reader, where="here")


@pytest.mark.parametrize("registry", ["registry-1.docker.io", "quay.io/v1", "quay.io?x", "quay.io"])
def test_kubelet_row(registry: str) -> None:
    """For kubelets, key and warning are those of registry_key."""
    key = normalise_registry(registry)

    assert ReaderKey(key, check_registry_key(key, where="here")) == key_for(registry, "kubelet", where="here")


@pytest.mark.parametrize("reader", others("kubelet", "containers_auth", *ASKS_HOSTS))
def test_docker_hub_by_another_name(reader: Reader) -> None:
    """A host of Docker Hub that is in no image's name gets a warning, with the key to write."""
    warning = f"here: 'registry-1.docker.io' is not the host of any image on Docker Hub; write {ROWS[reader].hub!r} for Docker Hub"

    assert ReaderKey("registry-1.docker.io", warning) == key_for("registry-1.docker.io", reader, where="here")


_BARE = (
    "has the host 'mirror', which no image has: without '.' or ':' it is a name on Docker Hub;"
    " give the full host name, or 'docker.io/mirror' for Docker Hub"
)
_URL_PART = "has a query, a fragment or an escape, which only kubelets know; leave it out"
_USER = "holds a user, which only kubelets pass over; give the registry alone, and the user as username"


class Refused(t.NamedTuple):
    """A registry that a reader has no key for."""

    registry: str
    reader: Reader
    message: str


def _refused() -> t.Iterator[Refused]:
    for reader in others(*KNOWS_PATHS):
        path = f"has a path, which has no place in {ROWS[reader].place}"
        yield Refused("quay.io/team", reader, f"'quay.io/team' {path}; write 'quay.io' for the whole registry")
        yield Refused("docker.io/a", reader, f"'docker.io/a' {path}; write {ROWS[reader].hub!r} for the whole registry")
    for reader in others(*KNOWS_GLOBS):
        glob = f"has a glob, which has no place in {ROWS[reader].place}; name each registry"
        yield Refused("*.example.com", reader, f"'*.example.com' {glob}")
        yield Refused("*", reader, f"'*' {glob}")
    for reader in others("kubelet"):
        for registry in ("quay.io?x", "quay.io/a#x", "quay.io/%6frg"):
            yield Refused(registry, reader, f"{registry!r} {_URL_PART}")
    for reader in others(*ASKS_HOSTS):
        yield Refused("mirror", reader, f"'mirror' {_BARE}")
    for reader in READERS:
        yield Refused("robot:hunter2@quay.io", reader, f"'...@quay.io' {_USER}")
        yield Refused(
            "oci://quay.io", reader, "'oci://quay.io' has the scheme 'oci'; leave the scheme out, or use https://"
        )
        yield Refused("quay.io/app:1", reader, "'quay.io/app:1' has a tag; write the repository without its tag")
    glob = f"has a glob, which has no place in {ROWS['k3s_mirrors'].place}; name each registry, or '*' for all"
    yield Refused("*.example.com", "k3s_mirrors", f"'*.example.com' {glob}")


@pytest.mark.parametrize("case", list(_refused()), ids=lambda case: f"{case.registry} for {case.reader}")
def test_refused(case: Refused) -> None:
    """What a reader cannot express is refused, with what to write instead."""
    with pytest.raises(InvalidInput, match=f"^{re.escape(f'here: {case.message}')}$"):
        key_for(case.registry, case.reader, where="here")


SAME: t.Sequence[tuple[str, str, Reader, bool]] = [
    ("docker.io", HUB_URL, "containers_auth", True),
    ("registry-1.docker.io", "index.docker.io", "containers_auth", True),
    ("https://quay.io/v2/", "quay.io", "containers_auth", True),
    ("http://quay.io/team", "quay.io", "containers_auth", True),
    ("quay.io/v2/team", "quay.io/team", "containers_auth", False),
    ("quay.io/team", "quay.io", "containers_auth", False),
    ("Quay.io", "quay.io", "containers_auth", False),
    ("docker.io", HUB_URL, "kubelet", True),
    ("registry-1.docker.io", "index.docker.io", "kubelet", False),
    ("http://quay.io/team", "quay.io", "kubelet", False),
    ("quay.io/v2/team", "quay.io/team", "kubelet", True),
]


@pytest.mark.parametrize(("one", "other", "reader", "expected"), SAME)
def test_same_key(one: str, other: str, reader: Reader, expected: bool) -> None:
    """Keys are the same where their reader takes them for the same, whichever is asked first."""
    for first, second in ((one, other), (other, one)):
        assert expected is (canonical_key(first, reader) == canonical_key(second, reader))


def test_canonical_key() -> None:
    """One spelling stands for all that are the same to a reader."""
    assert canonical_key("https://Quay.io/v1/", "kubelet") == "quay.io"
    assert canonical_key("https://index.docker.io/v1/", "containers_auth") == "docker.io"
    assert canonical_key("quay.io/team", "containers_auth") == "quay.io/team"
