# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret as a type of its own, and the mark by which two of them differ without being shown."""

from __future__ import annotations

import hashlib
import hmac

_SHOWN_DIGITS = 8


class SecretText:
    """A secret string. Neither ``repr`` nor ``str`` nor formatting shows it; only :meth:`reveal` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the bytes that are written, and nothing else."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and hmac.compare_digest(
            self._text.encode("utf-8", "surrogateescape"), other._text.encode("utf-8", "surrogateescape")
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "SecretText(...)"


class Fingerprinter:
    """
    Marks for secrets, keyed so that they tell *same* from *changed* within one run and nothing else.

    Args:
        key: Random bytes that are made for the run and thrown away with it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, secret: SecretText) -> str:
        """A mark such as ``secret 5f3a91c0``, equal for equal secrets."""
        text = secret.reveal().encode("utf-8", "surrogatepass")
        return "secret " + hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_SHOWN_DIGITS]

    def __repr__(self) -> str:
        return "Fingerprinter(...)"
