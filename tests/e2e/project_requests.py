"""
A stand-in for the part of OpenShift that makes a namespace for a user who may not create one.

The API server is a real one, which gets the kind ProjectRequest from a CustomResourceDefinition and asks a webhook that runs
here before it stores one. The webhook does what OpenShift's API server does in that moment: it makes the namespace and gives it to
who asked. What it cannot show is how OpenShift itself answers; the path, the kind and the order of events are OpenShift's.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import ssl
import tempfile
import threading
import typing as t

from tests.cluster.client import Client, Document
from tests.cluster.deadlines import wait_for
from tests.cluster.errors import ApiError
from tests.cluster.pki import issue_server, make_authority
from tests.cluster.users import Rule, grant, service_account_subject
from tests.reliability import fault_proxy

GROUP: t.Final = "project.openshift.io"
NAME: t.Final = f"projectrequests.{GROUP}"


def _custom_resource(kind: str) -> Document:
    singular = kind.lower()
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{singular}s.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Cluster",
            "names": {"plural": f"{singular}s", "singular": singular, "kind": kind},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


CUSTOM_RESOURCES: t.Final = (_custom_resource("ProjectRequest"), _custom_resource("Project"))


@contextlib.contextmanager
def project_requests(client: Client, rules: t.Sequence[Rule]) -> t.Iterator[None]:
    """
    For the time of a ``with``, who may create a ProjectRequest gets a namespace of that name, and a Project to find it by.

    Args:
        client: The administrator's.
        rules: What who asked may do in the new namespace; a ServiceAccount asks.
    """
    asked = threading.Event()
    with _webhook(lambda request: _make_project(client, request, rules), asked) as (url, authority):
        for resource in CUSTOM_RESOURCES:
            client.create(resource)
        hook = client.create(_configuration(url, authority))
        try:
            _wait_until_served(client, asked)
            yield
        finally:
            client.delete(client.path(hook))
            for resource in CUSTOM_RESOURCES:
                client.delete(client.path(resource))
            for resource in CUSTOM_RESOURCES:
                _wait_until_gone(client, client.path(resource))


def _make_project(client: Client, request: Document, rules: t.Sequence[Rule]) -> None:
    name = request["object"]["metadata"]["name"]
    if name.startswith("probe-"):
        return
    requester = request["userInfo"]["username"]
    annotations = {"openshift.io/requester": requester}
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": annotations}})
    _unused, _unused, home, account = requester.split(":")
    client.create({"apiVersion": f"{GROUP}/v1", "kind": "Project", "metadata": {"name": name}})
    grant(client, f"project-{name}", service_account_subject(home, account), rules, [name])


def _configuration(url: str, authority: bytes) -> Document:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAME},
        "webhooks": [
            {
                "name": NAME,
                "rules": [
                    {
                        "apiGroups": [GROUP],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["projectrequests"],
                    }
                ],
                "clientConfig": {"url": url, "caBundle": base64.b64encode(authority).decode()},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "NoneOnDryRun",
                "timeoutSeconds": 20,
            }
        ],
    }


def _wait_until_gone(client: Client, path: str) -> None:
    """A kind goes after its last object, and cannot be made again before that."""
    wait_for(lambda: not client.exists(path), f"{path} is still there")


def _wait_until_served(client: Client, asked: threading.Event) -> None:
    """The API server takes a moment to serve a new kind and to ask a new webhook: until it has been asked once."""
    numbers = itertools.count()

    def is_served() -> bool:
        probe = {"apiVersion": f"{GROUP}/v1", "kind": "ProjectRequest", "metadata": {"name": f"probe-{next(numbers)}"}}
        with contextlib.suppress(ApiError):
            client.request("POST", f"/apis/{GROUP}/v1/projectrequests", probe)
            return asked.is_set()
        return False

    wait_for(is_served, "the API server does not ask the webhook for ProjectRequests")


@contextlib.contextmanager
def _webhook(allow: t.Callable[[Document], None], asked: threading.Event) -> t.Iterator[tuple[str, bytes]]:
    """A server that answers each AdmissionReview: yes, once ``allow`` has done its work."""
    authority = make_authority("project requests")
    pair = issue_server(authority, "project requests", ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as both:
        both.write(pair.public + pair.private)
        both.flush()
        context.load_cert_chain(both.name)

    def answer(request: fault_proxy.Request, *_unused: object) -> fault_proxy.Answer:
        review = json.loads(request.body)
        response: Document = {"uid": review["request"]["uid"], "allowed": True}
        try:
            allow(review["request"])
        except ApiError as error:
            response.update(allowed=False, status={"code": error.status, "reason": error.reason, "message": str(error)})
        asked.set()
        return fault_proxy.Answer(200, json.dumps({**review, "response": response}).encode())

    rule = fault_proxy.Rule(fault_proxy.answered("webhook", answer), times=None)
    with fault_proxy.start_proxy(None, rule, context=context) as server:
        yield f"{server.url}/", authority.public
