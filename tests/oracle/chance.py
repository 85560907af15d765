"""
What the grammars of cases make of a `random.Random`.

They are given the one of hypothesis, whose numbers are choices that hypothesis makes smaller when a case shows a difference: what is
plain and short stands for the small numbers.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from random import Random

T = t.TypeVar("T")


def words(text: str) -> tuple[str, ...]:
    """A list that is easier on the eye than one with a comma and quotes for each word."""
    return tuple(text.split())


def chance(dice: Random, probability: float) -> bool:
    """True this often, in whole percents: hypothesis prefers small numbers in larger ranges."""
    return dice.randrange(100) >= 100 - round(100 * probability)


def some(dice: Random, pool: t.Sequence[T], least: int, most: int) -> list[T]:
    """Between ``least`` and ``most`` of the pool; one may come again."""
    return [dice.choice(pool) for _unused in range(dice.randint(least, most))]


def put_into(dice: Random, text: str, piece: str) -> str:
    """The text with a piece somewhere in it."""
    place = dice.randint(0, len(text))
    return text[:place] + piece + text[place:]


def spoiled(dice: Random, text: str, pieces: t.Sequence[str]) -> str:
    """The text with one change: a character less, a piece more, the end cut off, a part of it twice."""
    way = dice.randrange(4)
    place = dice.randint(0, len(text))
    if way == 0:
        return text[:place] + text[place + 1 :]
    if way == 1:
        return text[:place] + dice.choice(pieces) + text[place:]
    if way == 2:
        return text[:place]
    return text[:place] + text[dice.randint(0, place) : place] + text[place:]
