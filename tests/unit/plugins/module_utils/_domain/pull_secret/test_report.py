"""What is in a pull Secret and what is wrong with it."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.report import (
    is_about_pulling,
    report_secret,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import (
    LAST_APPLIED,
    ObservedSecret,
)

JSON_TYPE, CFG_TYPE = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"
GOOD_ENTRY = {"auth": "cm9ib3Q6aHVudGVyMg==", "email": "a@example.org"}


def secret(document: str | t.Mapping[str, t.Any], **details: t.Any) -> ObservedSecret:
    """A Secret that holds a document, or a mapping of registries to entries, under the key of its type."""
    text = document if isinstance(document, str) else json.dumps({"auths": document})
    facts: dict[str, t.Any] = {"type": JSON_TYPE, "data": {".dockerconfigjson": text.encode()}, **details}
    return ObservedSecret("team-a", "regcred", **facts)


def test_report() -> None:
    """Registries, user names and emails are reported, passwords are not."""
    report = report_secret(
        secret({"quay.io": GOOD_ENTRY, "ghcr.io": {"username": "u", "password": "p"}}, immutable=True)
    )

    assert report == {
        "namespace": "team-a",
        "name": "regcred",
        "type": JSON_TYPE,
        "owner": None,
        "immutable": True,
        "registries": [
            {"registry": "quay.io", "username": "robot", "email": "a@example.org"},
            {"registry": "ghcr.io", "username": "u", "email": ""},
        ],
        "problems": [],
    }


def test_owner() -> None:
    """A Secret of ours names its declaration."""
    assert report_secret(secret({"quay.io": GOOD_ENTRY}, labels=ownership_labels("ci")))["owner"] == "ci"


def test_dockercfg() -> None:
    """The old format is read from its own key."""
    old = secret("", type=CFG_TYPE, data={".dockercfg": json.dumps({"quay.io": GOOD_ENTRY}).encode()})

    report = report_secret(old)

    assert report["problems"] == []
    assert report["registries"][0]["registry"] == "quay.io"


class Problem(t.NamedTuple):
    """A Secret, and the one problem with it."""

    secret: ObservedSecret
    code: str
    severity: str
    registry: str
    message: str
    cure: str


_FAILS = "every pull of a Pod that uses this Secret fails"
_CORRECT = "correct it, or write it anew with pull_secret"

PROBLEMS = {
    "Opaque": Problem(
        secret({"quay.io": GOOD_ENTRY}, type="Opaque"),
        "wrong_type",
        "error",
        "",
        "type is Opaque, so kubelets ignore it",
        "create it anew with the type kubernetes.io/dockerconfigjson",
    ),
    "no type": Problem(
        secret({"quay.io": GOOD_ENTRY}, type=""),
        "wrong_type",
        "error",
        "",
        "type is Opaque, so kubelets ignore it",
        "create it anew with the type kubernetes.io/dockerconfigjson",
    ),
    "wrong key": Problem(
        secret("", data={"config.json": json.dumps({"auths": {"quay.io": GOOD_ENTRY}}).encode()}),
        "wrong_key",
        "error",
        "",
        "has no .dockerconfigjson (its keys: config.json), so kubelets ignore it",
        "put the docker config under .dockerconfigjson",
    ),
    "no key": Problem(
        secret("", data={}),
        "wrong_key",
        "error",
        "",
        "has no .dockerconfigjson (its keys: none), so kubelets ignore it",
        "put the docker config under .dockerconfigjson",
    ),
    "not JSON": Problem(secret("hunter2"), "not_json", "error", "", f"not JSON (line 1, column 1): {_FAILS}", _CORRECT),
    "too deep": Problem(
        secret("[" * 300 + "]" * 300),
        "too_deep",
        "error",
        "",
        "nested deeper than 200 levels: this collection does not read it, and whether a kubelet can use it is not known",
        _CORRECT,
    ),
    "a list": Problem(
        secret("[]"), "wrong_json_type", "error", "", f"the document: must be a JSON object: {_FAILS}", _CORRECT
    ),
    "bad base64": Problem(
        secret({"quay.io": {"auth": "hunter2!"}}),
        "bad_base64",
        "error",
        "",
        f"auths['quay.io'].auth: is not base64: {_FAILS}",
        _CORRECT,
    ),
    "no colon": Problem(
        secret({"quay.io": {"auth": "cm9ib3Q="}}),
        "no_colon",
        "error",
        "",
        f"auths['quay.io'].auth: does not decode to username:password: {_FAILS}",
        _CORRECT,
    ),
    "key that never matches": Problem(
        secret({"https://index.docker.io/v1": GOOD_ENTRY}),
        "never_matches",
        "error",
        "https://index.docker.io/v1",
        "the key 'https://index.docker.io/v1' is never matched without the slash at its end",
        "write 'https://index.docker.io/v1/'",
    ),
    "key that looks like another": Problem(
        secret({"registry-1.docker.io": GOOD_ENTRY}),
        "suspicious_key",
        "warning",
        "registry-1.docker.io",
        "the key 'registry-1.docker.io' is not the host of any image on Docker Hub, so the kubelet never uses it for one",
        "write 'https://index.docker.io/v1/' for Docker Hub",
    ),
    "empty": Problem(
        secret({"quay.io": {}}),
        "empty_credential",
        "warning",
        "quay.io",
        "'quay.io' has neither user name nor password, and keeps kubelets from pulling anonymously",
        "remove the entry, or give it a user name and a password",
    ),
    "token alone": Problem(
        secret({"quay.io": {"username": "u", "identitytoken": "hunter2"}}),
        "token_only",
        "error",
        "quay.io",
        "'quay.io' has an identity token alone, which kubelets do not use",
        "give it a user name and a password, such as a robot account's",
    ),
    "no registry": Problem(
        secret({}), "no_registries", "warning", "", "holds no credential", "give it one, or take it off all lists"
    ),
    "copy in an annotation": Problem(
        secret({"quay.io": GOOD_ENTRY}, annotations={LAST_APPLIED: "hunter2"}),
        "copy_in_annotation",
        "warning",
        "",
        f"a second copy of the credentials is in the annotation {LAST_APPLIED}",
        "remove the annotation; pull_secret does, and so does kubectl apply --server-side from then on",
    ),
}


@pytest.mark.parametrize("case", PROBLEMS.values(), ids=PROBLEMS.keys())
def test_problems(case: Problem) -> None:
    """Each thing that keeps a kubelet from using a Secret is reported with a code and a cure, and nothing else is."""
    report = report_secret(case.secret)

    expected = {key: value for key, value in case._asdict().items() if key != "secret"}
    assert [expected] == report["problems"]
    assert "hunter2" not in json.dumps(report)


def test_several_problems() -> None:
    """One problem does not hide the next."""
    codes = [problem["code"] for problem in report_secret(secret("x", type="Opaque"))["problems"]]

    assert codes == ["wrong_type", "not_json"]


def test_every_code_is_documented() -> None:
    """The codes are those that the module's documentation names, no more and no fewer."""
    from ansible_collections.regcred.kubernetes.plugins.modules.pull_secret_info import RETURN  # noqa: PLC0415  # the module is read for this alone

    documented = {word.split(")")[0] for word in RETURN.split("Codes are")[1].split("type:")[0].split("V(")[1:]}

    assert {case.code for case in PROBLEMS.values()} == documented


@pytest.mark.parametrize(
    ("type_name", "keys", "expected"),
    [
        (JSON_TYPE, [], True),
        (CFG_TYPE, ["x"], True),
        ("Opaque", [".dockerconfigjson"], True),
        ("Opaque", ["config.json"], True),
        ("Opaque", ["dockerconfigjson", "x"], True),
        ("Opaque", ["password"], False),
        ("kubernetes.io/tls", ["tls.key"], False),
    ],
)
def test_is_about_pulling(type_name: str, keys: t.Sequence[str], expected: bool) -> None:
    """A Secret is looked at when its type or a data key says that it was meant for pulling."""
    observed = ObservedSecret("team-a", "regcred", type_name, data=dict.fromkeys(keys, b""))

    assert expected is is_about_pulling(observed)
