"""The forms in which a secret may stand in the words of others."""

from __future__ import annotations

import base64
import html
import json
import random
import typing as t
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.json import render_json
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.mask import HIDDEN, Mask
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.secret_forms import (
    readings,
    secrets_in_arguments,
)

PASSWORDS = {
    "plain": "hunter2-word",
    "short": "q~7%k",
    "nasty": "pä\"ss\\w<o>r&d:'x y/z",
    "other in URLs": "?>~?>~?>~",
    "no UTF-8": "p\udcfew-secret",
    "half a pair": "p\ud800w-secret",
}


def in_base64(text: str) -> str:
    """Base64 of a text."""
    return base64.b64encode(text.encode("utf-8", "surrogatepass" if "\ud800" in text else "surrogateescape")).decode()


def url_bytes(text: str) -> bytes:
    """What a URL is made of."""
    return base64.b64decode(in_base64(text))


QUOTED: t.Mapping[str, t.Callable[[str], str]] = {
    "as it is": lambda text: text,
    "JSON by Python": json.dumps,
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON by Go": render_json,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False),
    "by Python": repr,
    "in a path": lambda text: quote(url_bytes(text), safe=""),
    "in a query": lambda text: quote_plus(url_bytes(text)),
    "base64": in_base64,
    "base64 without padding": lambda text: in_base64(text).rstrip("="),
    "base64 of user and password": lambda text: in_base64(f"user:{text}"),
    "base64 for URLs": lambda text: in_base64(f"us:{text}").replace("+", "-").replace("/", "_"),
    "base64 of a document": lambda text: in_base64(f'{{"secret": {json.dumps(text)}, "more": 1}}'),
    "base64 of a document in UTF-8": lambda text: in_base64(
        f'{{"secret": {json.dumps(text, ensure_ascii=False)}, "more": 1}}'
    ),
    "base64 in lines": lambda text: base64.encodebytes(url_bytes(f"a document of some length: {text}")).decode(),
    "base64 in base64": lambda text: in_base64(in_base64(f"user:{text}")),
    "base64 in a URL": lambda text: quote(in_base64(f"user:{text}"), safe=""),
    "base64 in JSON in base64": lambda text: in_base64(json.dumps({"auth": in_base64(f"user:{text}")})),
    "JSON in JSON by Python": lambda text: json.dumps(json.dumps(text)),
    "JSON in JSON in JSON": lambda text: json.dumps(json.dumps(json.dumps(text))),
    "JSON with capital digits": lambda text: json.dumps(text).replace("\\u00e4", "\\u00E4"),
    "JSON in a query": lambda text: quote_plus(json.dumps(text)),
    "in HTML": html.escape,
    "in HTML by Go": lambda text: html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "bytes by Python": lambda text: repr(url_bytes(text)),
    "a list of strings in base64, inside of JSON": lambda text: json.dumps({"data": in_base64(json.dumps([text]))}),
}


@pytest.mark.parametrize("quoted", QUOTED.values(), ids=QUOTED.keys())
@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS.keys())
def test_quoted(quoted: t.Callable[[str], str], password: str) -> None:
    """However somebody quotes a password, nothing of it is left but letters that tell less than one of its characters."""
    hidden = Mask([password]).hide(f"refused: {quoted(password)}.")

    assert HIDDEN in hidden
    left = hidden.replace(HIDDEN, "")
    assert password not in left
    assert not any(password[at : at + 4] in left for at in range(len(password) - 3))


def test_no_text() -> None:
    """Bytes that are not UTF-8 are hidden as Go writes them, too."""
    assert Mask(["p\udcfew"]).hide("p\ufffdw was refused") == f"{HIDDEN} was refused"


def test_too_short_for_base64() -> None:
    """Base64 of two characters would be found in any text; the password itself is hidden."""
    assert Mask(["q7"]).hide("q7 in cTc") == f"{HIDDEN} in cTc"


@pytest.mark.parametrize("before", range(3, 9))
@pytest.mark.parametrize("cut", range(4))
def test_any_alignment(before: int, cut: int) -> None:
    """Base64 that begins and ends anywhere in a document, glued to words or cut off, gives nothing away."""
    password = PASSWORDS["nasty"]
    quotation = in_base64("x" * before + password + "y" * before)[cut : -cut or None]

    hidden = Mask([password]).hide(f"in/path-{quotation}")

    left = hidden.replace(HIDDEN, "")
    assert HIDDEN in hidden
    assert not any(
        password[at : at + 4].encode() in reading.text for reading in readings(left.encode()) for at in range(19)
    )


def test_places() -> None:
    """Every reading knows for each of its bytes where that is from."""
    text = json.dumps({"a": in_base64("ä document"), "b": "%C3%A4 &amp; \\"}).encode()
    for reading in readings(text):
        spans = [reading.span(at, at + 1) for at in range(len(reading.text))]
        assert spans == sorted(spans)
        assert all(0 <= start < end <= len(text) for start, end in spans)


def test_bounded() -> None:
    """A text that is made to be read in many ways, and one of any bytes, end soon all the same."""
    dice = random.Random(0)
    text = "x"
    for _unused in range(12):
        text = quote(in_base64(json.dumps(text)), safe="")[:4000]

    assert sum(len(reading.text) for reading in readings(text.encode())) < 1_000_000
    assert list(readings(bytes(dice.choices(range(256), k=2000))))


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--password=x1", "--token=x2"], ["x1", "x2"]),
        (["--api-key", "x1"], ["x1"]),
        (["registry_token=x1"], ["x1"]),
        (["--token-file=/x"], []),
        (["--password", "/run/secret"], []),
        (["--password"], []),
        (["get-credentials", "x1"], []),
    ],
)
def test_secrets_in_arguments(arguments: list[str], found: list[str]) -> None:
    """A password on the command line is noticed, and a file's name is none."""
    assert secrets_in_arguments(arguments) == found
