"""
Docker configs as people and tools write them, and as nobody should.

A document is built as text, since what matters here is what no writer of JSON would write: repeated names, other white space,
escapes where none are needed. A byte that is not UTF-8 stands in a text as the lone surrogate of ``surrogateescape``.
"""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import dataclass

from tests.oracle.chance import chance, put_into, spoiled, words

if t.TYPE_CHECKING:
    from random import Random

Member: t.TypeAlias = tuple[str, str]
"""A name and a value of an object, both as they are written."""

BLANKS: t.Final = ("", "", "", " ", "\n", "\t", "\r\n", "  ")
READ_FIELDS: t.Final = ("username", "password", "auth", "email")
OTHER_FIELDS: t.Final = ("", *words("identitytoken registrytoken serveraddress Provider auths user authh"))
OTHER_MEMBERS: t.Final = ("", *words("credsStore credHelpers auth httpheader detachKeys quay.io"))
HEADERS: t.Final = ("HttpHeaders", "HttpHeaders", "httpheaders", "HTTPHEADERS", "HttpHeader\u017f")
NOTHING: t.Final = ("null", "null", "{}", "{}", "[]", '""', "0", "false")
OTHER_VALUES: t.Final = (
    *(
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.5e3",
        '""',
        '"x"',
        "[]",
        "{}",
        "1e999999",
        "-1.0E-2",
        "[[[[]]]]",
        '{"":""}',
    ),
    *('[1,"a",null]', '{"a":{"a":1}}', '{"a":1,"a":2}', '{"auths":{}}', '"\\ud800"', '"\\u0000"', "1" * 30),
)
BROKEN_VALUES: t.Final = (
    *words("NaN Infinity -Infinity nul True 01 1. .5 +1 1e - 0x1 'x' [1,] {,} [ { \" } ] undefined 1_000 \u0663"),
    *('"\\x"', '"\\u12g4"', '"\\u123"', '"a\tb"', '"a\nb"', '"\x00"', '"\x1f"', '{"a"}', '{"a":}', "{1:2}", "[1 2]"),
    *("", "/**/1", "1//"),
)
DEPTHS: t.Final[t.Sequence[int]] = (
    50,
    150,
    *range(183, 194),
)
"""With what is around and in it up to what our code reads; a kubelet reads 10,000 levels."""
USERS: t.Final = (
    *("", "user", "user", "robot$team+ci", "ä", "<token>", "a b", "u\x00", "\udce4", "\udced\udca0\udc80", "\ufffd"),
    *("\u2028", "\U0001f40b"),
)
PASSWORDS: t.Final = (
    *("", "pw", "pw", "p:w", "p\nw", "  pw  ", "pässword", "\udcff\udcfe", '"\\', "p\x00", "=", "\udce4\udcbd"),
    *("\udcf0\udc9f\udc90", "\u017f"),
)
RAW_AUTHS: t.Final = (
    *(b"", b":", b"::", b"user", b"\x00", b"user\xef\xbc\x9apw", b":pw", b"user:", b"\xff:\xfe", b"a:b:c"),
    b"  u : p  ",
)
AUTHS: t.Final = ("\n", " ", *words("= == A AA AAA ==== Og Og== Og= Oh== !"))
AUTH_ENDS: t.Final = (
    *("=", "==", "===", "\n", " ", "=\n", "\t", "\x1c", "\x85", "\xa0", "= ", " =", "=\u2028", "\u200b"),
    *("=\x1c", "=\x85", "=\xa0", "=\u200b", "=\x0b", "=\ufeff"),
)
AUTH_PIECES: t.Final = ("=", "-", "_", " ", "\n", ".", "é", "\ufffd", "A", "\x00", "==")
PIECES_OF_STRINGS: t.Final = (
    *(
        "\\ud800",
        "\\udc00",
        "\\ud83d\\udc0b",
        "\\udc0b\\ud83d",
        "\\ud83dx",
        "\\ud83d\\ud83d\\udc0b",
        "\\/",
        "\\b",
        "\\x",
    ),
    *("\udcff", "\udce4\udcbd", "\udcc0\udc80", "\udcf4\udc90\udc80\udc80", "\x01", "\x7f"),
)
ENTRIES: t.Final = ("true", '"user:pw"', '{"auth":null}', '{"auth":""}', "[{}]", *NOTHING)
AGAIN: t.Final = ("null", "null", '""', '"again"', '"YTpi"', "0", "[]", "{}", "true")
WHOLE: t.Final = (
    *(
        "",
        " ",
        "null",
        "[]",
        '""',
        "0",
        "{}",
        "{",
        "true",
        "nul",
        "{}{}",
        "{}x",
        "null null",
        "[null]",
        "\ufeff{}",
        "\x00",
    ),
    "\udcff",
)
BEFORE: t.Final = ("\ufeff", " ", "\x00", "\xa0", "//x\n", "/**/", "\x0b", "\udcff")
AFTER: t.Final = (" ", "\n", "\x00", "\xa0", "x", "{}", ",", "//", "\x1a", "\udcff", "\ufeff", "\x0c")
PIECES: t.Final = (
    *words('" { } [ ] , : \\ \\u \\ud800 null 0 - . e \ufeff \udcff \udce4 \udcc0\udc80 \udced\udca0\udc80 é / //'),
    *("/**/", "#", "'", "NaN", "auths", '"a":1,', ',"auths":null'),
    *(" ", "\n", "\t", "\x00", "\x0b", "\x0c", "\x1f", "\x7f", "\x85", "\xa0"),
)
FOLDED: t.Final = {"s": "\u017f", "S": "\u017f", "k": "\u212a", "K": "\u212a"}


@dataclass(frozen=True)
class Login:
    """Who pulls, in one entry; one is distinguished from the other by its number."""

    number: int
    user: str
    password: str


def login(dice: Random, number: int) -> Login:
    """Someone, mostly with a plain name."""
    if chance(dice, 0.85):
        return Login(number, f"u{number}", "pw")
    return Login(number, f"u{number}{dice.choice(USERS)}", dice.choice(PASSWORDS))


def document(dice: Random, form: str, logins: t.Sequence[tuple[str, Login]], *, sound: float = 0.5) -> bytes:
    """
    A document with these entries.

    Args:
        dice: Chance.
        form: ``dockerconfigjson`` or ``dockercfg``.
        logins: Registry keys, each with who pulls; a key may come again.
        sound: How probable it is that nothing was done to break it.
    """
    nasty = not chance(dice, sound)
    members = [(_string(dice, key, nasty=nasty), _entry(dice, one, nasty=nasty)) for key, one in logins]
    text = _object(dice, members) if form == "dockercfg" else _config_json(dice, members, nasty=nasty)
    if nasty and chance(dice, 0.15):
        text = _broken(dice, text)
    return text.encode("utf-8", "surrogateescape")


def _config_json(dice: Random, members: list[Member], *, nasty: bool) -> str:
    auths = ('"auths"', _object(dice, members))
    if not nasty:
        extra = [('"credsStore"', '"pass"')] if chance(dice, 0.1) else []
        return _object(dice, [auths, *extra])
    found = [auths]
    if chance(dice, 0.2):
        half = len(members) // 2
        found = [("auths", _object(dice, part)) for part in (members[:half], members[half:])]
        found = [(_name(dice, "auths"), value) for _unused, value in found]
    for _unused in range(dice.choice([0, 0, 1, 2])):
        found.insert(dice.randint(0, len(found)), _other_member(dice))
    return _object(dice, found)


def _other_member(dice: Random) -> Member:
    way = dice.randrange(5)
    if way == 0:
        return json.dumps(dice.choice(HEADERS), ensure_ascii=False), _headers(dice)
    if way == 1:
        return _name(dice, "auths"), dice.choice(NOTHING)
    return json.dumps(dice.choice(OTHER_MEMBERS)), _other_value(dice)


def _headers(dice: Random) -> str:
    if chance(dice, 0.3):
        return _other_value(dice)
    return _object(
        dice,
        [(f'"{name}"', dice.choice(['"x"', "null", '""', "1", '"\\ud800"'])) for name in "ab"[: dice.randrange(3)]],
    )


def _entry(dice: Random, who: Login, *, nasty: bool) -> str:
    if not nasty:
        return _object(dice, _plain_fields(dice, who))
    if chance(dice, 0.1):
        return dice.choice(ENTRIES)
    fields = [(_name(dice, _read(name)), _value(dice, value)) for name, value in _plain_fields(dice, who)]
    if chance(dice, 0.3):
        fields = [field for field in fields if not field[0].lower().startswith('"auth')]
        fields.append((_name(dice, "auth"), _string(dice, auth(dice, who), nasty=True)))
    for _unused in range(dice.choice([0, 0, 0, 1, 2])):
        fields.insert(dice.randint(0, len(fields)), _other_field(dice))
    return _object(dice, fields)


def _value(dice: Random, written: str) -> str:
    return _string(dice, _read(written), nasty=True) if chance(dice, 0.3) else written


def _read(written: str) -> str:
    return str(json.loads(written))


def _plain_fields(dice: Random, who: Login) -> list[Member]:
    encoded = base64.b64encode(_joined(who)).decode()
    auth_field = ('"auth"', f'"{encoded}"')
    # As a text of JSON, a name that is not UTF-8 cannot be written; auth can hold it.
    if chance(dice, 0.4) or not (who.user + who.password).isprintable():
        return [auth_field]
    fields = [('"username"', json.dumps(who.user)), ('"password"', json.dumps(who.password))]
    return [*fields, auth_field] if chance(dice, 0.2) else fields


def _other_field(dice: Random) -> Member:
    way = dice.randrange(4)
    if way == 0:  # one that counts, once more
        return _name(dice, dice.choice(READ_FIELDS)), dice.choice(AGAIN)
    if way == 1:
        return _name(dice, dice.choice(READ_FIELDS)), _other_value(dice)
    return json.dumps(dice.choice(OTHER_FIELDS)), _other_value(dice)


def _other_value(dice: Random) -> str:
    if chance(dice, 0.03):
        return dice.choice(BROKEN_VALUES)
    if chance(dice, 0.01):
        depth = dice.choice(DEPTHS)
        opening, closing = dice.choice([("[", "]"), ('{"a":', "}")])
        innermost = dice.choice(BROKEN_VALUES) if chance(dice, 0.1) else dice.choice(OTHER_VALUES)
        return opening * depth + innermost + closing * depth
    if chance(dice, 0.01):
        digits = "1" * dice.choice([3999, 4000, 4300, 5000])
        return f"{dice.choice(['', '-'])}{digits}{dice.choice(['', '.5', 'e1'])}"
    return dice.choice(OTHER_VALUES)


def auth(dice: Random, who: Login) -> str:
    """What stands in a field ``auth``: base64, more or less."""
    raw = dice.choice(RAW_AUTHS) if chance(dice, 0.1) else _joined(who)
    text = base64.b64encode(raw).decode()
    for _unused in range(dice.choice([0, 1, 1, 1, 2])):
        text = dice.choice(BASE64_CHANGES)(dice, text)
    return text


def _with_newlines(dice: Random, text: str) -> str:
    for _unused in range(dice.randint(1, 3)):
        text = put_into(dice, text, dice.choice(["\n", "\r\n", "\r"]))
    return text


def _with_other_bits(dice: Random, text: str) -> str:
    """In the last character there are bits that nothing is made of."""
    stem = text.rstrip("=")
    return stem[:-1] + dice.choice("ABCDwxyz0189+/") + text[len(stem) :]


BASE64_CHANGES: t.Final[t.Sequence[t.Callable[[Random, str], str]]] = (
    lambda _dice, text: text.rstrip("="),
    _with_newlines,
    _with_newlines,
    lambda dice, text: text + dice.choice(AUTH_ENDS),
    lambda dice, text: dice.choice([" ", "\n", "\t", "=", "\ufeff"]) + text,
    lambda _dice, text: text.replace("+", "-").replace("/", "_"),
    _with_other_bits,
    lambda dice, text: spoiled(dice, text, AUTH_PIECES),
    lambda dice, text: dice.choice(AUTHS) if chance(dice, 0.8) else text + text,
)


def _joined(who: Login) -> bytes:
    return f"{who.user}:{who.password}".encode("utf-8", "surrogateescape")


def _name(dice: Random, name: str) -> str:
    """A field's name, in a spelling that may count as the same."""
    if chance(dice, 0.75):
        return f'"{name}"'
    way = dice.randrange(5)
    if way == 0:
        return json.dumps(dice.choice([name.upper(), name.title(), name.capitalize(), name.swapcase()]))
    if way == 1:
        place = dice.randrange(len(name))
        return f'"{name[:place]}\\u{ord(name[place]):04x}{name[place + 1 :]}"'
    if way == 2:
        letter = dice.choice(sorted(set(FOLDED) & set(name)) or ["a"])
        return json.dumps(name.replace(letter, FOLDED.get(letter, letter), 1), ensure_ascii=chance(dice, 0.5))
    if way == 3:
        return json.dumps(spoiled(dice, name, [" ", "\u0131", "\u0130", "\u0301", "x", "\ufeff"]))
    return f'"{name}"'


def _string(dice: Random, text: str, *, nasty: bool) -> str:
    """A string of JSON; what cannot be written in it is written raw, as the bytes that are no UTF-8 are."""
    if not nasty or chance(dice, 0.7):
        written = json.dumps(text, ensure_ascii=False)
    else:
        written = '"' + "".join(_character(dice, one) for one in text) + '"'
    if nasty and chance(dice, 0.03):
        place = dice.randint(1, len(written) - 1)
        piece = dice.choice(PIECES_OF_STRINGS)
        written = written[:place] + piece + written[place:]
    return written


def _character(dice: Random, one: str) -> str:
    if chance(dice, 0.7) or "\udc80" <= one <= "\udcff":
        return json.dumps(one, ensure_ascii=False)[1:-1]
    if one == "/":
        return "\\/"
    return "".join(f"\\u{unit:04x}" if chance(dice, 0.5) else f"\\u{unit:04X}" for unit in _utf16(one))


def _utf16(one: str) -> list[int]:
    raw = one.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


def _object(dice: Random, members: t.Sequence[Member]) -> str:
    if chance(dice, 0.8):
        return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"
    blank = dice.choice(BLANKS)
    inner = f"{blank},{dice.choice(BLANKS)}".join(
        f"{name}{blank}:{dice.choice(BLANKS)}{value}" for name, value in members
    )
    return f"{{{blank}{inner}{dice.choice(BLANKS)}}}"


def _broken(dice: Random, text: str) -> str:
    way = dice.randrange(6)
    if way == 0:
        return dice.choice(WHOLE)
    if way == 1:
        return dice.choice(BEFORE) + text
    if way == 2:
        return text + dice.choice(AFTER)
    if way == 3:
        return text.replace("}", ",}", 1)
    for _unused in range(dice.randint(1, 2)):
        text = spoiled(dice, text, PIECES)
    return text
