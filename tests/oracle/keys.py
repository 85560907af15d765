"""Registry keys that belong to an image, more or less."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from random import Random

from tests.oracle.chance import chance, put_into, spoiled, words
from tests.oracle.images import HOSTS, plausible_image


@dataclass(frozen=True)
class Key:
    """A key in its parts, which are put together as they are."""

    host: str
    path: str = ""
    scheme: str = ""
    user: str = ""
    tail: str = ""

    def __str__(self) -> str:
        """As it stands in a document."""
        return f"{self.scheme}{self.user}{self.host}{self.path}{self.tail}"


SCHEMES: t.Final = (" https://", *words("https:// http:// HTTPS:// Https:// http:/ https: // oci:// https://https://"))
USERS: t.Final = ("us er@", *words("user@ user:pw@ a@b@ us%65r@ %zz@ u:p%4@ ü@ [@ a:b:c@ @ u/s@ u|@ %00@ u:%25@"))
HUB_KEYS: t.Final = words(
    "index.docker.io docker.io https://index.docker.io/v1/ https://index.docker.io/v1 index.docker.io/a"
)
PORTS: t.Final = words(":443 :5000 : :80 :05000 :x :1:2 :: :* :99999999 :-1 :\u0663 :%35")
TAILS: t.Final = (
    *words("/ ? ?x=1 # #f ?x=%zz #%zz #%41 ?# #? :latest % %2 %zz %41 %3F %23 %25 %2525 %2F %2f /.. /. // \\ | * ; é"),
    *("?\x00", "#\x00", "#\n", " ", "\t", "\x7f", "\ufeff", "?a/b", "#a/b", "%00", "%0a", "%ff"),
)
ODD_HOSTS: t.Final = (
    "",
    *words("* *.* *.*.* index.docker.io docker.io registry-1.docker.io hub.docker.com *.docker.io *docker.io d*.i*"),
    *words(
        "[::1] [::1]:5000 [::1%25eth0] [::1%25eth0]:5000 [::1%eth0] [fe80::1%25%41*] [fe80::%25*]:1 [A::B] [A-B::] [*]"
    ),
    *words(
        "[::ffff:1.2.3.4] [::ffff:01.2.3.4] [1.2.3.4] [v1.x] [::g] [::1 ::1 [] [::1]x [::1]: [::1]:x x[::1] [[::1]]"
    ),
    *words(
        "[::1%25] [::1%25%00] [::1%25é] [::1%25%C3%A9] [%3A%3A1] [::%31] [1:2:3:4:5:6:7:8] [1:2:3:4:5:6:7::] [00001::]"
    ),
    *words(
        "%41 %C3%A9.io %25 %2e a%25b.io a%2eb.io %ff a|b a`b a\\b a{b} a^b a\"b a<b> a'b a!b a;b=c a&b,c a?.io ? ?.io"
    ),
    *words("reg..io . .. *..* \u017f.io K.io é.io \udce4.io reg.io. [a-z]*.io re[g].io r\\*g.io ** *a*b*.io"),
    *words(
        "[::1%25-] [::1%25a-] [::1%25A-Z] [::1%25z-a] [::1%25a.b] [::1%25*] [::1%25%5B] [::1%25%5D] [::1%25^A] [::1%25%5CA]"
    ),
    *("a b", "[::1%25a b]"),
)
PIECES: t.Final = (
    *words('% %41 %zz %2F %25 %00 ? # / // : @ * [ ] \\ | ^ ` { } " < > é \u017f \u212a \ufffd \U0001f40b \udce4'),
    *words(". - _ ~ ! $ & ' ( ) + , ; = A \udced\udca0\udc80"),
    *(" ", "\t", "\n", "\x00", "\x1f", "\x7f", "\x80", "\u2028"),
)
ADDRESSES: t.Final = words("::1 A::B A::1 :: fe80::1 1:2:3:4:5:6:7:A")
GROUPS: t.Final = words("0 1 a F ff 00ff ffff")
ODD_GROUPS: t.Final = words("00000 12345 g -1 +1 0x1 \u0661 %31 * 1_0")
OCTETS: t.Final = words("0 1 9 10 127 255")
ODD_OCTETS: t.Final = words("256 00 01 001 1000 -1 a \u0661 %32")
ZONES: t.Final = (
    *words("% %25 %251 %25eth0 %25a%25b %25%41 %25%00 %eth0 %25A:b %25A/b %25[ %25A]b %25é %25%c3%a9 %25A%c3%a9"),
    *words("%25A- %25-A %25A-Z %25Z-A %25^A %25A-B-C %25A.b %25%5CA %25A%5C %25A%2D"),
)
API_PATHS: t.Final = words("/v1 /v2 /v1/ /v2/ /v3/ /v1/v2 /V1/ /api/v2/ //v1/ /%76%31/ /v1%2F /v1//")

Change: t.TypeAlias = t.Callable[[Random, Key], Key]


def host_and_path(image: str) -> tuple[str, str]:
    """Roughly what a kubelet looks up for an image: ``("docker.io", "/library/nginx")``."""
    name = image.partition("@")[0]
    host, slash, path = name.partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost" or host != host.lower()):
        host, path = "docker.io", name if slash else f"library/{name}"
    elif host in ("docker.io", "index.docker.io"):
        host, path = "docker.io", path if "/" in path else f"library/{path}"
    return host, "/" + path.partition(":")[0]


def key_for(dice: Random, image: str) -> str:
    """A key that could be meant for the image."""
    if chance(dice, 0.05):
        return key_for(dice, plausible_image(dice))
    if chance(dice, 0.04):
        return dice.choice(HUB_KEYS)
    host, path = host_and_path(image)
    key = Key(host)
    if len(host) == 1 and chance(dice, 0.4):  # a kubelet takes the brackets of an address for a class of characters
        key = _address(dice, key)
    if chance(dice, 0.45):
        key = replace(key, path=_begin_of(dice, path))
    if chance(dice, 0.3):
        key = _other_spelling(dice, key)
    while chance(dice, 0.4):
        key = dice.choice(CHANGES)(dice, key)
    text = str(key)
    return spoiled(dice, text, PIECES) if chance(dice, 0.04) else text


def other_spelling(dice: Random, key: str) -> str:
    """Another key that a kubelet mostly takes for the same."""
    plain = key.removeprefix("https://").removeprefix("http://")
    host, slash, path = plain.partition("/")
    return str(_other_spelling(dice, Key(host, slash + path)))


def _begin_of(dice: Random, path: str) -> str:
    way = dice.randrange(6)
    if way == 0:
        return path
    if way == 1:
        return f"{path}/"
    if way == 2:
        return path[: dice.randint(0, len(path))]
    if way == 3:
        return path + dice.choice(["x", "/x", "-debug"])
    cut = path.rpartition("/")[0]
    return f"{cut}/" if way == 4 else cut


def _other_spelling(dice: Random, key: Key) -> Key:
    if key.host == "docker.io" and chance(dice, 0.5):
        key = replace(key, host="index.docker.io")
    api = dice.choice(["", "", "/v1", "/v2"])
    path = api + (key.path or ("/" if api or chance(dice, 0.3) else ""))
    return replace(key, scheme=dice.choice(["", "https://", "http://"]), path=path)


def _glob(dice: Random, key: Key) -> Key:
    name, colon, port = key.host.partition(":")
    labels = name.split(".")
    for _unused in range(dice.choice([1, 1, 2])):
        number = dice.randrange(len(labels))
        label = labels[number]
        start = dice.randint(0, len(label))
        end = dice.choice([len(label), dice.randint(start, len(label))])
        labels[number] = dice.choice(["*", f"{label[:start]}*{label[end:]}", f"*{label[start:]}", f"{label[:start]}**"])
    if chance(dice, 0.1):
        labels.insert(dice.randint(0, len(labels)), "*")
    if chance(dice, 0.1):
        labels.pop(dice.randrange(len(labels)))
    return replace(key, host=".".join(labels) + colon + port)


def _port(dice: Random, key: Key) -> Key:
    name = key.host if key.host.endswith("]") else key.host.rpartition(":")[0] or key.host
    return replace(key, host=name + dice.choice(["", "", *PORTS]))


def _case(dice: Random, key: Key) -> Key:
    return replace(key, host=dice.choice([key.host.upper(), key.host.lower(), key.host.title()]))


def _escape(dice: Random, key: Key) -> Key:
    """One character of host or path as an escape."""
    part = dice.choice(["host", "path", "path"])
    text: str = getattr(key, part)
    if not text:
        return key
    place = dice.randrange(len(text))
    code = "".join(f"%{byte:02x}" for byte in text[place].encode("utf-8", "surrogateescape"))
    code = code.upper() if chance(dice, 0.5) else code
    if chance(dice, 0.2):
        code = f"%25{code[1:]}"
    changed = text[:place] + code + text[place + 1 :]
    return replace(key, host=changed) if part == "host" else replace(key, path=changed)


def _api_path(dice: Random, key: Key) -> Key:
    api = dice.choice(API_PATHS)
    return replace(key, path=api + (key.path[1:] if api.endswith("/") else key.path))


def _scheme(dice: Random, key: Key) -> Key:
    return replace(key, scheme=dice.choice(SCHEMES))


def _user(dice: Random, key: Key) -> Key:
    return replace(key, user=dice.choice(USERS))


def _tail(dice: Random, key: Key) -> Key:
    return replace(key, tail=dice.choice(TAILS))


def _host(dice: Random, key: Key) -> Key:
    return replace(key, host=dice.choice(dice.choice([HOSTS, ODD_HOSTS, ODD_HOSTS])))


def _address(dice: Random, key: Key) -> Key:
    """An IPv6 address, more or less."""
    address = dice.choice(ADDRESSES) if chance(dice, 0.6) else _odd_address(dice)
    zone = dice.choice(ZONES) if chance(dice, 0.5) else ""
    if chance(dice, 0.5):  # a kubelet reads its own index key as a URL once more
        zone = zone.replace("%", "%25", 1)
    return replace(key, host=f"[{address}{zone}]{dice.choice(PORTS) if chance(dice, 0.3) else ''}")


def _odd_address(dice: Random) -> str:
    groups = [_number(dice, GROUPS, ODD_GROUPS) for _unused in range(dice.choice([0, 1, 2, 3, 6, 7, 8, 8, 9]))]
    for _unused in range(dice.choice([0, 1, 1, 2])):
        groups.insert(dice.randint(0, len(groups)), dice.choice(["", "", ":"]))
    if chance(dice, 0.3):
        groups.append(".".join(_number(dice, OCTETS, ODD_OCTETS) for _unused in range(dice.choice([3, 4, 4, 4, 5]))))
    return ":".join(groups)


def _number(dice: Random, usual: t.Sequence[str], odd: t.Sequence[str]) -> str:
    return dice.choice(odd if chance(dice, 0.05) else usual)


def _piece(dice: Random, key: Key) -> Key:
    piece = dice.choice(PIECES)
    if chance(dice, 0.5):
        return replace(key, host=put_into(dice, key.host, piece))
    return replace(key, path=put_into(dice, key.path, piece))


_WEIGHTED: t.Final[t.Sequence[tuple[Change, int]]] = (
    (_glob, 30),
    (_api_path, 12),
    (_port, 10),
    (_scheme, 10),
    (_escape, 10),
    (_tail, 8),
    (_piece, 6),
    (_host, 6),
    (_user, 5),
    (_address, 3),
    (_case, 3),
)
CHANGES: t.Final = [change for change, weight in _WEIGHTED for _unused in range(weight)]
