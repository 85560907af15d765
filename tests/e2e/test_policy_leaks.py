"""An admission policy that quotes the object that it refuses, and the one that is there, gets no secret out."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.deadlines import wait_for
from tests.cluster.errors import ApiError
from tests.e2e.module_runs import ModuleRun, Modules
from tests.e2e.secret_forms import forms_of, found_in

MINE: t.Final = 'mine "Zq9\\Kt4" pässwörd'
THEIRS: t.Final = "theirs-Zq9Kt4-{quoted}&more"
REFUSED: t.Final = "refused-here"
POLICIES: t.Final = "/apis/admissionregistration.k8s.io/v1"
QUOTED: t.Final = (
    "'sent: ' + object.data.map(key, string(object.data[key])).join(' ')"
    " + (oldObject == null ? '' : ' there: ' + oldObject.data.map(key, string(oldObject.data[key])).join(' '))"
)


def secret(namespace: str, password: str, name: str = "regcred") -> dict[str, t.Any]:
    """A pull Secret of somebody else's."""
    document = {"auths": {"theirs.example.com": {"username": "somebody", "password": password}}}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(json.dumps(document).encode()).decode()},
    }


@pytest.fixture(scope="module")
def refusing(cluster: Cluster) -> t.Iterator[str]:
    """A namespace in which a policy refuses all changes of Secrets, with what is in them; one Secret was there before."""
    namespace = cluster.make_namespace("quoting")
    cluster.client.create(secret(namespace, THEIRS, "theirs"))
    name = f"{namespace}.quoting"
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["secrets"],
        "scope": "Namespaced",
    }
    here = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    policy = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": here},
        "validations": [{"expression": "false", "messageExpression": f"'{REFUSED} ' + {QUOTED}"}],
    }
    group = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
    made = [
        ("validatingadmissionpolicies", {**group, "kind": "ValidatingAdmissionPolicy", "spec": policy}),
        (
            "validatingadmissionpolicybindings",
            {
                **group,
                "kind": "ValidatingAdmissionPolicyBinding",
                "spec": {"policyName": name, "validationActions": ["Deny"]},
            },
        ),
    ]
    for kind, document in made:
        cluster.client.request("POST", f"{POLICIES}/{kind}", document)
    _wait_until_it_refuses(cluster, namespace)
    yield namespace
    for kind, _unused in made:
        cluster.client.request("DELETE", f"{POLICIES}/{kind}/{name}")


def _wait_until_it_refuses(cluster: Cluster, namespace: str) -> None:
    """The server needs a moment to know a policy, and what it says then shows that it quotes."""
    refusals = []

    def refuses() -> bool:
        try:
            cluster.client.request(
                "POST", f"/api/v1/namespaces/{namespace}/secrets?dryRun=All", secret(namespace, THEIRS)
            )
        except ApiError as error:
            refusals.append(str(error))
        return bool(refusals)

    wait_for(refuses, "the API server does not go by the policy")
    assert found_in(refusals[0], forms_of(THEIRS)), refusals


OPTIONS: t.Final[t.Mapping[str, dict[str, t.Any]]] = {
    "new": {"name": "regcred"},
    "merged": {"name": "theirs", "purge_registries": False, "on_conflict": "adopt"},
    "replaced": {"name": "theirs", "on_conflict": "replace"},
    "dockercfg": {"name": "old", "type": "dockercfg"},
}


@pytest.mark.parametrize("case", OPTIONS)
def test_quoting_policy(case: str, refusing: str, admin: Modules) -> None:
    """Neither ours nor somebody else's password is in the result, in any form, and the policy's own words are."""
    registries = [{"registry": "mine.example.com", "username": "robot", "password": MINE}]

    run: ModuleRun = admin.run_module(
        "pull_secret", {"namespaces": [refusing], "registries": registries, **OPTIONS[case]}
    )

    assert run.failed
    assert REFUSED in run.message
    forms = {form for each in (MINE, THEIRS) for form in forms_of(each)}
    forms |= forms_of(f"robot:{MINE}") | forms_of(f"somebody:{THEIRS}")
    assert found_in(repr(run), forms) == []
    assert found_in(json.dumps(run.result, ensure_ascii=False), forms) == []
