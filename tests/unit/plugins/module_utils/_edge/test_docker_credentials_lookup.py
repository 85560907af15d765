"""Logins of docker, podman and skopeo as items for ``registries``; helpers are small scripts that are run for real."""

from __future__ import annotations

import base64
import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge import secrets
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.docker_credentials_lookup import (
    DockerCredentials,
)

HANGS_AFTER_SECONDS = 300
HUB = "https://index.docker.io/v1/"
NONE = "log in, or leave out what has no login with missing=skip"
# Answers as a good helper does: it has logins for quay.io, for Docker Hub, and for what its list has besides.
STORE = """\
if [ "$1" = list ]; then
    echo '{"quay.io":"robot","https://index.docker.io/v1/":"robot","https://index.docker.io/v1/access-token":"robot"}'
    exit
fi
read -r server
case "$server" in
    quay.io|https://index.docker.io/v1/) echo "{\\"Username\\":\\"robot\\",\\"Secret\\":\\"hunter2 of $server\\"}";;
    token.example.com) echo '{"Username":"<token>","Secret":"hunter2"}';;
    *) echo "credentials not found in native keychain"; exit 1;;
esac
"""


class Home(t.NamedTuple):
    """A home folder with docker's file, and with helpers on PATH."""

    folder: Path

    def has_file(self, document: t.Any, name: str = ".docker/config.json") -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def has_helper(self, name: str, script: str) -> None:
        """Write a helper."""
        path = self.folder / "bin" / f"docker-credential-{name}"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    @property
    def path(self) -> Path:
        """Docker's file."""
        return self.folder / ".docker" / "config.json"


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.defpath}")
    monkeypatch.setenv("HOME", str(tmp_path))
    home = Home(tmp_path)
    home.has_helper("store", STORE)
    return home


def look_up(
    *registries: str,
    path: t.Any = None,
    helper_timeout: float = HANGS_AFTER_SECONDS,
    missing: t.Literal["fail", "skip"] = "fail",
    environment: t.Any = None,
) -> list[dict[str, str]]:
    """The items for these registries."""
    options = DockerCredentials(str(path) if path else None, helper_timeout, missing, environment or {})
    return options.look_up(registries)


def item(registry: str, password: str) -> dict[str, str]:
    """An item."""
    return {"registry": registry, "username": "robot", "password": password}


def auth(password: str) -> dict[str, str]:
    """An entry."""
    return {"auth": base64.b64encode(f"robot:{password}".encode()).decode()}


def test_each_from_its_store(home: Home) -> None:
    """Each registry's login comes from who answers for it, in the order of the registries, normalised."""
    home.has_helper("own", """echo '{"Username":"robot","Secret":"of its own"}'""")
    home.has_file(
        {
            "auths": {"file.example.com": auth("{{ in }} the file"), "quay.io": {}},
            "credHelpers": {"own.example.com": "own", "file.example.com": ""},
            "credsStore": "store",
        }
    )

    assert look_up("docker.io", "https://file.example.com/v2/", "own.example.com", "Quay.io/team") == [
        item(HUB, f"hunter2 of {HUB}"),
        item("file.example.com", "{{ in }} the file"),
        item("own.example.com", "of its own"),
        item("quay.io/team", "hunter2 of quay.io"),
    ]


def test_all(home: Home) -> None:
    """Without a choice, the store's own list counts and not the marks in the file; each registry's own helper comes first."""
    home.has_helper("own", """echo '{"Username":"robot","Secret":"of its own"}'""")
    home.has_file({"auths": {"x.example.com": {}}, "credHelpers": {"quay.io": "own"}, "credsStore": "store"})

    assert look_up() == [item("quay.io", "of its own"), item(HUB, f"hunter2 of {HUB}")]


def test_all_of_a_file(home: Home) -> None:
    """Where there is no store, all entries are given."""
    home.has_file({"auths": {"docker.io": auth("a"), "quay.io/team": auth("b")}})

    assert look_up() == [item(HUB, "a"), item("quay.io/team", "b")]


def test_no_login_at_all(home: Home) -> None:
    """A file without any login is an error, unless that is allowed."""
    home.has_file({"auths": {}})

    with pytest.raises(InvalidInput, match=r": there is no login; log in, or allow that with missing=skip$"):
        look_up()
    assert look_up(missing="skip") == []


def test_given_twice(home: Home) -> None:
    """A registry under two names is given once: pull_secret takes it only once."""
    home.has_file({"auths": {"quay.io": auth("a")}})

    assert look_up("quay.io", "https://quay.io/v2/") == [item("quay.io", "a")]


@pytest.mark.parametrize("place", ["path", "DOCKER_CONFIG", "HOME"])
def test_file(place: str, home: Home) -> None:
    """The file is the one that is named, or else docker's in DOCKER_CONFIG, or else docker's in the home folder."""
    for name in ("HOME", "DOCKER_CONFIG", "path"):
        file = {"HOME": ".docker/config.json", "DOCKER_CONFIG": "set/config.json", "path": "auth.json"}[name]
        home.has_file({"auths": {"quay.io": auth(name)}}, file)
    environment = {} if place == "HOME" else {"DOCKER_CONFIG": str(home.folder / "set")}
    path = home.folder / "auth.json" if place == "path" else None

    assert look_up("quay.io", path=path, environment=environment) == [item("quay.io", place)]


MISSING: t.Sequence[tuple[str, t.Any, str]] = [
    ("nothing", {}, "there is no login"),
    ("empty entry", {"auths": {"ghcr.io": {}}}, "there is no login"),
    ("store", {"credsStore": "store"}, "docker-credential-store has no login for ghcr.io"),
    (
        "mark of a store",
        {"credsStore": "store", "auths": {"ghcr.io": {}}},
        "docker-credential-store has no login for ghcr.io",
    ),
    (
        "entry beside a store",
        {"credsStore": "store", "auths": {"ghcr.io": auth("hunter2")}},
        "docker-credential-store has no login for ghcr.io, and the one in the file itself does not count beside it",
    ),
]


@pytest.mark.parametrize(("name", "document", "problem"), MISSING, ids=[case[0] for case in MISSING])
def test_missing(name: str, document: t.Any, problem: str, home: Home) -> None:
    """A registry without a login is an error, or left out for who wants that."""
    path = home.has_file({**document, "credHelpers": {"quay.io": "store"}})

    with pytest.raises(InvalidInput) as caught:
        look_up("quay.io", "ghcr.io")
    assert str(caught.value) == f"{path}: ghcr.io: {problem}; {NONE}", name
    assert look_up("quay.io", "ghcr.io", missing="skip") == [item("quay.io", "hunter2 of quay.io")]


FAILURES: t.Sequence[tuple[str, str, str]] = [
    (
        "failure",
        "echo hunter2; echo hunter2 >&2; exit 1",
        "docker-credential-bad failed (exit code 1); run 'docker-cred",
    ),
    ("time-out", "echo hunter2; sleep 60", "docker-credential-bad gave no answer within 0.5 seconds; see whether"),
    ("garbage", "echo hunter2", "docker-credential-bad gave an answer that is not one of the helper protocol; run"),
    ("empty", "exit 0", "docker-credential-bad gave an answer that is not one of the helper protocol; run"),
    ("wrong types", """echo '{"Username":["hunter2"]}'""", "docker-credential-bad gave an answer that is not one"),
    ("too much", "exec yes hunter2", "docker-credential-bad wrote more than 1048576 bytes; see whether"),
    ("signal", "echo hunter2; kill -SEGV $$", "docker-credential-bad was ended by SIGSEGV; run"),
    (
        "no store",
        "echo pass not initialized: hunter2; exit 1",
        "docker-credential-bad reported 'pass not initialized'; run",
    ),
    ("token", """echo '{"Username":"<token>","Secret":"hunter2"}'""", "the login is an identity token, which kubelets"),
]


@pytest.mark.parametrize("missing", ["fail", "skip"])
@pytest.mark.parametrize(("name", "script", "message"), FAILURES, ids=[case[0] for case in FAILURES])
def test_failed(name: str, script: str, message: str, missing: t.Any, home: Home) -> None:
    """A login that cannot be had is an error whatever is to be done about missing ones, and nothing that the helper printed is shown."""
    home.has_helper("bad", script)
    path = home.has_file({"auths": {"quay.io": auth("hunter2")}, "credHelpers": {"quay.io": "bad"}})

    with pytest.raises(InvalidInput) as caught:
        look_up("quay.io", missing=missing, helper_timeout=0.5 if name == "time-out" else HANGS_AFTER_SECONDS)

    assert str(caught.value).startswith(f"{path}: quay.io: {message}"), name
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_failed_list(home: Home) -> None:
    """A store that cannot tell what it has is an error, not an empty one."""
    home.has_helper("bad", "echo hunter2; exit 1")
    path = home.has_file({"credsStore": "bad"})

    with pytest.raises(InvalidInput) as caught:
        look_up(missing="skip")

    assert str(caught.value).startswith(f"{path}: credsStore: docker-credential-bad failed (exit code 1); ")


OTHER_ERRORS: t.Sequence[tuple[str, t.Any, str, str]] = [
    (
        "bad auth",
        {"auths": {"quay.io": {"auth": "hunter2!"}}},
        "quay.io",
        "quay.io: its auth is not base64; log in again",
    ),
    (
        "not installed",
        {"credsStore": "gone"},
        "quay.io",
        "quay.io: the credential helper docker-credential-gone is not inst",
    ),
    (
        "suffix",
        {"credsStore": "../x"},
        "quay.io",
        "credsStore: '../x' is no part of a program's name; write what follows",
    ),
    ("shape", {"auths": ["hunter2"]}, "quay.io", "auths: must be a JSON object; correct the file, or move it away"),
]


@pytest.mark.parametrize(
    ("name", "document", "registry", "message"), OTHER_ERRORS, ids=[case[0] for case in OTHER_ERRORS]
)
def test_error(name: str, document: t.Any, registry: str, message: str, home: Home) -> None:
    """Each error names the file, and the registry where it is about one, with what to do."""
    path = home.has_file(document)

    with pytest.raises(InvalidInput) as caught:
        look_up(registry)

    assert str(caught.value).startswith(f"{path}: {message}"), name
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("registry", "message"),
    [
        (
            "oci://quay.io",
            "docker_credentials: 'oci://quay.io' has the scheme 'oci'; leave the scheme out, or use https://",
        ),
        ("team/app", "docker_credentials: 'team/app' has the host 'team', which no image has"),
        ("https://robot:hunter2@quay.io", "docker_credentials: 'https://...@quay.io' holds a user"),
        (f"{HUB}access-token", "docker_credentials: 'https://index.docker.io/v1/access-token' is never matched"),
        ("", "docker_credentials: '' is empty"),
    ],
)
def test_bad_registry(registry: str, message: str, home: Home) -> None:
    """What no kubelet can ever match is refused before anybody is asked."""
    home.has_helper("store", f"touch {home.folder}/asked")
    home.has_file({"credsStore": "store"})

    with pytest.raises(InvalidInput) as caught:
        look_up(registry)

    assert str(caught.value).startswith(message)
    assert not (home.folder / "asked").exists()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (
            "https://robot:hunter2@quay.io",
            "'https://...@quay.io' holds a user, which only kubelets pass over; give the",
        ),
        ("oci://quay.io", "'oci://quay.io' has the scheme 'oci'; leave the scheme out, or use https://"),
    ],
)
def test_bad_registry_among_all(key: str, message: str, home: Home) -> None:
    """Where all are wanted, a key that is none is reported, and a password in it is neither shown nor given."""
    path = home.has_file({"auths": {"quay.io": auth("a"), key: auth("b")}})

    with pytest.raises(InvalidInput) as caught:
        look_up()

    assert str(caught.value).startswith(f"{path}: {message}")
    assert look_up("quay.io") == [item("quay.io", "a")]


def test_no_file(home: Home) -> None:
    """A file that is not there is an error and not a file without logins."""
    with pytest.raises(InvalidInput) as caught:
        look_up("quay.io", missing="skip")

    assert str(caught.value) == (
        f"{home.path}: cannot be read (No such file or directory); log in, or name the file of the program that did with path"
    )


def test_pipe(home: Home) -> None:
    """A FIFO is refused at once; a link of the user's own is followed."""
    path = home.has_file({"auths": {"quay.io": auth("a")}})
    real = path.rename(path.with_name("real"))
    path.symlink_to(real)
    assert look_up("quay.io") == [item("quay.io", "a")]
    real.unlink()
    os.mkfifo(real)

    with pytest.raises(InvalidInput, match=r"real: is a FIFO, where a file should be; "):
        look_up("quay.io")


@pytest.mark.parametrize("seconds", [0, -1, 3601, float("nan"), float("inf")])
def test_timeout_option(seconds: float, home: Home) -> None:
    """A time-out that is none is refused."""
    home.has_file({})

    with pytest.raises(
        InvalidInput, match=r"^helper_timeout: .* is out of range; use more than 0 and at most 3600 seconds$"
    ):
        look_up("quay.io", helper_timeout=seconds)


def test_secrets_are_registered(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each password that is given is registered, in every form; nothing else is."""
    registered: set[str] = set()

    def register(value: str) -> str:
        registered.add(value)
        return value

    monkeypatch.setattr(secrets, "register_secret", register)
    home.has_file({"auths": {"quay.io": auth("hun<ter>2")}})

    look_up("quay.io")

    assert registered == {
        "hun<ter>2",
        "hun\\u003cter\\u003e2",
        base64.b64encode(b"hun<ter>2").decode(),
        auth("hun<ter>2")["auth"],
    }
