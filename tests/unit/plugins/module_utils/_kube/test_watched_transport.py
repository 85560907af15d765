"""What a server sends back of a request, and of what it knows."""

from __future__ import annotations

import base64
import json
import typing as t
from urllib.parse import quote

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import SecretRegister
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ApiError, Forbidden
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.watched_transport import WatchedTransport
from tests.unit.loopback import Answer, Received, serve

PASSWORD = "pä\"ss\\w<o>r&d:'x-1"
TOKEN = "token-of-a-kubeconfig-1"
SECRETS = "/api/v1/namespaces/team-a/secrets"
DOCUMENT = json.dumps({"auths": {"quay.io": {"auth": base64.b64encode(f"u:{PASSWORD}".encode()).decode()}}})
MANIFEST = {"kind": "Secret", "data": {".dockerconfigjson": base64.b64encode(DOCUMENT.encode()).decode()}}
ENCODINGS: t.Mapping[str, t.Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "in a URL": lambda text: quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, cut": lambda text: base64.b64encode(f"xxxx{text}yyyy".encode()).decode()[1:-3],
    "base64 in base64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
}


def sent(message_for: t.Callable[[Received], str], *requests: Request) -> ApiError:
    """What becomes of the last request, when the server answers it with this."""
    proof = base64.b64encode(f"user:{PASSWORD}".encode()).decode()

    def answer(received: Received) -> Answer:
        if received.method == "GET":
            return Answer(200, {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": [MANIFEST]})
        return Answer(403, {"kind": "Status", "reason": "Forbidden", "message": message_for(received)})

    with serve(answer=answer) as server:
        to_proxy = {"Proxy-Authorization": f"Basic {proof}"}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        transport = WatchedTransport(
            Server(server.url, proxy_headers=to_proxy, credentials=lambda: headers), 1, SecretRegister()
        )
        for request in requests[:-1]:
            transport.send(request)
        with pytest.raises(Forbidden) as caught:
            transport.send(requests[-1])
    return caught.value


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
@pytest.mark.parametrize("quoted", ["headers", "body", "document", "password", "auth"])
def test_echo(quoted: str, encode: t.Callable[[str], str]) -> None:
    """Whatever a server sends back of a request, and however, nothing in it can be read that nobody may see."""

    def message_for(received: Received) -> str:
        texts = {
            "headers": str(dict(received.headers)),
            "body": json.dumps(received.body),
            "document": DOCUMENT,
            "password": PASSWORD,
            "auth": f"u:{PASSWORD}",
        }
        return f"refused: {encode(texts[quoted])}"

    error = sent(message_for, Request("POST", SECRETS, body=MANIFEST))

    assert error.message.startswith("refused: ")
    assert "********" in error.message
    for text in (PASSWORD, TOKEN, json.dumps(PASSWORD)[1:-1], base64.b64encode(PASSWORD.encode()).decode()[:12]):
        assert text not in str(error)
    assert str(error).startswith(f"POST {SECRETS}: 403 Forbidden: refused: ")


def test_of_what_was_read() -> None:
    """What was read before is known, too: a policy may quote the object that is there."""
    error = sent(lambda _received: f"old: {PASSWORD}", Request("GET", SECRETS), Request("DELETE", f"{SECRETS}/a"))

    assert error.message == "old: ********"
