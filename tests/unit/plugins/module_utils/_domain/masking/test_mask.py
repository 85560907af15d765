"""Many secrets taken out of a text in one pass."""

from __future__ import annotations

import base64
import collections
import random
import sys
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking.mask import HIDDEN, Mask

TEXTS: t.Mapping[str, tuple[t.Sequence[str], str, str]] = {
    "none": ([], "text", "text"),
    "empty": (["", "hunter2"], "", ""),
    "alone": (["hunter2"], "hunter2", HIDDEN),
    "inside": (["hunter2"], "a hunter2-b", f"a {HIDDEN}-b"),
    "twice, touching": (["hunter2"], "hunter2hunter2", HIDDEN * 2),
    "beginning only": (["hunter2"], "hunter", "hunter"),
    "the longer one": (["hunter", "hunter2"], "hunter2 hunter", f"{HIDDEN} {HIDDEN}"),
    "same beginning": (["hunter1", "hunter2"], "hunter2 hunter3", f"{HIDDEN} hunter3"),
    "at the end": (["abc4"], "xabc4", f"x{HIDDEN}"),
    "overlapping": (["abc1", "c1de"], "xabc1dey", f"x{HIDDEN}y"),
    "starts again after a false start": (["aaa4"], "aaaa4", f"a{HIDDEN}"),
    "not ASCII": (["pässwört€"], "«pässwört€»", f"«{HIDDEN}»"),
    "short": (["a:b"], "a:b xa:by 'a:b' u=a:b.", f"{HIDDEN} xa:by '{HIDDEN}' u={HIDDEN}."),
    "short, in a path or a host": (["ab"], "/ab/c ab/c c.ab ab.c c-ab", "/ab/c ab/c c.ab ab.c c-ab"),
    "a word": (["config"], "config, configuration: config", f"{HIDDEN}, configuration: {HIDDEN}"),
    "a word in a path": (["config"], "/etc/config.json and config/x", "/etc/config.json and config/x"),
    "a word as a key": (["config"], '{"config": "config"}', f'{{"config": "{HIDDEN}"}}'),
    "a word as a quoted key": (["config"], '{\\"config\\": 1}', '{\\"config\\": 1}'),
    "a word in base64": (["default"], "eyJwIjoiZGVmYXVsdCJ9", f"eyJwIjoi{HIDDEN}J9"),
    "several words": (["correct-horse"], "incorrect-horses", f"in{HIDDEN}s"),
    "user and password in a URL": (["true"], "https://u:true@quay.io", f"https://u:{HIDDEN}@quay.io"),
    "in the middle of a character": (["\udc9f\udc98\udc80-bytes"], "x \U0001f600-bytes", f"x {HIDDEN}"),
    "a field of a document": ([], '{"auth": "dTpw", "email": "e"}', f'{{"auth": "{HIDDEN}", "email": "e"}}'),
    "a field that is cut off": ([], 'in {\\"password\\": \\"unkn', f'in {{\\"password\\": \\"{HIDDEN}'),
    "somebody's URL": ([], 'Get "https://u:p@ss%2Fw@quay.io/v2/"', f'Get "https://u:{HIDDEN}@quay.io/v2/"'),
    "a digest": ([], "docker://alpine:3.19@sha256:0a1b", "docker://alpine:3.19@sha256:0a1b"),
    "a signed URL": ([], '"https://h/b?sp=r&sig=a%2Bb%3D&se=2": 403', f'"https://h/b?sp=r&sig={HIDDEN}&se=2": 403'),
    "a signed URL in JSON": ([], "h?a=1\\u0026X-Amz-Signature=0a1b", f"h?a=1\\u0026X-Amz-Signature={HIDDEN}"),
    "a token's scope": ([], "/token?scope=repository%3Aa%3Apull", "/token?scope=repository%3Aa%3Apull"),
    "a header": ([], "Authorization: Bearer abcdefghij.0123456", f"Authorization: Bearer {HIDDEN}"),
    "words": ([], "use Basic authentication; Bearer realm=x", "use Basic authentication; Bearer realm=x"),
}


@pytest.mark.parametrize(("secrets", "text", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_text(secrets: t.Sequence[str], text: str, expected: str) -> None:
    """Every secret is hidden wherever it stands, the longest that fits, and nothing else is."""
    assert expected == Mask(secrets).hide(text)


def test_structures() -> None:
    """Lists and dicts are masked inside; keys, numbers and booleans stay."""
    value = {"hunter2": ["a hunter2", ("hunter2", 1)], "n": 2, "b": True, "none": None}

    assert Mask(["hunter2"]).hide(value) == {
        "hunter2": [f"a {HIDDEN}", [HIDDEN, 1]],
        "n": 2,
        "b": True,
        "none": None,
    }


NAMES: t.Mapping[str, tuple[str, str, str, str]] = {
    "is a namespace": ("team-1", "team-1", "namespace team-1: no", "namespace team-1: no"),
    "a part of a namespace": ("am-1", "team-1", "namespace team-1: no", "namespace team-1: no"),
    "and a word": ("default", "default", 'in "default"', 'in "default"'),
    "in a longer name": ("team-1", "team-1", "namespace team-12: no", f"namespace {HIDDEN}2: no"),
    "but not in base64": ("team-1", "team-1", "dTp0ZWFtLTE=", f"dT{HIDDEN}"),
    "but not as a password": ("team-1", "team-1", '"password":"team-1"', f'"password":"{HIDDEN}"'),
    "and not another": ("team-1", "shop", "namespace team-1: no", f"namespace {HIDDEN}: no"),
}


@pytest.mark.parametrize(("secret", "name", "text", "expected"), NAMES.values(), ids=NAMES.keys())
def test_names(secret: str, name: str, text: str, expected: str) -> None:
    """A name that was given as a name stays; as a password it is hidden."""
    assert expected == Mask([secret], [name]).hide(text)


OWN: t.Mapping[str, tuple[str, str, str]] = {
    "strong": ("hunter2", "says hunter2", f"says {HIDDEN}"),
    "strong, in base64": ("hunter2", "says dTpodW50ZXIyCg==", f"says dT{HIDDEN}Cg=="),
    "a word": ("exists", "Secret regcred exists", "Secret regcred exists"),
    "short": ("is", "it is", "it is"),
    "a word, and nothing else": ("true", "true", "true"),
}


@pytest.mark.parametrize(("secret", "text", "expected"), OWN.values(), ids=OWN.keys())
def test_own(secret: str, text: str, expected: str) -> None:
    """In words of ours, a password that is a word tells nothing, and hiding it would tell it."""
    assert expected == Mask([secret]).hide_in_own(text)


def test_nothing_slips_through() -> None:
    """In any text, none of many secrets can be read afterwards."""
    dice = random.Random(0)
    for _unused in range(300):
        secrets = ["".join(dice.choices("ab1", k=dice.randint(4, 7))) + "2" for _unused in range(dice.randint(1, 6))]
        text = "".join(dice.choices("ab12 ", k=40))

        hidden = Mask(secrets).hide(text)

        assert not [secret for secret in secrets if secret in hidden]


@pytest.mark.parametrize(
    "text",
    [
        "refused: correct horse batt...",
        'refused: "correct horse batt…"',
        f"json: {base64.b64encode(b'xx user:correct horse battery staple').decode()[6:-4]} is no document",
        f"json: {base64.b64encode(b'correct horse battery staple').decode()[3:-7]} is no document",
    ],
    ids=["dots", "an ellipsis in quotes", "base64 without its ends", "base64 of nothing else"],
)
def test_cut_off(text: str) -> None:
    """What is left of a secret where a text was cut off is enough to guess the rest, and is hidden."""
    shown = Mask(["correct horse battery staple"]).hide(text)

    assert HIDDEN in shown
    assert "correct" not in shown


LONG = "".join(random.Random(0).choices("abcdefghij0123456789", k=1500))
"""As long as the tokens of clouds and of ServiceAccounts."""


@pytest.mark.parametrize(
    "text",
    [
        f"refused: {LONG[:700]}...",
        f"refused: {LONG[:700]} ...",
        f"refused: u%3A{LONG[:700]}...",
        f"refused: {base64.b64encode(f'the user:{LONG}'.encode()).decode()[:900]}",
        f'an error on the server ("{"x" * 1500}{LONG[:540]}") has prevented the request from succeeding',
    ],
    ids=["dots", "dots after a blank", "dots in a URL", "base64", "a client in Go"],
)
def test_cut_off_and_long(text: str) -> None:
    """The first bytes of a secret of any length are found."""
    shown = Mask([LONG]).hide(text)

    assert HIDDEN in shown
    assert LONG[:9] not in shown
    assert base64.b64encode(LONG[:30].encode()).decode()[4:20] not in shown


def test_not_cut_off() -> None:
    """A user name at the end of a text is no beginning of what is in ``auth``, also where something in the text is encoded."""
    text = "100%25 sure: no user example+robot"

    assert Mask(["example+robot:hunter-2"]).hide(text) == text


def test_much_is_known_and_alike() -> None:
    """What a text costs does not grow with the number of secrets, also when all begin with the same user name."""
    dice = random.Random(0)
    passwords = ["".join(dice.choices("abcdef-0123456789", k=16)) for _unused in range(1000)]
    auths = [base64.b64encode(f"puller:{password}".encode()).decode() for password in passwords]
    documents = [base64.b64encode(f'{{"auths":{{"quay.io":{{"auth":"{auth}"}}}}}}'.encode()).decode() for auth in auths]
    text = " ".join(documents)[:8192]
    few, many = Mask(auths[:100]), Mask([*passwords, *auths, *(f"puller:{password}" for password in passwords)])

    assert calls_of(lambda: many.hide(text)) < 4 * calls_of(lambda: few.hide(text))


def calls_of(function: t.Callable[[], object]) -> int:
    """How many calls of functions it takes, from its second time on."""
    function()
    counted: collections.Counter[str] = collections.Counter()
    sys.setprofile(lambda _frame, event, _what: counted.update([event]))
    try:
        function()
    finally:
        sys.setprofile(None)
    return counted["call"] + counted["c_call"]
