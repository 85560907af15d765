"""
Cases by the thousand, of which hypothesis finds the smallest that shows something.

Keys are made from the image that is looked up, so that most lookups find something and their order is put to the test.
"""

from __future__ import annotations

import base64
import itertools
import typing as t
from random import Random

import hypothesis
from hypothesis import strategies

from tests.oracle.chance import chance
from tests.oracle.documents import document, login
from tests.oracle.images import image, plausible_image
from tests.oracle.keys import key_for, other_spelling
from tests.oracle.providers import provider_files

Question: t.TypeAlias = dict[str, t.Any]

FORMS: t.Final = ("dockerconfigjson", "dockercfg")
PLACES: t.Final = {
    "root/config.json": "dockerconfigjson",
    "cwd/config.json": "dockerconfigjson",
    "home/.docker/config.json": "dockerconfigjson",
    "root/.dockercfg": "dockercfg",
    "cwd/.dockercfg": "dockercfg",
    "home/.dockercfg": "dockercfg",
}
TYPES: t.Final = (
    "Opaque",
    "",
    *(f"{one}/dockercfg" for one in ("kubernetes.io", "Kubernetes.io", "")),
    "kubernetes.io/basic-auth",
)
DATA_KEYS: t.Final = (".dockercfg", ".dockerconfigjson", "config.json", ".DockerConfigJson", "dockerconfigjson")
NODE_DOCUMENTS: t.Final = (
    *(b"", b"{", b"{}", b"null", b"[]", b'{"auths":null}', b'{"auths":{}}', b'{"auths":[]}', b"\xff"),
    b'{"quay.io":{"auth":"!"}}',
)


def smallest_case(shows: t.Callable[[Question], bool], count: int, seed: int) -> Question | None:
    """
    The smallest question of the protocol for which ``shows`` is true, if that is so for one of the first ones.

    Args:
        shows: Asked of each case, and once it was true of smaller ones.
        count: How many cases are made; some are the same as others.
        seed: Gives the same cases to the same command.
    """
    settings = hypothesis.settings(
        max_examples=count, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    try:
        return hypothesis.find(CASES, shows, settings=settings, random=Random(seed))
    except hypothesis.errors.NoSuchExample:
        return None


def _case(dice: Random) -> Question:
    way = dice.randrange(100)
    if way < 15:
        return {"op": "image", "image": image(dice)}
    if way < 30:
        return _parse(dice)
    if way < 37:
        files, is_folder = provider_files(dice)
        return {"op": "providers", "files": files, "folder": is_folder}
    if way < 40:
        return _match_image(dice)
    return _lookup(dice)


CASES: t.Final = strategies.randoms(use_true_random=False).map(_case)


def _parse(dice: Random) -> Question:
    form = dice.choice(FORMS)
    about = plausible_image(dice)
    logins = [(key_for(dice, about), login(dice, number)) for number in range(dice.choice([0, 1, 1, 1, 2, 3]))]
    if len(logins) > 1 and chance(dice, 0.3):  # the same key again
        logins[-1] = (logins[0][0], logins[-1][1])
    return {"op": "parse", "format": form, **_given("text", document(dice, form, logins, sound=0.05))}


def _match_image(dice: Random) -> Question:
    about = plausible_image(dice)
    # The protocol has no place for bytes that are not UTF-8 here.
    return {"op": "match_image", "image": about, "pattern": key_for(dice, about).encode("utf-8", "replace").decode()}


def _lookup(dice: Random) -> Question:
    about = plausible_image(dice) if chance(dice, 0.96) else image(dice)
    writer = _Writer(dice, about)
    secrets = [_secret(dice, writer) for _unused in range(dice.choice([0, 1, 1, 1, 2, 2, 3, 4]))]
    asked: Question = {"op": "lookup", "image": about, "secrets": secrets, "node_config": None}
    if chance(dice, 0.3) or not secrets:
        asked |= _on_node(dice, writer)
    return asked


class _Writer:
    """Writes documents about one image, and mentions in one what was in another."""

    def __init__(self, dice: Random, about: str) -> None:
        self._dice = dice
        self._about = about
        self._keys: list[str] = []
        self._numbers = itertools.count()

    def write(self, form: str) -> bytes:
        """A document; most are sound, because one that is not hides all the others."""
        keys = [self._key() for _unused in range(self._dice.choice([0, 1, 1, 2, 2, 3, 4, 6, 12]))]
        self._keys += keys
        logins = [(key, login(self._dice, next(self._numbers))) for key in keys]
        return document(self._dice, form, logins, sound=0.95)

    def _key(self) -> str:
        if self._keys and chance(self._dice, 0.25):
            known = self._dice.choice(self._keys)
            return other_spelling(self._dice, known) if chance(self._dice, 0.7) else known
        return key_for(self._dice, self._about)


def _secret(dice: Random, writer: _Writer) -> Question:
    form = dice.choice(["dockerconfigjson", "dockerconfigjson", "dockercfg"])
    data = {f".{form}": writer.write(form)}
    kind = f"kubernetes.io/{form}"
    if chance(dice, 0.06):
        kind = dice.choice([*TYPES, f"kubernetes.io/{dice.choice(FORMS)}"])
    if chance(dice, 0.03):
        data = {dice.choice(DATA_KEYS): dice.choice([b"", b" ", b"null", b"{}", writer.write("dockercfg")])}
    if chance(dice, 0.03):
        data[dice.choice(DATA_KEYS)] = dice.choice([b"", b"{", writer.write(dice.choice(FORMS))])
    secret: Question = {"name": dice.choice(["a", "b", "regcred"]), "namespace": "ns", "type": kind, "data": {}}
    for key, value in data.items():
        for name, text in _given("data", value).items():
            secret.setdefault(name, {})[key] = text
    return secret


def _on_node(dice: Random, writer: _Writer) -> Question:
    if chance(dice, 0.6):
        return _given("node_config", _node_document(dice, writer, "dockerconfigjson"))
    asked: Question = {"node_config": None}
    for place in dice.sample(list(PLACES), k=dice.randint(1, 4)):
        if chance(dice, 0.05):
            asked.setdefault("node_files", {})[place] = None  # a folder
            continue
        for name, text in _given("node_files", _node_document(dice, writer, PLACES[place])).items():
            asked.setdefault(name, {})[place] = text
    return asked


def _node_document(dice: Random, writer: _Writer, form: str) -> bytes:
    if chance(dice, 0.25):
        return dice.choice(NODE_DOCUMENTS)
    return writer.write(form)


def _given(name: str, raw: bytes) -> Question:
    """A text as the protocol gives it: in base64 where it is not UTF-8."""
    try:
        return {name: raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}_b64": base64.b64encode(raw).decode()}
