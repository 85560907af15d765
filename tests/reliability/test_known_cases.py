"""One fault at a time, at the request where it hurts most."""

from __future__ import annotations

import base64
import json
import secrets
import time
import typing as t

import pytest

from tests.cluster.client import Document
from tests.cluster.cluster import Cluster
from tests.e2e.cluster_state import stored_links, stored_registries, stored_secret
from tests.reliability.declarations import registry
from tests.reliability.echoing import ENCODINGS, PLACES, echo
from tests.reliability.fault_proxy import (
    CUT_AFTER,
    FOREIGN_JSON,
    HTML,
    TRUNCATED,
    Answer,
    Fault,
    Rule,
    answered,
    endless_continue,
    redirected,
    refused,
)
from tests.reliability.foreign import password_of, registries_in
from tests.reliability.judge import all_forms, leaks
from tests.reliability.rounds import NASTY, Box

HOST: t.Final = "one.example.com"
THEIRS: t.Final = "theirs.example.com"
SECRETS: t.Final = "/secrets"
WRITES: t.Final = "POST|PUT|PATCH|DELETE"
RUN_SECONDS: t.Final = 20
"""The ``timeout`` of runs that could last for ever."""
LEEWAY_SECONDS: t.Final = 100
LOST_ANSWERS: t.Final = [CUT_AFTER, refused(504, done=True), refused(502, done=True)]
IDS: t.Final = [fault.name for fault in LOST_ANSWERS]


def args_of(namespace: str, password: str = "first password", **more: t.Any) -> dict[str, t.Any]:
    """Options of pull_secret that keep what others wrote."""
    registries = [registry(HOST, password)]
    return {
        "name": "regcred",
        "namespaces": [namespace],
        "registries": registries,
        "purge_registries": False,
        "on_conflict": "adopt",
        **more,
    }


@pytest.fixture
def shared(cluster: Cluster, namespace: str) -> str:
    """A namespace with a pull Secret of somebody else's."""
    auth = base64.b64encode(b"somebody:password of somebody").decode()
    config = base64.b64encode(json.dumps({"auths": {THEIRS: {"auth": auth}}}).encode()).decode()
    metadata = {
        "name": "regcred",
        "namespace": namespace,
        "labels": {"theirs": "label"},
        "annotations": {"theirs": "note"},
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/dockerconfigjson"}
    cluster.client.create({**secret, "data": {".dockerconfigjson": config}, "immutable": True})
    return namespace


def lost(secret: Document | None) -> list[str]:
    """What of somebody else's is not in a Secret."""
    if secret is None:
        return ["the Secret"]
    metadata = secret["metadata"]
    kept = {
        "registry": password_of(registries_in(secret).get(THEIRS, {})) == "password of somebody",
        "label": metadata.get("labels", {}).get("theirs") == "label",
        "annotation": metadata.get("annotations", {}).get("theirs") == "note",
        "immutable": secret.get("immutable") is True,
    }
    return [what for what, is_kept in kept.items() if not is_kept]


class TestDeleteAndCreate:
    """A Secret that cannot be changed in place, and whose removal or new beginning goes wrong."""

    @pytest.mark.parametrize("fault", LOST_ANSWERS, ids=IDS)
    def test_answer_to_the_delete_is_lost(self, fault: Fault, box: Box, cluster: Cluster, shared: str) -> None:
        """The Secret is made again with all that others had in it, and the run says that it changed."""
        box.proxy.script(Rule(fault, "DELETE", SECRETS))

        run = box.run("pull_secret", args_of(shared))

        assert lost(stored_secret(cluster.client, shared)) == []
        assert (run.failed, run.changed, run.actions) == (False, True, {shared: "updated"})

    def test_outage_between_both(self, box: Box, cluster: Cluster, shared: str) -> None:
        """When the server is away from the DELETE on, the next run puts back what others had."""
        gone = refused(503)
        box.proxy.script(
            Rule(CUT_AFTER, "DELETE", rf"{SECRETS}/regcred\b"), _After("DELETE", rf"{SECRETS}/regcred\b", gone)
        )

        outage = box.run("pull_secret", args_of(shared))
        after = box.run("pull_secret", args_of(shared))

        assert outage.failed
        assert (after.failed, lost(stored_secret(cluster.client, shared))) == (False, [])
        assert stored_registries(cluster.client, shared).keys() == {HOST, THEIRS}
        left = [item["metadata"]["name"] for item in cluster.client.list(f"/api/v1/namespaces/{shared}/secrets")]
        assert left == ["regcred"]


class _After:
    """A fault for all requests that come after a certain one."""

    def __init__(self, method: str, path: str, fault: Fault) -> None:
        self._rule = Rule(fault, method, path, times=None)
        self._fault = fault
        self._has_come = False

    def __call__(self, request: t.Any) -> Fault | None:
        if self._has_come:
            return self._fault
        self._has_come = self._rule(request) is not None
        return None


class TestLostAnswers:
    """What was done, and whose answer is lost, is reported as done."""

    @pytest.mark.parametrize("fault", LOST_ANSWERS, ids=IDS)
    def test_create(self, fault: Fault, box: Box, cluster: Cluster, namespace: str) -> None:
        """The repeat meets 409, and the Secret is as it was asked for."""
        box.proxy.script(Rule(fault, "POST", SECRETS))

        run = box.run("pull_secret", args_of(namespace))

        assert stored_registries(cluster.client, namespace).keys() == {HOST}
        assert (run.failed, run.changed, run.actions) == (False, True, {namespace: "created"})

    @pytest.mark.parametrize("fault", LOST_ANSWERS, ids=IDS)
    def test_rotation(self, fault: Fault, box: Box, cluster: Cluster, namespace: str) -> None:
        """The repeat of the patch meets what it wrote itself."""
        box.run("pull_secret", args_of(namespace))
        box.proxy.script(Rule(fault, "PATCH|PUT", SECRETS))

        run = box.run("pull_secret", args_of(namespace, "second password"))

        assert password_of(stored_registries(cluster.client, namespace)[HOST]) == "second password"
        assert (run.failed, run.changed, run.actions) == (False, True, {namespace: "updated"})

    @pytest.mark.parametrize("fault", LOST_ANSWERS, ids=IDS)
    def test_link(self, fault: Fault, box: Box, cluster: Cluster, namespace: str) -> None:
        """The repeat finds the link in the list."""
        box.proxy.script(Rule(fault, "PATCH|PUT", "/serviceaccounts"))
        args = {"secrets": ["regcred"], "namespaces": [namespace], "missing_secret": "warn"}

        run = box.run("service_account_link", args)

        assert stored_links(cluster.client, namespace) == ["regcred"]
        assert (run.failed, run.changed, run.actions) == (False, True, {namespace: "updated"})

    @pytest.mark.parametrize("fault", LOST_ANSWERS, ids=IDS)
    def test_removal(self, fault: Fault, box: Box, cluster: Cluster, namespace: str) -> None:
        """The repeat of the DELETE meets 404."""
        box.run("pull_secret", args_of(namespace))
        box.proxy.script(Rule(fault, "DELETE", SECRETS))

        run = box.run("pull_secret", {"name": "regcred", "namespaces": [namespace], "state": "absent"})

        assert stored_secret(cluster.client, namespace) is None
        assert (run.failed, run.changed, run.actions) == (False, True, {namespace: "deleted"})


@pytest.mark.parametrize("fault", [TRUNCATED, answered("HTML, done", HTML, done=True)], ids=lambda fault: fault.name)
def test_done_behind_an_answer_that_is_none(fault: Fault, box: Box, cluster: Cluster, namespace: str) -> None:
    """What may have been done is never reported as if nothing had been, and the next run knows."""
    box.proxy.script(Rule(fault, "POST", SECRETS))

    run = box.run("pull_secret", args_of(namespace))
    again = box.run("pull_secret", args_of(namespace))

    assert stored_registries(cluster.client, namespace).keys() == {HOST}
    assert run.actions[namespace] in {"created", "failed"}
    assert (again.failed, again.changed) == (False, False)


NOT_DONE: list[tuple[str, Answer]] = [
    ("HTML", HTML),
    ("foreign JSON", FOREIGN_JSON),
    ("a redirect with JSON", Answer(302, b'{"kind": "Secret"}', (("Location", "https://login.example.com/"),))),
    ("another kind", Answer(200, b'{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "regcred"}}')),
    ("a list", Answer(200, b'["Secret"]')),
    ("no body", Answer(204, b"", ())),
    ("half of an object", Answer(200, b'{"kind": "Secret", "apiVersion": "v1", "metadata": {"na')),
]


@pytest.mark.parametrize(("what", "answer"), NOT_DONE, ids=[what for what, _unused in NOT_DONE])
def test_answers_that_are_no_api_server_s(
    what: str, answer: Answer, box: Box, cluster: Cluster, namespace: str
) -> None:
    """A write counts as done only when an API server says so; the row fails, names the host, and the Secret is not there."""
    box.proxy.script(Rule(answered(what, answer), "POST", SECRETS, times=None))

    run = box.run("pull_secret", args_of(namespace))

    assert stored_secret(cluster.client, namespace) is None
    assert run.failed
    assert run.actions == {namespace: "failed"}
    assert box.proxy.url in run.message


def test_redirects_are_not_followed(box: Box, namespace: str) -> None:
    """A credential is not sent to where an answer points to."""
    box.proxy.script(Rule(redirected(f"{box.proxy.url}/elsewhere", 307), "POST", SECRETS, times=None))

    run = box.run("pull_secret", args_of(namespace))

    assert run.failed
    assert "elsewhere" not in str(run.result.get("namespaces"))


class TestOneAmongOthers:
    """What goes wrong in one namespace leaves the others, and their rows, alone."""

    @pytest.mark.parametrize("wait", ["²", "-1", "1e9999", "٣", "0x10", "", "soon", "9" * 400])
    def test_retry_after(self, wait: str, box: Box, cluster: Cluster) -> None:
        """A Retry-After that makes no sense is none."""
        names = [cluster.make_namespace("insane") for _unused in range(3)]
        box.proxy.script(Rule(refused(429, retry_after=wait), "POST", f"{names[1]}{SECRETS}"))

        run = box.run("pull_secret", {**args_of(names[0]), "namespaces": names})

        assert (run.failed, run.actions) == (False, dict.fromkeys(names, "created")), run

    def test_an_answer_that_nobody_foresaw(self, box: Box, cluster: Cluster) -> None:
        """The rows of the other namespaces are there, whatever the answer for one of them holds."""
        names = [cluster.make_namespace("unforeseen") for _unused in range(3)]
        strange = Answer(409, b'{"kind": "Status", "code": "many", "details": [1], "message": {"a": []}, "reason": 7}')
        box.proxy.script(Rule(answered("strange Status", strange), "POST", f"{names[1]}{SECRETS}", times=None))

        run = box.run("pull_secret", {**args_of(names[0]), "namespaces": names})

        assert run.failed
        assert run.actions == {names[0]: "created", names[1]: "failed", names[2]: "created"}, run


ENDLESS: list[tuple[str, Rule]] = [
    ("Retry-After: 3600", Rule(refused(429, retry_after="3600"), "POST", SECRETS, times=None)),
    ("an endless list", Rule(answered("endless continue", endless_continue, done=True), "GET", "limit=", times=None)),
    ("a byte a second", Rule(Fault("a byte a second", pause=1), "POST", SECRETS, times=None)),
    ("no answer", Rule(Fault("no answer", delay=3600), "POST", SECRETS, times=None)),
]


@pytest.mark.parametrize(("what", "rule"), ENDLESS, ids=[what for what, _unused in ENDLESS])
def test_time_is_bounded(what: str, rule: Rule, box: Box, cluster: Cluster) -> None:
    """A run that asks for 20 seconds has ended within two minutes, with a report; without a bound it takes more, or for ever."""
    names = [cluster.make_namespace("bounded") for _unused in range(3)]
    box.proxy.script(rule)

    start = time.monotonic()
    run = box.run("pull_secret", {**args_of(names[0]), "namespaces": names, "timeout": RUN_SECONDS})

    assert run.failed, what
    assert not run.message.startswith(("Unexpected", "Unsupported")), run.message
    assert time.monotonic() - start < RUN_SECONDS + LEEWAY_SECONDS


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", [403, 422])
def test_echoed(place: t.Any, status: int, box: Box, cluster: Cluster) -> None:
    """A server that quotes what is sent and what is there gets nothing out, in any encoding, wherever it stands."""
    name = cluster.make_namespace("echoed")
    token, mine, theirs = box.token, f"{secrets.token_hex(6)}{NASTY}1", f"{secrets.token_hex(6)}{NASTY}2"
    box.run("pull_secret", {**args_of(name), "registries": [registry(THEIRS, theirs)]})
    box.proxy.script(Rule(echo(status, list(ENCODINGS), [place]), WRITES, times=None))

    run = box.run("pull_secret", args_of(name, mine))

    assert run.failed
    found = leaks(run, all_forms([token, *(f"puller:{each}" for each in (mine, theirs)), mine, theirs]))
    assert box.ledger.find("leaked", [each[:400] for each in found]) == []
