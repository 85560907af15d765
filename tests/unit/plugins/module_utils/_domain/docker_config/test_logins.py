"""Files in which docker, podman and skopeo keep logins."""

from __future__ import annotations

import base64
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    sealed_entry,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.logins import (
    FromFile,
    FromHelper,
    LoginFile,
    login_in_entry,
    parse_login_file,
    registry_of,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.usable_login import UnusableLogin
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

HUB = "https://index.docker.io/v1/"
PASS = "docker-credential-pass"
VECTORS = {file.stem: file.read_text("utf-8") for file in (Path(__file__).parents[4] / "vectors/login").glob("*.json")}
ROBOT = Credential("robot", SecretText('made:up {{ pa }} "ss"\\wörd'))
READER = Credential("reader", SecretText("made-up-as-well"))


def auth(text: str) -> dict[str, str]:
    """An entry as docker writes it."""
    return {"auth": base64.b64encode(text.encode()).decode()}


def parse(document: t.Any) -> LoginFile:
    """A file with this document."""
    return parse_login_file(json.dumps(document), where="config.json")


def who_answers(document: t.Any, registry: str) -> str:
    """The source as a word: ``pass quay.io``, ``file user:password`` or ``file`` for an entry without a login."""
    return answer(parse(document), registry)


def answer(file: LoginFile, registry: str) -> str:
    """The same of a file that was read."""
    source = file.source_of(registry)
    if isinstance(source, FromHelper):
        return f"{source.program.replace('docker-credential-', '')} {source.server}"
    login = login_in_entry(source.fields)
    return f"file {login.username}:{login.password.reveal()}" if login else "file"


ENTRY = auth("u:entry")
SOURCES: t.Sequence[tuple[str, t.Any, str, str]] = [
    ("nothing", {}, "quay.io", "file"),
    ("null everywhere", {"auths": None, "credHelpers": None, "credsStore": None}, "quay.io", "file"),
    ("entry", {"auths": {"quay.io": ENTRY}}, "quay.io", "file u:entry"),
    ("null entry", {"auths": {"quay.io": None}}, "quay.io", "file"),
    ("another registry's entry", {"auths": {"quay.io": ENTRY}}, "ghcr.io", "file"),
    ("the port counts", {"auths": {"r.example.com:5000": ENTRY}}, "r.example.com", "file"),
    ("store before entry", {"auths": {"quay.io": ENTRY}, "credsStore": "pass"}, "quay.io", "pass quay.io"),
    ("helper before store", {"credHelpers": {"quay.io": "one"}, "credsStore": "all"}, "quay.io", "one quay.io"),
    ("helper of another", {"credHelpers": {"quay.io": "one"}, "credsStore": "all"}, "ghcr.io", "all ghcr.io"),
    (
        "helper that is the file itself",
        {"credHelpers": {"quay.io": ""}, "credsStore": "all", "auths": {"quay.io": ENTRY}},
        "quay.io",
        "file u:entry",
    ),
    ("Docker Hub of docker", {"auths": {HUB: ENTRY}}, HUB, "file u:entry"),
    ("Docker Hub of podman", {"auths": {"docker.io": ENTRY}}, HUB, "file u:entry"),
    ("Docker Hub of both", {"auths": {"docker.io": auth("u:podman"), HUB: ENTRY}}, HUB, "file u:entry"),
    ("Docker Hub in a store", {"credsStore": "pass"}, HUB, f"pass {HUB}"),
    ("Docker Hub's helper of docker", {"credHelpers": {HUB: "one"}}, HUB, f"one {HUB}"),
    ("Docker Hub's helper of podman", {"credHelpers": {"docker.io": "one"}}, HUB, "one docker.io"),
    ("login by browser", {"auths": {f"{HUB}access-token": ENTRY}}, HUB, "file"),
    ("URL of old", {"auths": {"https://quay.io/v1/": ENTRY}}, "quay.io", "file u:entry"),
    ("URL with any path", {"auths": {"http://quay.io/v0/x": ENTRY}}, "quay.io", "file u:entry"),
    ("exact before URL", {"auths": {"https://quay.io": auth("u:url"), "quay.io": ENTRY}}, "quay.io", "file u:entry"),
    ("first of URLs", {"auths": {"https://quay.io": ENTRY, "http://quay.io": auth("u:p")}}, "quay.io", "file u:entry"),
    ("host in capitals", {"auths": {"Quay.IO": ENTRY}}, "quay.io", "file u:entry"),
    ("namespace", {"auths": {"quay.io/team": ENTRY, "quay.io": auth("u:p")}}, "quay.io/team", "file u:entry"),
    ("closest namespace", {"auths": {"quay.io/a": ENTRY, "quay.io": auth("u:p")}}, "quay.io/a/b/c", "file u:entry"),
    ("registry of a namespace", {"auths": {"quay.io": ENTRY}}, "quay.io/team/app", "file u:entry"),
    ("part of a segment", {"auths": {"quay.io/te": ENTRY}}, "quay.io/team", "file"),
    ("a namespace's entry is not the registry's", {"auths": {"quay.io/team": ENTRY}}, "quay.io", "file"),
    ("namespace on Docker Hub", {"auths": {HUB: ENTRY}}, "docker.io/team", "file u:entry"),
    ("helper of a namespace's registry", {"credHelpers": {"quay.io": "one"}}, "quay.io/team", "one quay.io"),
    ("store of a namespace's registry", {"credsStore": "pass"}, "r.example.com:5000/team", "pass r.example.com:5000"),
    ("field names in capitals", {"AUTHS": {"quay.io": {"Auth": ENTRY["auth"]}}}, "quay.io", "file u:entry"),
    ("user name and password", {"auths": {"quay.io": {"username": "u", "password": "p"}}}, "quay.io", "file u:p"),
    (
        "auth before both",
        {"auths": {"quay.io": {"username": "a", "password": "b", **ENTRY}}},
        "quay.io",
        "file u:entry",
    ),
    ("members of no interest", {"auths": {"quay.io": {**ENTRY, "email": 7}}, "psFormat": 7}, "quay.io", "file u:entry"),
    ("program of Windows", {"credsStore": "desktop.exe"}, "quay.io", "desktop.exe quay.io"),
]


@pytest.mark.parametrize(("name", "document", "registry", "expected"), SOURCES, ids=[case[0] for case in SOURCES])
def test_source(name: str, document: t.Any, registry: str, expected: str) -> None:
    """One store answers for a registry, as with docker; keys with a namespace are podman's."""
    assert who_answers(document, registry) == expected, name


FOLDED: t.Sequence[tuple[str, str, str]] = [
    ("a letter that folds to s", '{"cred\u017f\u017ftore": "one"}', "one quay.io"),
    ("a letter that folds to k", '{"to\u212aen": 1, "auths": {"quay.io": {"auth": "dTpw"}}}', "file u:p"),
    ("a letter that folds to nothing of Go's", '{"credsStor\u00c9": "one"}', "file"),
    ("two spellings of entries", '{"auths": {"quay.io": {"auth": "dTpw"}}, "Auths": {"ghcr.io": {}}}', "file u:p"),
    ("entries twice", '{"auths": {"quay.io": {"auth": "dTpw"}}, "auths": {"ghcr.io": {}}}', "file u:p"),
    ("entries, then null", '{"auths": {"quay.io": {"auth": "dTpw"}}, "Auths": null}', "file"),
    (
        "two spellings of helpers",
        '{"credHelpers": {"quay.io": "one"}, "CredHelpers": {"ghcr.io": "two"}}',
        "one quay.io",
    ),
    ("helpers twice", '{"credHelpers": {"quay.io": "one"}, "credHelpers": {"ghcr.io": "two"}}', "one quay.io"),
    ("a store, then null", '{"credsStore": "one", "CredsStore": null}', "one quay.io"),
    ("a store twice", '{"credsStore": "one", "credsStore": null}', "one quay.io"),
    ("two spellings of a field", '{"auths": {"quay.io": {"auth": "dTpw", "Auth": null}}}', "file u:p"),
    ("the last spelling counts", '{"auths": {"quay.io": {"auth": "eDp5", "AUTH": "dTpw"}}}', "file u:p"),
]


@pytest.mark.parametrize(("name", "text", "expected"), FOLDED, ids=[case[0] for case in FOLDED])
def test_names_as_go_folds_them(name: str, text: str, expected: str) -> None:
    """Members are found, and add up, as in the decoder of Go, in which these programs are written."""
    assert answer(parse_login_file(text, where="config.json"), "quay.io") == expected, name


ALL: t.Sequence[tuple[str, t.Any, t.Sequence[str], t.Sequence[str]]] = [
    ("nothing", {}, [], []),
    (
        "entries and helpers",
        {"auths": {"quay.io": ENTRY, "docker.io": {}}, "credHelpers": {"gcr.io": "gcloud", "quay.io": "one"}},
        [],
        ["quay.io: one quay.io", f"{HUB}: file", "gcr.io: gcloud gcr.io"],
    ),
    ("spellings", {"auths": {"https://quay.io": auth("u:p"), "quay.io": ENTRY}}, [], ["quay.io: file u:entry"]),
    ("login by browser", {"auths": {f"{HUB}refresh-token": ENTRY, HUB: ENTRY}}, [], [f"{HUB}: file u:entry"]),
    (
        "store",
        {"auths": {"marker.example.com": {}}, "credsStore": "pass", "credHelpers": {"gcr.io": "gcloud"}},
        ["quay.io", HUB, f"{HUB}access-token", "gcr.io"],
        ["gcr.io: gcloud gcr.io", "quay.io: pass quay.io", f"{HUB}: pass {HUB}"],
    ),
    (
        "spellings in a store",
        {"credsStore": "pass"},
        ["https://quay.io/v1/", "quay.io", "https://ghcr.io"],
        ["quay.io: pass quay.io", "ghcr.io: pass https://ghcr.io"],
    ),
]


@pytest.mark.parametrize(("name", "document", "stored", "expected"), ALL, ids=[case[0] for case in ALL])
def test_all_sources(name: str, document: t.Any, stored: t.Sequence[str], expected: t.Sequence[str]) -> None:
    """Without a choice, all registries with a login are listed once, each with who answers for it."""
    found = []
    for registry, source in parse(document).all_sources(stored).items():
        if isinstance(source, FromHelper):
            found.append(f"{registry}: {source.program.replace('docker-credential-', '')} {source.server}")
        else:
            found.append(f"{registry}: {who_answers(document, registry)}")

    assert found == expected, name


@pytest.mark.parametrize("text", ["", " \n", "{}", "null"])
def test_empty(text: str) -> None:
    """A file without anything in it has no logins, as for docker."""
    assert parse_login_file(text, where="config.json") == LoginFile()


CORRECT = "correct the file, or move it away and log in again"
SHAPES: t.Sequence[tuple[str, str]] = [
    ('{"auths": {"quay.io": {"auth": "hunter2', f"config.json: not JSON (line 1, column 32); {CORRECT}"),
    ("[]", f"config.json: must be a JSON object; {CORRECT}"),
    ('"hunter2"', f"config.json: must be a JSON object; {CORRECT}"),
    ('{"auths": ["hunter2"]}', f"config.json: auths: must be a JSON object; {CORRECT}"),
    ('{"auths": {"quay.io": "hunter2"}}', f"config.json: auths['quay.io']: must be a JSON object; {CORRECT}"),
    (
        '{"auths": {"quay.io": {"auth": ["hunter2"]}}}',
        f"config.json: auths['quay.io'].auth: must be a string; {CORRECT}",
    ),
    ('{"auths": {"u:hunter2@quay.io": 7}}', f"config.json: auths['...@quay.io']: must be a JSON object; {CORRECT}"),
    ('{"credHelpers": "hunter2"}', f"config.json: credHelpers: must be a JSON object; {CORRECT}"),
    ('{"credHelpers": {"quay.io": 7}}', f"config.json: credHelpers['quay.io']: must be a string; {CORRECT}"),
    ('{"credsStore": {}}', f"config.json: credsStore: must be a string; {CORRECT}"),
]


@pytest.mark.parametrize(("text", "message"), SHAPES)
def test_shape(text: str, message: str) -> None:
    """A file of another shape is refused with the place, and without what is in it."""
    with pytest.raises(InvalidInput) as caught:
        parse_login_file(text, where="config.json")

    assert str(caught.value) == message


@pytest.mark.parametrize("suffix", ["../../bin/sh", "a/b", "/bin/sh", "pass get", "a;b", "pass\n", "pä", "-\0"])
@pytest.mark.parametrize("place", ["credsStore", "credHelpers"])
def test_suffix(place: str, suffix: str) -> None:
    """What is no part of a program's name could lead anywhere, and is refused before anything is run."""
    document = {"credsStore": suffix} if place == "credsStore" else {"credHelpers": {"quay.io": suffix}}

    with pytest.raises(
        InvalidInput, match="is no part of a program's name; write what follows docker-credential-"
    ) as caught:
        parse(document)
    assert caught.value.where.startswith(f"config.json: {place}")


ENTRIES: t.Sequence[tuple[dict[str, str], str]] = [
    ({"auth": "hunter2!"}, "its auth is not base64"),
    ({"auth": base64.b64encode(b"hunter2").decode()}, "its auth does not decode to username:password"),
    ({**auth("00000000-0000-0000-0000-000000000000:"), "identitytoken": "hunter2"}, "the login is an identity token"),
    ({"identitytoken": "hunter2"}, "the login is an identity token"),
    ({"registrytoken": "hunter2"}, "the login is an identity token"),
    (auth("robot:"), "the login has no password"),
    (auth(":hunter2"), "the login has no user name"),
]


@pytest.mark.parametrize(("fields", "problem"), ENTRIES)
def test_unusable_entry(fields: dict[str, str], problem: str) -> None:
    """An entry that cannot be read or used is a failure, and not the same as no login."""
    with pytest.raises(UnusableLogin) as caught:
        login_in_entry(sealed_entry(fields))

    assert caught.value.problem.startswith(problem)
    assert "hunter2" not in str(caught.value)


def test_padding() -> None:
    """NUL bytes around a password, which docker left once, are not part of it."""
    assert login_in_entry(sealed_entry(auth("robot:hunter2\0\0"))) == Credential("robot", SecretText("hunter2"))


@pytest.mark.parametrize(
    ("key", "registry"),
    [
        ("quay.io", "quay.io"),
        ("https://quay.io/v2/team", "quay.io"),
        ("HTTPS://Quay.io/x", "quay.io"),
        ("quay.io/team", "quay.io/team"),
        ("docker.io/team", "docker.io/team"),
        ("docker.io", HUB),
        (HUB, HUB),
        (f"{HUB}access-token", "index.docker.io/access-token"),
        ("https://robot@quay.io/v1/", "https://robot@quay.io/v1/"),
        ("oci://quay.io/team", "oci://quay.io/team"),
    ],
)
def test_registry_of(key: str, registry: str) -> None:
    """Of a URL the host counts; other keys may have a namespace."""
    assert registry_of(key) == registry


def test_nothing_is_shown() -> None:
    """A file does not show its secrets."""
    file = parse({"auths": {"quay.io": auth("robot:hunter2")}})

    assert auth("robot:hunter2")["auth"] not in repr(file) + repr(file.source_of("quay.io"))


ONE, OTHER = "127.0.0.1:5000", "localhost:5000"
LEFT: t.Sequence[tuple[str, str, t.Any]] = [
    ("docker", ONE, ROBOT),
    ("docker", OTHER, READER),
    ("docker-pass", ONE, FromHelper(PASS, ONE)),
    ("docker-pass", OTHER, FromHelper(PASS, OTHER)),
    ("docker-helpers", ONE, FromHelper(PASS, ONE)),
    ("docker-helpers", OTHER, READER),
    ("podman", ONE, ROBOT),
    ("podman", f"{ONE}/team/app", READER),
    ("podman", f"{ONE}/team/app/part", READER),
    ("podman", f"{ONE}/team", ROBOT),
    ("podman-over-docker", ONE, ROBOT),
    ("podman-over-docker", OTHER, None),
    ("skopeo", ONE, ROBOT),
    ("skopeo", f"{ONE}/team/app", READER),
]


@pytest.mark.parametrize(("name", "registry", "expected"), LEFT)
def test_left_by_programs(name: str, registry: str, expected: t.Any) -> None:
    """Files that docker, podman and skopeo left are read as they meant them."""
    source = parse_login_file(VECTORS[name], where=name).source_of(registry)

    assert (login_in_entry(source.fields) if isinstance(source, FromFile) else source) == expected


def test_all_files_are_tested() -> None:
    """No file is kept for nothing."""
    assert {name for name, _registry, _expected in LEFT} == set(VECTORS)
