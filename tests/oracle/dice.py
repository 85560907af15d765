"""Chance with a known seed."""

from __future__ import annotations

import random
import typing as t

T = t.TypeVar("T")


def words(text: str) -> tuple[str, ...]:
    """A list that is easier on the eye than one with a comma and quotes for each word."""
    return tuple(text.split())


class Dice(random.Random):
    """Random numbers, and what a generator of cases makes of them."""

    def chance(self, probability: float) -> bool:
        """True this often."""
        return self.random() < probability

    def some(self, pool: t.Sequence[T], least: int, most: int) -> list[T]:
        """Between ``least`` and ``most`` of the pool; one may come again."""
        return self.choices(pool, k=self.randint(least, most))

    def put_into(self, text: str, piece: str) -> str:
        """The text with a piece somewhere in it."""
        place = self.randint(0, len(text))
        return text[:place] + piece + text[place:]

    def spoiled(self, text: str, pieces: t.Sequence[str]) -> str:
        """The text with one change: a character less, a piece more, the end cut off, a part of it twice."""
        way = self.randrange(4)
        place = self.randint(0, len(text))
        if way == 0:
            return text[:place] + text[place + 1 :]
        if way == 1:
            return text[:place] + self.choice(pieces) + text[place:]
        if way == 2:
            return text[:place]
        return text[:place] + text[self.randint(0, place) : place] + text[place:]
