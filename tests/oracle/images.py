"""Images as people write them, and as nobody should."""

from __future__ import annotations

import typing as t

from tests.oracle.chance import chance, some, spoiled, words

if t.TYPE_CHECKING:
    from random import Random

# The empty host is a short name.
HOSTS: t.Final = (
    "",
    "",
    *words("docker.io index.docker.io registry-1.docker.io docker.io:443 index.docker.io:443 quay.io reg.example.com"),
    *words(
        "a.b.reg.example.com reg.example.com:5000 reg.example.com:443 xn--bcher-kva.example localhost localhost:5000"
    ),
    *words("reg:5000 reg:80 10.0.0.1 10.0.0.1:5000 1.2 v1.v2 v1:1 REG.example.com Foo A A LOCALHOST B:1 Reg:5000"),
    *words("Docker.io DOCKER.IO [::1] [::1]:5000 [2001:DB8::1]:443 [A::B] [a::b]:1 [::]:0 [1:2] [abc]:1 [:]"),
)
ODD_HOSTS: t.Final = (
    *words("my_reg.io my_reg -reg.io reg-.io reg..io .io io. reg.io: reg.io:x :5000 reg.io:1:2 é.io \u017f.io *.io"),
    *words("[fe80::1%25eth0] [::1 ::1 [] [g::1] [1.2.3.4] [::1]x reg.io:\u0663 user@reg.io Index.docker.io"),
)
COMPONENTS: t.Final = words("library app team nginx a v1 v2 a.b a_b a__b a-b a---b 0 web2 docker.io")
ODD_COMPONENTS: t.Final = ("", "a b", *words("App a..b a___b a._b -a a- _a a. é ä a%62 \u017f \u0663 a\u0300 *"))
TAGS: t.Final = (*words("latest v1 1.27 1.2_3-x _ A 5000"), "x" * 128)
ODD_TAGS: t.Final = ("", "x\n", "latest ", "x" * 129, *words(".x -x a/b a:b é \u0663 \u017f"))
_HEX: t.Final = "0123456789abcdef"
DIGESTS: t.Final = (f"sha256:{_HEX * 4}", f"sha384:{_HEX * 6}", f"sha512:{_HEX * 8}")
ODD_DIGESTS: t.Final = (
    "",
    "sha256:",
    "sha256:abc",
    f"sha256:{_HEX * 4}\n",
    *(f"sha256:{letters}" for letters in ("A" * 64, "a" * 65, "a" * 63, "g" * 64)),
    *(f"{algorithm}:{'a' * 64}" for algorithm in ("SHA256", "sha512", "sha256+x", "md5", "sha384")),
    f"md5:{'a' * 32}",
    f"sha1:{'a' * 40}",
)
PIECES: t.Final = (
    *words(
        ": @ / . - _ __ [ ] % %41 ? # \\ * A é \u017f \u212a \u0661 \u200b \ufeff :// https:// .. \U0001f40b latest"
    ),
    *(" ", "\n", "\r", "\t", "\x00", "\x7f", "\u2028", "a" * 64),
)
IDENTIFIERS: t.Final = ("", "/", "a" * 64, _HEX * 4, f"{'b' * 64}:x", f"quay.io/{'c' * 64}", "A" * 64, "a" * 63)


def image(dice: Random) -> str:
    """Any image: a third of them are none."""
    text = plausible_image(dice)
    if chance(dice, 0.6):
        return text
    if chance(dice, 0.08):
        return dice.choice(IDENTIFIERS)
    if chance(dice, 0.15):
        return _long(dice)
    if chance(dice, 0.5):
        return _odd(dice)
    for _unused in range(dice.randint(1, 2)):
        text = spoiled(dice, text, PIECES)
    return text


def plausible_image(dice: Random) -> str:
    """An image that a kubelet can parse."""
    host = dice.choice(HOSTS)
    path = "/".join(some(dice, COMPONENTS, 1, 4 if chance(dice, 0.2) else 2))
    name = f"{host}/{path}" if host else path
    tag = f":{dice.choice(TAGS)}" if chance(dice, 0.4) else ""
    digest = f"@{dice.choice(DIGESTS)}" if chance(dice, 0.1) else ""
    return name + tag + digest


def _odd(dice: Random) -> str:
    """One part that breaks a rule, sometimes two."""
    which = dice.sample(range(4), k=dice.choice([1, 1, 1, 2]))
    host = dice.choice(ODD_HOSTS if 0 in which else HOSTS)
    components = some(dice, COMPONENTS, 1, 3)
    if 1 in which:
        components[dice.randrange(len(components))] = dice.choice(ODD_COMPONENTS)
    text = "/".join([host, *components]) if host else "/".join(components)
    if 2 in which or chance(dice, 0.3):
        text += f":{dice.choice(ODD_TAGS if 2 in which else TAGS)}"
    if 3 in which or chance(dice, 0.1):
        text += f"@{dice.choice(ODD_DIGESTS if 3 in which else DIGESTS)}"
    return text


def _long(dice: Random) -> str:
    """About as long as a path may be."""
    host = dice.choice(HOSTS)
    added = len("library/") if host in ("", "docker.io", "index.docker.io") else 0
    path = "a" * (255 - dice.choice([0, added]) + dice.randint(-1, 1))
    if chance(dice, 0.5):
        path = f"{path[:100]}/{path[101:]}"
    return f"{host}/{path}" if host else path
