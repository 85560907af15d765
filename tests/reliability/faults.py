"""Which faults the dice of a round choose from."""

from __future__ import annotations

import typing as t

from tests.reliability.echoing import ENCODINGS, PLACES, echo
from tests.reliability.fault_proxy import (
    CUT_AFTER,
    CUT_BEFORE,
    CUT_DURING,
    FOREIGN_JSON,
    HTML,
    RESET_AFTER,
    RESET_BEFORE,
    TRUNCATED,
    Fault,
    answered,
    delayed,
    redirected,
    refused,
    slow_body,
)

if t.TYPE_CHECKING:
    import random

WAITS: t.Final = ("0", "1", "²", "-1", "soon", "1e9999", "Fri, 31 Dec 1999 23:59:59 GMT")
"""Values of Retry-After: sane ones, and those that cost no time to a client that reads them as they are meant to be read."""
SHARES: t.Final = (0.1, 0.25, 0.5)
"""How many of the requests of a run suffer."""


def cuts() -> list[Fault]:
    """The line, or the server, ends the connection."""
    return [CUT_BEFORE, CUT_AFTER, CUT_DURING, RESET_BEFORE, RESET_AFTER]


def statuses() -> list[Fault]:
    """The server or a balancer refuses, or says so of what was done."""
    return [
        *(refused(429, retry_after=wait) for wait in WAITS),
        *(refused(status, done=done) for status in (500, 502, 503, 504) for done in (False, True)),
    ]


def foreign_answers() -> list[Fault]:
    """Somebody else answers, or only half of an answer is there."""
    login = "https://login.example.com/"
    return [
        TRUNCATED,
        *(answered(f"HTML{', done' if done else ''}", HTML, done=done) for done in (False, True)),
        *(answered(f"foreign JSON{', done' if done else ''}", FOREIGN_JSON, done=done) for done in (False, True)),
        redirected(login),
        redirected(login, 307, done=True),
    ]


def slowness() -> list[Fault]:
    """The answer takes its time."""
    return [delayed(0.2), slow_body(0.0005)]


def echoes(dice: random.Random) -> list[Fault]:
    """Errors that quote what came and what is there."""
    return [
        echo(status, dice.sample(list(ENCODINGS), 4), [dice.choice(PLACES), "message"])
        for status in (400, 403, 422, 500)
    ]


def all_faults(dice: random.Random) -> list[Fault]:
    """One kind of fault is as likely as another, however many there are of it."""
    kinds = [cuts(), statuses(), foreign_answers(), slowness(), echoes(dice)]
    return [dice.choice(kind) for kind in kinds for _unused in range(6)]
