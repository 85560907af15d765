"""Which options may be shown."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.mask import HIDDEN
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.credentials import CREDENTIAL_SPEC
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.shown_options import (
    for_log,
    for_result,
    misplaced_in,
    names_in,
    words_of,
)

SPEC: t.Mapping[str, t.Any] = {
    **CREDENTIAL_SPEC.options,
    "name": {"type": "str", "aliases": ["called"]},
    "namespaces": {"type": "list", "elements": "str"},
    "labels": {"type": "dict"},
    "count": {"type": "int"},
    "pin": {"type": "int", "no_log": True},
    "kubeconfig": {"type": "raw"},
    "context": {"type": "str"},
    "impersonate_user": {"type": "str"},
    "path": {"type": "path"},
}
PASSWORD = "S3cr-t/Pa ss\"word'ql"
ENCODED = "eyJhdXRocyI6eyJxdWF5LmlvIjp7fX19"
ITEM = {"registry": "quay.io", "username": "robot", "password": "a\\b'\"\n\xa0", "auth": None, "state": "present"}


def test_for_result() -> None:
    """Passwords are hidden by their place, and all else that is plain is shown."""
    params = {
        "registries": [ITEM],
        "config_json": "{}",
        "name": "regcred",
        "called": "regcred",
        "count": 3,
        "pin": 1234,
    }

    assert for_result(params, SPEC) == {
        "registries": [{**ITEM, "password": HIDDEN}],
        "config_json": HIDDEN,
        "name": "regcred",
        "called": "regcred",
        "count": 3,
        "pin": HIDDEN,
    }


def test_for_log() -> None:
    """What has a secret anywhere in it is left out as a whole."""
    params = {"registries": [ITEM], "config_json": "{}", "name": "regcred", "labels": {"a": "b"}, "unknown": "x"}

    assert for_log(params, SPEC) == {"name": "regcred", "labels": {"a": "b"}}
    assert for_log({"registries": [], "namespaces": ["a", "a\nb"]}, SPEC) == {}


@pytest.mark.parametrize(
    "value",
    [
        "team-a", "shop-*", "shop-[0-9]?", "a in (b, c),!d", "~/.kube/config", "C:p-1", "a@example.com", "größe",
        "https://10.0.0.1:6443", "quay.io/a/b:1@sha256:0123abc", "localhost:5000/a@sha256:0123abc", "",
    ],
)  # fmt: skip
def test_plain(value: str) -> None:
    """Names, paths, selectors, images and URLs are shown."""
    assert for_log({"name": value}, SPEC) == {"name": value}


@pytest.mark.parametrize(
    "value",
    [
        '{"auths":{}}', "apiVersion: v1\nkind: Config", "https://u:p@h", "u:p/w@h", "https://h?token=x", "x" * 1025,
        ENCODED, "\x1b[2J", "a\u202eb", "a'b", 'a"b', "<x>",
    ],
)  # fmt: skip
def test_no_name(value: str) -> None:
    """A document where a path is wanted, and a URL with a password, are hidden."""
    assert for_result({"name": value, "namespaces": [value]}, SPEC) == {"name": HIDDEN, "namespaces": [HIDDEN]}
    assert for_log({"name": value, "namespaces": ["a", value], "labels": {"a": value}}, SPEC) == {}


@pytest.mark.parametrize(
    "value", ['[{"password":"x"}]', {"registry": "quay.io", "password": "x"}, ["password=x"], [["x"]], 7]
)
def test_wrong_shape(value: t.Any) -> None:
    """Options of a wrong shape, which Ansible refuses and shows, hold secrets all the same."""
    assert "x" not in str(for_result({"registries": value}, SPEC))
    assert for_log({"registries": value}, SPEC) == {}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"name": ITEM}, [str(ITEM)]),
        ({"name": str(ITEM)}, [str(ITEM)]),
        ({"namespaces": ["a", ITEM, ["b"]]}, [str(ITEM), "['b']"]),
        ({"namespaces": ["{'username': 'u'", " 'password': 'x'}"]}, ["{'username': 'u'", " 'password': 'x'}"]),
        ({"count": ITEM, "unknown": ITEM}, [str(ITEM), str(ITEM)]),
        ({"registries": [{**ITEM, "registry": ENCODED}, ["x"]]}, [ENCODED, "['x']"]),
        ({"registries": [{**ITEM, "username": "o'neil [x]"}], "name": "team-[ab]*", "labels": {"a": "{}"}}, []),
        ({"kubeconfig": {"users": []}, "config_json": {"auths": {}}}, []),
        ({"name": PASSWORD, "count": PASSWORD, "namespaces": [PASSWORD]}, [PASSWORD] * 3),
        ({"context": PASSWORD, "impersonate_user": "auth0|o'neil"}, [PASSWORD]),
        ({"context": "shop/api:6443/jane@example.com"}, []),
        ({"labels": {PASSWORD: "x", "a": ITEM, "b": "{}"}}, [PASSWORD, str(ITEM)]),
        ({PASSWORD: 1, "registries": [{PASSWORD: 1, "username": PASSWORD, "state": PASSWORD}]}, [PASSWORD] * 3),
        ({"password": PASSWORD, "registries": [{"password": PASSWORD}]}, [PASSWORD]),
        ({"path": '/home/o\'neil/a "b"'}, []),
    ],
)
def test_misplaced(params: t.Mapping[str, t.Any], expected: t.Sequence[str]) -> None:
    """A password or an item of registries where a name is wanted is found, whatever Ansible has made of it, and no name is."""
    assert list(misplaced_in(params, SPEC)) == expected


def test_contents_of_a_kubeconfig() -> None:
    """A mapping where there is no spec for it is hidden."""
    assert for_result({"kubeconfig": {"token": "x"}}, SPEC) == {"kubeconfig": HIDDEN}


def test_names() -> None:
    """Names are what is shown; words are what options are called, and what can be chosen."""
    shown = for_result({"registries": [ITEM], "labels": {"a": "b"}, "name": "regcred"}, SPEC)

    assert set(names_in(shown)) == {"quay.io", "robot", "present", "b", "regcred"}
    assert {"registries", "password", "absent", "called", "name"} <= set(words_of(SPEC))


@pytest.mark.parametrize("password", ["hunter2-word", "config", "1"])
def test_command_lines(password: str) -> None:
    """A password among a program's arguments is hidden, though Ansible knows it for none."""
    args = ["get", "--user", "robot", "--password", password, f"--token={password}", "--config=/etc/x.json"]
    spec = {"providers": {"type": "list", "elements": "dict", "options": {"args": {"type": "list", "elements": "str"}}}}

    shown = for_result({"providers": [{"args": args}]}, spec)

    expected = ["get", "--user", "robot", "--password", HIDDEN, f"--token={HIDDEN}", "--config=/etc/x.json"]
    assert shown == {"providers": [{"args": expected}]}
