from __future__ import annotations

from pathlib import Path

import pytest

from tests.environment.cores import CORES, Core, chosen_cores, chosen_pair, controller_for, missing_targets, newest_pair
from tests.environment.errors import SetupError
from tests.environment.interpreters import Interpreter


def _here(*series: str) -> list[Interpreter]:
    return [Interpreter(Path(f"/usr/bin/python{one}"), (3, int(one.partition(".")[2]), 0), True) for one in series]


PAIRS = {
    "the newest stable release, on the newest Python it runs on": (["3.13", "3.12", "3.11"], ("2.21", "3.13")),
    "an older release, where Python is older": (["3.11", "3.9"], ("2.19", "3.11")),
    "no preview, though only that runs on the newest Python": (["3.15", "3.14"], ("2.21", "3.14")),
}


@pytest.mark.parametrize(("here", "expected"), PAIRS.values(), ids=PAIRS.keys())
def test_newest_pair(here: list[str], expected: tuple[str, str]) -> None:
    """What `make test` runs on follows from the Pythons that are here."""
    core, interpreter = newest_pair(_here(*here))

    assert expected == (core.series, interpreter.series)


def test_no_pair() -> None:
    """Without a fitting Python the message says which to install, and which are here."""
    expected = r"^ansible-core needs Python 3\.11 to 3\.15; install one and put it on PATH \(working here: /usr/bin/python3\.9\)$"

    with pytest.raises(SetupError, match=expected):
        newest_pair(_here("3.9"))


def test_chosen_cores() -> None:
    """A matrix of some releases has those, one of none has all, and a release that is not supported is named."""
    assert [core.series for core in chosen_cores(["2.18", "2.22"])] == ["2.22", "2.18"]
    assert list(chosen_cores([])) == list(CORES)
    with pytest.raises(SetupError, match=r"^ansible-core 2\.9 is not supported; name some of 2\.22, "):
        chosen_cores(["2.18", "2.9"])


def test_no_controller() -> None:
    """A release that no Python here runs has no controller."""
    assert controller_for(CORES[0], _here("3.12", "3.11")) is None


def test_controller_with_ensurepip_first() -> None:
    """An older Python that can make virtual environments is better than a newer one that cannot."""
    old, new = _here("3.12", "3.13")
    new = Interpreter(new.path, new.version, has_ensurepip=False)

    assert controller_for(_core("2.21"), [new, old]) == old


def test_missing_targets() -> None:
    """Pythons that modules run on and that are not here are named."""
    assert missing_targets(_core("2.21"), _here("3.13", "3.12", "3.11", "3.10", "3.9", "3.8")) == ["3.14"]


def test_controllers_are_targets() -> None:
    """Every release runs modules on each Python that it runs itself on, so that a target is always here."""
    assert all(set(core.controllers) <= set(core.targets) for core in CORES)


def test_supported_releases() -> None:
    """The table holds what galaxy and the documentation promise: 2.18 to 2.22, newest first."""
    assert [core.series for core in CORES] == ["2.22", "2.21", "2.20", "2.19", "2.18"]


def _core(series: str) -> Core:
    return next(core for core in CORES if core.series == series)


def test_a_pair_by_name() -> None:
    """A release is chosen by its name, with the newest Python that it runs on; without a name it is the newest release."""
    pythons = _here("3.11", "3.13")

    named, python = chosen_pair("2.18", pythons)

    assert (named.series, python.series) == ("2.18", "3.13")
    assert chosen_pair(None, pythons) == newest_pair(pythons)
    with pytest.raises(SetupError, match=r"2\.18 needs one of Python 3\.11"):
        chosen_pair("2.18", [])
