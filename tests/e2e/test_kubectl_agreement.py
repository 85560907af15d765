"""What we write is what the real ``kubectl create secret docker-registry`` writes, byte for byte."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.filter.hashed_secret_name import hashed_secret_name
from ansible_collections.regcred.kubernetes.plugins.filter.to_dockerconfigjson import to_dockerconfigjson
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    RegistryCredential,
    build_docker_config,
    render_docker_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from tests.cluster.binaries import find_programs

HUB = "https://index.docker.io/v1/"
NASTY = "aZ0:\"'`\\/<>&=+ \t\r\n\b\f\x01\x1b\x7f\x85ä€😀\u2028\u2029\ufeff\ufffd\ufffe\udcff"
"""Letters that some encoder treats in a way of its own; the last one is a byte that is not UTF-8."""


class Given(t.NamedTuple):
    """What kubectl is given."""

    username: str = "robot"
    password: str = "secret-word"
    email: str = ""
    server: str = HUB


CASES = {
    "plain": Given(),
    "with email": Given(email="robot@example.org"),
    "another server": Given(server="registry.example.com:5000"),
    "a server with a path": Given(server="https://quay.io/team/"),
    "quotes": Given('"robot"', "'a\"b`", 'a"@example.org', 'r.example.com/"'),
    "backslashes": Given("do\\main", 'a\\b\\\\"c\\u0041/', "a\\b"),
    "escaped for HTML": Given("<robot>", "a<b>&c&amp;", "<a&b>", "r.example.com/<&>"),
    "line separators": Given("a\u2028", "\u2028\u2029", "b\u2029", "r.example.com/\u2028"),
    "line breaks and tabs": Given("a\tb", "a\r\nb\n", "c\n"),
    "control characters": Given("a\b\f", "\x01\x1f\x7f\x85", "\x1b"),
    "not ASCII": Given("jürgen", "pässwörd€", "jürgen@example.org", "ä.example.com"),
    "beyond the first plane": Given("😀", "p😀\U0010ffff"),
    "no characters": Given("a\ufffe", "\ufeffa\ufffd"),
    "not UTF-8": Given("a\udcff", "\udce2\udc82b\udc80", "\udcfe"),
    "surrogates as bytes": Given("robot", "\udced\udca0\udc80"),
    "colons": Given("robot", ":a:b:"),
    "a colon in the user name": Given("ro:bot", "a"),
    "blank around": Given(" robot ", "  ", " "),
    "like an option": Given("--docker-email", "-", "--"),
    "long": Given("robot", "x" * 20_000),
}


@pytest.fixture(scope="session", name="kubectl")
def _kubectl() -> Path:
    """The program, built from its published module."""
    return find_programs(["kubectl"])["kubectl"]


class Secret(t.NamedTuple):
    """What kubectl makes of it: the name, and the bytes of the document."""

    name: str
    document: bytes


def by_kubectl(kubectl: Path, home: Path, *options: str) -> Secret:
    """A Secret as kubectl would send it; it asks no server, and finds no configuration of the user."""
    command = [
        str(kubectl),
        "create",
        "secret",
        "docker-registry",
        "foo",
        "--dry-run=client",
        "--output=json",
        *options,
    ]
    done = subprocess.run(
        [argument.encode("utf-8", "surrogateescape") for argument in command],
        env={"HOME": str(home)},
        capture_output=True,
        check=True,
        timeout=300,
    )
    made = json.loads(done.stdout)
    assert list(made["data"]) == [".dockerconfigjson"]
    return Secret(made["metadata"]["name"], base64.b64decode(made["data"][".dockerconfigjson"]))


def options_of(given: Given) -> list[str]:
    """The options of kubectl for a credential."""
    return [f"--docker-{name}={value}" for name, value in given._asdict().items()]


def by_us(given: Given) -> str:
    """Our document with the same credential."""
    credential = Credential(given.username, SecretText(given.password))
    document = build_docker_config([RegistryCredential(given.server, credential, given.email)])
    return render_docker_config(document, "dockerconfigjson").reveal()


@pytest.mark.parametrize("given", CASES.values(), ids=CASES.keys())
def test_same_bytes(kubectl: Path, tmp_path: Path, given: Given) -> None:
    """The document has the same bytes, with and without a hash in the name, and the same hash."""
    plain = by_kubectl(kubectl, tmp_path, *options_of(given))
    hashed = by_kubectl(kubectl, tmp_path, "--append-hash", *options_of(given))

    text = by_us(given)
    assert plain == Secret("foo", text.encode())
    assert hashed == Secret(hashed_secret_name("foo", text), text.encode())


@pytest.mark.parametrize("seed", range(20))
def test_same_bytes_for_any_letters(kubectl: Path, tmp_path: Path, seed: int) -> None:
    """No mixture of letters makes a difference."""
    dice = random.Random(seed)
    given = Given(*("".join(dice.choices(NASTY, k=dice.randint(1, 30))) for _unused in Given._fields))

    text = by_us(given)

    assert by_kubectl(kubectl, tmp_path, "--append-hash", *options_of(given)) == Secret(
        hashed_secret_name("foo", text), text.encode()
    )


def test_filter_writes_the_same(kubectl: Path, tmp_path: Path) -> None:
    """The filter, which checks what it is given, writes the same for what it lets pass."""
    given = Given("jürgen+<robot>", 'a"\\:&\u2028€', "a@example.org", HUB)
    item = {"registry": "docker.io", "username": given.username, "password": given.password, "email": given.email}

    assert by_kubectl(kubectl, tmp_path, *options_of(given)).document == to_dockerconfigjson([item]).encode()


def test_name_of_a_document_with_several_registries(kubectl: Path, tmp_path: Path) -> None:
    """A document of ours is taken by kubectl from a file as it is, and gets the name that we foretell."""
    text = to_dockerconfigjson(
        [
            {"registry": "quay.io", "username": "robot", "password": "ä<&>"},
            {"registry": "docker.io", "auth": "cm9ib3Q6c2VjcmV0LXdvcmQ="},
        ]
    )
    file = tmp_path / "config.json"
    file.write_bytes(text.encode())

    assert by_kubectl(kubectl, tmp_path, "--append-hash", f"--from-file={file}") == Secret(
        hashed_secret_name("foo", text), text.encode()
    )
