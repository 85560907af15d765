"""Many secrets taken out of a text in one pass."""

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.masking import HIDDEN, Mask

TEXTS: t.Mapping[str, tuple[t.Sequence[str], str, str]] = {
    "none": ([], "text", "text"),
    "empty": (["", "hunter2"], "", ""),
    "alone": (["hunter2"], "hunter2", HIDDEN),
    "inside": (["hunter2"], "a hunter2-b", f"a {HIDDEN}-b"),
    "twice, touching": (["hunter2"], "hunter2hunter2", HIDDEN * 2),
    "beginning only": (["hunter2"], "hunter", "hunter"),
    "the longer one": (["hunter", "hunter2"], "hunter2 hunter", f"{HIDDEN} {HIDDEN}"),
    "same beginning": (["hunter1", "hunter2"], "hunter2 hunter3", f"{HIDDEN} hunter3"),
    "at the end": (["abcd"], "xabcd", f"x{HIDDEN}"),
    "short": (["ab"], "xaby abab", f"x{HIDDEN}y {HIDDEN}{HIDDEN}"),
    "starts again after a false start": (["aaab"], "aaaab", f"a{HIDDEN}"),
    "not ASCII": (["pässwört€"], "«pässwört€»", f"«{HIDDEN}»"),
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


def test_nothing_slips_through() -> None:
    """In any text, none of many secrets can be read afterwards."""
    dice = random.Random(0)
    for _unused in range(300):
        secrets = ["".join(dice.choices("abc", k=dice.randint(2, 7))) for _unused in range(dice.randint(1, 6))]
        text = "".join(dice.choices("abcd ", k=40))

        hidden = Mask(secrets).hide(text)

        assert not [secret for secret in secrets if secret in hidden]
