"""
Answers that send back what came: a server, a webhook or a balancer that quotes requests in its errors.

    with start_proxy(upstream, Rule(echo(422), "POST|PUT|PATCH", times=None)) as proxy:
        modules.run_module("pull_secret", {"host": proxy.url, ...})

quotes what was sent, and what the server answered to earlier requests, decoded as far as it can be decoded, in each of `ENCODINGS`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import typing as t
import urllib.parse

from tests.reliability.fault_proxy import JSON_TYPE, Answer, Exchange, Fault, Request

LONGEST_DEPTH: t.Final = 6


def _base64_behind(count: int) -> t.Callable[[str], str]:
    return lambda text: base64.b64encode(b"x" * count + text.encode()).decode()


def _go_quoted(text: str) -> str:
    """As Go's %q."""
    return json.dumps(text, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


ENCODINGS: t.Final[t.Mapping[str, t.Callable[[str], str]]] = {
    "plain": str,
    "json": json.dumps,
    "json in json": lambda text: json.dumps(json.dumps(text)),
    "go": _go_quoted,
    "python": repr,
    "escapes": lambda text: "".join(f"\\u{ord(letter):04x}" if ord(letter) > 126 else letter for letter in text),
    "upper-case escapes": lambda text: "".join(
        f"\\u{ord(letter):04X}" if ord(letter) > 126 else letter for letter in text
    ),
    "url": lambda text: urllib.parse.quote(text, safe=""),
    "form": urllib.parse.quote_plus,
    "html": html.escape,
    "base64": _base64_behind(0),
    "base64, one later": _base64_behind(1),
    "base64, two later": _base64_behind(2),
    "urlsafe base64": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 of base64": lambda text: _base64_behind(0)(_base64_behind(0)(text)),
}
Place: t.TypeAlias = t.Literal["message", "cause", "reason", "text", "html", "header", "phrase"]
PLACES: t.Final[t.Sequence[Place]] = t.get_args(Place)
"""Where in an answer it stands: in fields of a Status, in a body that is none, in headers, in the status line."""


def echo(
    status: int = 422,
    encodings: t.Iterable[str] = tuple(ENCODINGS),
    places: t.Iterable[Place] = ("message",),
    *,
    earlier: bool = True,
    done: bool = False,
) -> Fault:
    """
    An answer that quotes the request.

    Args:
        status: For example 422, what an admission policy gives.
        encodings: Keys of `ENCODINGS`.
        places: Where it stands.
        earlier: Whether it quotes the server's earlier answers, too, as an admission policy does with the object that is there.
        done: Whether the server does the work all the same.
    """
    chosen, where = tuple(encodings), frozenset(places)

    def answer(request: Request, _answer: Answer | None, exchanges: t.Sequence[Exchange]) -> Answer:
        texts = [text for part in _parts(request) for text in decoded(part)]
        if earlier:
            bodies = [exchange.answer.body.decode(errors="replace") for exchange in exchanges if exchange.answer]
            texts += [text for body in bodies for text in decoded(body)]
        quoted = [ENCODINGS[name](text) for text in dict.fromkeys(texts) for name in chosen]
        return _in_places(status, " | ".join(quoted), where)

    return Fault(f"echo {status}", reaches=done, answer=answer)


def _parts(request: Request) -> t.Iterator[str]:
    yield f"{request.method} {request.path}"
    for name, value in request.headers:
        yield f"{name}: {value}"
        scheme, _unused, credential = value.partition(" ")
        if name.lower() == "authorization" and scheme:
            yield credential
    yield request.body.decode(errors="replace")


def decoded(text: str, depth: int = 0) -> t.Iterator[str]:
    """A text, and all that is in it: the strings of JSON, what base64 holds, and so on."""
    if not text or depth > LONGEST_DEPTH:
        return
    yield text
    with contextlib.suppress(ValueError):
        for string in _strings(json.loads(text)):
            yield from decoded(string, depth + 1)
        return
    with contextlib.suppress(binascii.Error, ValueError):
        inner = base64.b64decode(text, validate=True).decode()
        if all(letter >= " " or letter in "\t\r\n" for letter in inner):  # str.isprintable() takes no U+00A0
            yield from decoded(inner, depth + 1)


def _strings(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _strings(each)


def _in_places(status: int, quoted: str, places: t.Collection[str]) -> Answer:
    one_line = "".join(letter if 32 <= ord(letter) < 127 else "?" for letter in quoted)[:30_000]
    header = (("Warning", f'299 - "{one_line}"'), ("X-Quoted", one_line)) if "header" in places else ()
    phrase = one_line if "phrase" in places else ""
    if "html" in places:
        body = f"<html><body><pre>{quoted}</pre></body></html>".encode()
        return Answer(status, body, (("Content-Type", "text/html"), *header), phrase)
    if "text" in places:
        return Answer(status, quoted.encode(), (("Content-Type", "text/plain"), *header), phrase)
    document: dict[str, t.Any] = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status}
    document["reason"] = quoted if "reason" in places else "Invalid"
    document["message"] = f"denied: {quoted}" if "message" in places else "denied"
    if "cause" in places:
        document["details"] = {"name": quoted, "causes": [{"reason": quoted, "message": quoted, "field": quoted}]}
    return Answer(status, json.dumps(document).encode(), (JSON_TYPE, *header), phrase)
