"""Options that hold credentials, and what they come to."""

from __future__ import annotations

import json
import os
import re
import typing as t
from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import revealed_entries
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge import secrets as secrets_module
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.credentials import (
    Declared,
    declared_credentials,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import SecretRegister

HUB = "https://index.docker.io/v1/"
CURE = "log in where no credential store is used, or give registries with username and password"


def read(params: t.Mapping[str, t.Any], **more: t.Any) -> tuple[Declared, set[str]]:
    """What options come to, and what is registered as secret."""
    registered: set[str] = set()
    with mock.patch.object(secrets_module, "register_secret", registered.add):
        return declared_credentials(params, SecretRegister(), **more), registered


def item(registry: str = "quay.io", **fields: t.Any) -> dict[str, t.Any]:
    """An item as Ansible hands it over: what was not given is there and empty."""
    left_out = {"username": None, "password": None, "auth": None, "email": None, "state": "present"}
    return {**left_out, "registry": registry, **(fields or {"username": "robot", "password": "hunter2"})}


def test_registries() -> None:
    """Registries are normalised, ordered, and split into present and absent."""
    items = [
        item("https://Quay.io/v2/", username="robot", password="hunter2", email="a@example.org"),
        item("docker.io", auth="b3RoZXI6aHVudGVyMw=="),
        item("ghcr.io", state="absent"),
    ]

    declared, _registered = read({"registries": items})

    assert revealed_entries(declared.document) == {
        HUB: {"username": "other", "password": "hunter3", "auth": "b3RoZXI6aHVudGVyMw=="},
        "quay.io": {
            "username": "robot",
            "password": "hunter2",
            "email": "a@example.org",
            "auth": "cm9ib3Q6aHVudGVyMg==",
        },
    }
    assert [credential.registry for credential in declared.present] == ["quay.io", HUB]
    assert (declared.absent, declared.warnings) == (["ghcr.io"], [])


@pytest.mark.parametrize("params", [{}, {"registries": []}, {"registries": None, "config_json": None}])
def test_nothing(params: t.Mapping[str, t.Any]) -> None:
    """Where nothing is given, nothing is declared."""
    declared, _registered = read(params)

    assert declared == Declared()


def test_every_form_is_registered() -> None:
    """Password, auth, the whole document and their base64 are registered, user name and registry are not."""
    _declared, registered = read({"registries": [item()]})

    text = '{"auths":{"quay.io":{"username":"robot","password":"hunter2","auth":"cm9ib3Q6aHVudGVyMg=="}}}'
    assert {"hunter2", "aHVudGVyMg==", "cm9ib3Q6aHVudGVyMg==", text} <= registered
    assert not {"robot", "quay.io"} & registered


def test_document(tmp_path: Path) -> None:
    """A ready document gives its credentials as they are written, without what is beside them; text or file alike."""
    text = json.dumps({"auths": {"quay.io": {"auth": "cm9ib3Q6aHVudGVyMg==", "x": 1}}, "credsStore": "desktop"})
    path = tmp_path / "config.json"
    path.write_text(text, encoding="utf-8")

    for params in ({"config_json": text}, {"config_json": None, "config_file": str(path)}):
        declared, registered = read(params)

        assert revealed_entries(declared.document) == {"quay.io": {"auth": "cm9ib3Q6aHVudGVyMg==", "x": 1}}
        assert declared.document.extras == {}
        assert [(each.registry, each.credential.username) for each in declared.present] == [("quay.io", "robot")]
        assert {"hunter2", "cm9ib3Q6aHVudGVyMg==", text} <= registered


def test_document_with_tokens() -> None:
    """Tokens in a document are registered as well."""
    entry = {"username": "u", "password": "p4ss", "identitytoken": "id-token", "registrytoken": "reg-token"}
    _declared, registered = read({"config_json": json.dumps({"auths": {"quay.io": entry}})})

    assert {"p4ss", "id-token", "reg-token"} <= registered


class Warned(t.NamedTuple):
    """Options, and the one thing that is warned of."""

    params: t.Mapping[str, t.Any]
    warning: str


WARNED = {
    "looks like Docker Hub": Warned(
        {"registries": [item("registry-1.docker.io")]},
        "registries[0].registry: 'registry-1.docker.io' is not the host of any image on Docker Hub,"
        f" so the kubelet never uses it for one; write '{HUB}' for Docker Hub",
    ),
    "in a document": Warned(
        {"config_json": '{"auths": {"*.docker.io": {"auth": "dTpw"}}}'},
        "config_json: auths: '*.docker.io' is not the host of any image on Docker Hub,"
        f" so the kubelet never uses it for one; write '{HUB}' for Docker Hub",
    ),
    "an entry without a credential": Warned(
        {"config_json": '{"auths": {"quay.io": {"auth": "dTpw"}, "ghcr.io": {}}}'},
        f"config_json: 'ghcr.io' has no credential in it and is left out; {CURE}",
    ),
    "an entry with a token": Warned(
        {
            "config_json": '{"auths": {"quay.io": {"auth": "dTpw"}, "ghcr.io": {"auth": "dTo=", "identitytoken": "t0ken"}}}'
        },
        "config_json: 'ghcr.io' has an identity token in place of a password, which is never written, and is left out;"
        f" {CURE}",
    ),
    "an entry without a password": Warned(
        {"config_json": '{"auths": {"ghcr.io": {"auth": "dTo="}}}'},
        "config_json: 'ghcr.io' has no password; give one, or leave the entry out",
    ),
    "an entry without a user name": Warned(
        {"config_json": '{"auths": {"ghcr.io": {"auth": "OnA="}}}'},
        "config_json: 'ghcr.io' has no user name; give one, or leave the entry out",
    ),
    "a blank at an end": Warned(
        {"registries": [item(username="robot", password=" hunter2")]},
        "registries[0]: the password begins or ends with a blank; take it off, if it is not part of it",
    ),
    "a blank at an end of a document's user name": Warned(
        {"config_json": '{"auths": {"quay.io": {"auth": "dSA6cA=="}}}'},
        "config_json: 'quay.io': the user name begins or ends with a blank; take it off, if it is not part of it",
    ),
}


@pytest.mark.parametrize("case", WARNED.values(), ids=WARNED.keys())
def test_warnings(case: Warned) -> None:
    """What is probably not meant is warned of, with what to write instead."""
    declared, _registered = read(case.params)

    assert [case.warning] == declared.warnings
    assert len(declared.present) == 1


class Refused(t.NamedTuple):
    """Options that cannot work, and what is reported of them."""

    params: t.Mapping[str, t.Any]
    message: str


REFUSED = {
    "never matches": Refused(
        {"registries": [item(), item("https://index.docker.io/v1")]},
        "registries[1].registry: 'https://index.docker.io/v1' is never matched without the slash at its end;"
        f" write '{HUB}'",
    ),
    "another scheme": Refused(
        {"registries": [item("docker://quay.io")]},
        "registries[0].registry: 'docker://quay.io' has the scheme 'docker'; leave the scheme out, or use https://",
    ),
    "a user in the registry": Refused(
        {"registries": [item("robot:hunter2@quay.io")]},
        "registries[0].registry: '...@quay.io' holds a user, which only kubelets pass over;"
        " give the registry alone, and the user as username",
    ),
    "given twice": Refused(
        {"registries": [item(), item("https://quay.io/")]},
        "registries[1].registry: 'https://quay.io/' is given twice; give each registry once",
    ),
    "present and absent": Refused(
        {"registries": [item(), item(state="absent")]},
        "registries[1].registry: 'quay.io' is given twice; give each registry once",
    ),
    "empty user name": Refused(
        {"registries": [item(username="", password="hunter2")]},
        "registries[0].username: is empty; give the user name; check the variable it comes from",
    ),
    "empty password": Refused(
        {"registries": [item(username="robot", password="")]},
        "registries[0].password: is empty; give the password; check the variable it comes from",
    ),
    "the user name of an identity token": Refused(
        {"registries": [item(username="<token>", password="hunter2")]},
        "registries[0].username: is <token>, under which credential stores keep an identity token, which kubelets drop;"
        " give a user name and a password, such as a robot account's",
    ),
    "colon in the user name": Refused(
        {"registries": [item(username="a:b", password="hunter2")]},
        "registries[0].username: holds a colon, where readers would split it; give the user alone",
    ),
    "auth is not base64": Refused(
        {"registries": [item(auth="hunter2!")]},
        "registries[0].auth: is not base64; give base64 of username:password, or username and password",
    ),
    "auth without colon": Refused(
        {"registries": [item(auth="aHVudGVyMg==")]},
        "registries[0].auth: does not decode to username:password;"
        " give base64 of username:password, or username and password",
    ),
    "auth without a user": Refused(
        {"registries": [item(auth="Omh1bnRlcjI=")]},
        "registries[0].username: is empty; give the user name; check the variable it comes from",
    ),
    "not JSON": Refused(
        {"config_json": "hunter2"},
        "config_json: not JSON (line 1, column 1); give a docker config such as docker login writes",
    ),
    "a list": Refused(
        {"config_json": "[]"},
        "config_json: the document: must be a JSON object; give a docker config such as docker login writes",
    ),
    "auth that does not decode": Refused(
        {"config_json": '{"auths": {"quay.io": {"auth": "hunter2!"}}}'},
        "config_json: auths['quay.io'].auth: is not base64; give a docker config such as docker login writes",
    ),
    "a credential store": Refused(
        {"config_json": '{"auths": {"quay.io": {}}, "credsStore": "desktop"}'},
        f"config_json: keeps its credentials elsewhere (credsStore); {CURE}",
    ),
    "a credential store in another spelling": Refused(
        {"config_json": '{"auths": {"quay.io": {}}, "CredsStore": "desktop"}'},
        f"config_json: keeps its credentials elsewhere (credsStore); {CURE}",
    ),
    "credential helpers": Refused(
        {"config_json": '{"credHelpers": {"gcr.io": "gcloud"}, "credsStore": ""}'},
        f"config_json: keeps its credentials elsewhere (credHelpers); {CURE}",
    ),
    "identity tokens": Refused(
        {"config_json": '{"auths": {"quay.io": {"auth": "dTo=", "identitytoken": "hunter2"}, "ghcr.io": {}}}'},
        f"config_json: holds identity tokens alone, which are never written; {CURE}",
    ),
    "no credential": Refused({"config_json": '{"auths": {}}'}, f"config_json: holds no credential; {CURE}"),
    "empty": Refused({"config_json": "{}"}, f"config_json: holds no credential; {CURE}"),
    "a key that never matches in a document": Refused(
        {"config_json": '{"auths": {"quay.io/*": {"auth": "dTpw"}}}'},
        "config_json: auths: 'quay.io/*' has '*' in its path, where it stands for itself;"
        " write the path's beginning, such as 'quay.io/team'",
    ),
    "a line break at the end of a password": Refused(
        {"registries": [item(username="robot", password="hunter2\n")]},
        "registries[0]: the password begins or ends with a line break; take it off, as by the filter trim",
    ),
    "a line break at the end of what auth holds": Refused(
        {"registries": [item(auth="dTpwCg==")]},
        "registries[0]: the password begins or ends with a line break; take it off, as by the filter trim",
    ),
    "a line break at the end of a user name in a document": Refused(
        {"config_json": '{"auths": {"quay.io": {"auth": "dQo6cA=="}}}'},
        "config_json: 'quay.io': the user name begins or ends with a line break; take it off, as by the filter trim",
    ),
    "no file": Refused({"config_file": ""}, "config_file: is empty; give a path; check the variable it comes from"),
    "no such file beside the playbook": Refused(
        {"config_file": "no/such/file"},
        f"config_file: no/such/file in the folder {Path.cwd()} cannot be read (No such file or directory);"
        " correct the path or the permissions",
    ),
    "no such file": Refused(
        {"config_file": "/no/such/file"},
        "config_file: /no/such/file cannot be read (No such file or directory); correct the path or the permissions",
    ),
    "a folder": Refused(
        {"config_file": "/"},
        "config_file: / is a folder, where a file should be; correct the path, or remove what is there",
    ),
    "half of a pair": Refused(
        {"registries": [item(username="robot", password="hunter2\ud800")]},
        "registries[0].password: holds half of a character; check the variable it comes from",
    ),
    "too large": Refused(
        {"registries": [item(username="robot", password="x" * (1024 * 1024))]},
        f"registries: the docker config has {1024 * 1024 + 1398178} bytes, and a Secret holds at most 1048576;"
        " use several Secrets",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_refused(case: Refused) -> None:
    """Bad input is refused with the option, what is wrong and what to do, and without a secret."""
    with pytest.raises(InvalidInput, match=f"^{re.escape(case.message)}$") as caught:
        read(case.params)

    assert "hunter2" not in str(caught.value)


def test_file_that_is_not_json(tmp_path: Path) -> None:
    """A bad file is named."""
    path = tmp_path / "config.json"
    path.write_bytes(b"{\n\xff")
    expected = f"config_file {path}: not JSON (line 2, column 1); give a docker config such as docker login writes"

    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        read({"config_file": str(path)})


def test_file_that_never_ends(tmp_path: Path) -> None:
    """A FIFO is not waited for, and what is larger than any docker config is not read."""
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(10**12)
    for name, problem in (
        ("fifo", "is a FIFO, where a file should be; correct the path, or remove what is there"),
        ("large", "is larger than 64 MiB, and is not read; correct the path, or make it smaller"),
    ):
        with pytest.raises(InvalidInput) as caught:
            read({"config_file": str(tmp_path / name)})
        assert str(caught.value) == f"config_file: {tmp_path / name} {problem}"


def test_where() -> None:
    """Options of an item are reported with the item."""
    expected = "tenant blog: registries[0].username: is empty; give the user name; check the variable it comes from"

    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}$"):
        read({"registries": [item(username="", password="x")]}, where="tenant blog")


def test_keys_for_a_node() -> None:
    """For a node's file, keys are written as its reader wants them, in a ready document, too; a Secret gets them as they are."""
    auth = {"auth": "cm9ib3Q6aHVudGVyMg=="}
    document = {"config_json": json.dumps({"auths": {"index.docker.io": auth, "https://quay.io/v2/": auth}})}
    registries = {"registries": [item("docker.io"), item("quay.io")]}

    def keys(params: t.Mapping[str, t.Any], **how: t.Any) -> list[str]:
        return [each.registry for each in read(params, **how)[0].present]

    for params in (document, registries):
        assert keys(params, reader="containers_auth", form="containers_auth") == ["docker.io", "quay.io"]
        assert keys(params, reader="docker") == ["https://index.docker.io/v1/", "quay.io"]
    assert keys(document) == ["index.docker.io", "https://quay.io/v2/"]


def test_size_for_a_node() -> None:
    """A node's file has no limit, as a Secret's document has."""
    large = {"config_json": json.dumps({"auths": {"quay.io": {"username": "u", "password": "x" * 1_100_000}}})}

    assert len(read(large, reader="kubelet")[0].present) == 1
    with pytest.raises(InvalidInput, match="use several Secrets"):
        read(large)


DOCUMENT = json.dumps({"auths": {"quay.io": {"auth": "cm9ib3Q6aHVudGVyMg==", "email": "hunter2"}}})


@pytest.mark.parametrize("contents", [DOCUMENT, "-----BEGIN PRIVATE KEY-----\nhunter2\n", "auths:\n  hunter2: x"])
def test_contents_for_a_file(contents: str) -> None:
    """A file's contents where its path is wanted are registered, and never quoted."""
    secrets = SecretRegister()

    with pytest.raises(InvalidInput, match=r"^tenants\[0\]: config_file: is no path, and not shown ") as caught:
        declared_credentials({"config_file": contents}, secrets, where="tenants[0]")

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in secrets.mask().hide(f"see {contents}")


def test_document_for_a_registry() -> None:
    """A document where a registry's name is wanted is refused, and never quoted."""
    expected = "registries[0].registry: '(not shown)' holds a character that no image name has"

    with pytest.raises(InvalidInput, match=f"^{re.escape(expected)}") as caught:
        read({"registries": [item(DOCUMENT)]})

    assert "cm9ib3Q6aHVudGVyMg" not in str(caught.value)
