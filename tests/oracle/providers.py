"""CredentialProviderConfigs, most with one thing that may be wrong, in JSON and YAML."""

from __future__ import annotations

import json
import typing as t

from tests.oracle.chance import chance, some, spoiled, words
from tests.oracle.images import plausible_image
from tests.oracle.keys import key_for

if t.TYPE_CHECKING:
    from random import Random

Fields: t.TypeAlias = dict[str, t.Any]

GROUP: t.Final = "kubelet.config.k8s.io"
PROTOCOL: t.Final = "credentialprovider.kubelet.k8s.io"
VERSIONS: t.Final = ("v1", "v1", "v1beta1", "v1alpha1")
# Never one that a cut leaves empty: a kubelet finds no fault with an empty name until it looks for the program.
NAMES: t.Final = ("ecr", "gcr", "acr", "ecr", "a b", "a/b", "..", ".xx", "\u00e4\u00e4", "a\tb", "ECR")
ANYTHING: t.Final[t.Sequence[t.Any]] = (
    None,
    None,
    "",
    "x",
    0,
    1.5,
    True,
    False,
    [],
    {},
    [None],
    ["x"],
    {"x": 1},
    [{}],
    [[]],
)
UNITS: t.Final = (*words("h m s ms us µs μs ns d H"), "")
NUMBERS: t.Final = (
    *words("0 1 12 1.5 .5 5. 00 1e3 -1 +2 - . 2562047 9223372036854775807 9223372036854775808 \u0663"),
    "",
    " 1",
)
KEYS: t.Final = (
    *words("a/b role A/Role -a a/ /a a/b/c example.com/Role Example.com/Role a_b.c a..b/c"),
    "",
    "a b",
    "x" * 64,
)
PLAIN: t.Final = words(
    "x y N on Off true FALSE tRue null ~ Null 12h 1 01 0x1f 0xg 0o7 0o9 0b1 0b2 08 1_0 _1 1__0 1e3 1e 1.5 . .. .5 1. +1 + - -1 -x"
    " .inf -.Inf +.INF .nan .NAN 1:30 12:30:45 2026-11-22 2026-1-1T1:1:1Z 1.2.3 0.0 -0 +.5 -.5e-3 0_7 0x_1 0x1_ 1.5_5 = << ! * 'y' \"y\""
    " !!str 1e+5 1E5 .e1 0. 00 0o 0x 9999999999999999999999 0b 1_ 1._5 ._5 infinity nan .Nan nUll"
)


def provider_files(dice: Random) -> tuple[dict[str, str], bool]:
    """Files by name, and whether the kubelet is given their folder."""
    if chance(dice, 0.85):
        return {dice.choice(["c.json", "c.yaml", "c"]): _file(dice)}, False
    names = dice.sample(["a.json", "b.yaml", "c.yml", ".d.yaml", "e.json~", "f.txt", "g"], k=dice.randint(0, 3))
    return {name: _file(dice) for name in names}, True


def _file(dice: Random) -> str:
    document = _document(dice)
    if chance(dice, 0.15):
        return _yaml(dice)
    text = json.dumps(document, ensure_ascii=chance(dice, 0.5), indent=dice.choice([None, 2]))
    return spoiled(dice, text, ["{", "}", ",", '"name": "x",', '"kind": null,', " "]) if chance(dice, 0.1) else text


def _yaml(dice: Random) -> str:
    """One plain text stands where another kind of value may not stand."""
    plain = dice.choice(PLAIN)
    place = dice.choice(["args", "value", "matchImages"])
    written = {"args": "x", "value": "x", "matchImages": "quay.io", place: plain}
    return (
        f"apiVersion: {GROUP}/v1\nkind: CredentialProviderConfig\nproviders:\n- name: ecr\n"
        f"  matchImages:\n  - {written['matchImages']}\n  defaultCacheDuration: 12h\n  apiVersion: {PROTOCOL}/v1\n"
        f"  args:\n  - {written['args']}\n  env:\n  - name: A\n    value: {written['value']}\n"
    )


def _document(dice: Random) -> Fields:
    version = dice.choice(VERSIONS)
    names = dice.sample(NAMES[:3], k=dice.choice([1, 1, 1, 2, 3]))
    if chance(dice, 0.15):
        names = some(dice, NAMES, 0, 3)
    document: Fields = {
        "apiVersion": f"{GROUP}/{version}",
        "kind": "CredentialProviderConfig",
        "providers": [_provider(dice, name, version) for name in names],
    }
    return _changed(dice, document, 0.05)


def _provider(dice: Random, name: str, version: str) -> Fields:
    spoken = dice.choice(VERSIONS)
    provider: Fields = {
        "name": name,
        "matchImages": [_pattern(dice) for _unused in range(dice.choice([0, 1, 1, 1, 2]) if chance(dice, 0.1) else 1)],
        "defaultCacheDuration": _duration(dice) if chance(dice, 0.15) else "12h",
        "apiVersion": f"{PROTOCOL}/{spoken}",
    }
    if chance(dice, 0.3):
        provider["args"] = ["x"]
    if chance(dice, 0.3):
        provider["env"] = [_changed(dice, {"name": "A", "value": "b"}, 0.1)]
    if chance(dice, 0.7 if version == spoken == "v1" else 0.05):
        provider["tokenAttributes"] = _token(dice)
    return {**_changed(dice, provider, 0.1), "name": name}


def _token(dice: Random) -> Fields:
    token: Fields = {
        "serviceAccountTokenAudience": "aud",
        "cacheType": dice.choice(["Token", "ServiceAccount"]),
        "requireServiceAccount": chance(dice, 0.7),
    }
    for kind in ("required", "optional"):
        if chance(dice, 0.4):
            token[f"{kind}ServiceAccountAnnotationKeys"] = some(dice, KEYS[:2] if chance(dice, 0.6) else KEYS, 0, 2)
    return _changed(dice, token, 0.1)


def _changed(dice: Random, fields: Fields, probability: float) -> Fields:
    """Fields with one more or less, or another value."""
    if not chance(dice, probability):
        return fields
    name = dice.choice(list(fields))
    way = dice.randrange(4)
    if way == 0:
        return {key: value for key, value in fields.items() if key != name}
    if way == 1:
        return {**fields, dice.choice(["x", name.upper(), name.capitalize(), "kind", "env", ""]): dice.choice(ANYTHING)}
    return {**fields, name: dice.choice(ANYTHING)}


def _pattern(dice: Random) -> str:
    if chance(dice, 0.85):
        return "quay.io"
    return key_for(dice, plausible_image(dice)).encode("utf-8", "replace").decode()


def _duration(dice: Random) -> str:
    return "".join(dice.choice(NUMBERS) + dice.choice(UNITS) for _unused in range(dice.choice([1, 1, 2])))
