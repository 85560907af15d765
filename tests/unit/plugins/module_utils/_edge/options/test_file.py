"""Owner, group and mode of a file, as users give them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.file import wanted_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.file import Rights
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.write_file import WantedFile


def rights(**options: t.Any) -> Rights:
    """What the options come to."""
    params = {"owner": None, "group": None, "mode": "0600", "backup": False, "keep_previous": False, **options}
    return wanted_file(params, "/f").rights


def test_defaults() -> None:
    """A file for its owner alone, who stays."""
    params = {"owner": None, "group": None, "mode": "0600", "backup": True, "keep_previous": False}

    assert wanted_file(params, "/f", new_directories=2) == WantedFile(
        Path("/f"), Rights(0o600), backup=True, new_directories=2
    )


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ("0640", 0o640),
        ("640", 0o640),
        ("0o640", 0o640),
        (0o640, 0o640),
        ("u=rw,g=r", 0o640),
        ("g+r", 0o640),
        ("a=,u+r", 0o400),
    ],
)
def test_modes(given: t.Any, mode: int) -> None:
    """Octal, symbolic, and what YAML makes of octal without quotes."""
    assert rights(mode=given).mode == mode


@pytest.mark.parametrize("given", ["", "rw", "0888", "u=rw;", 640, 600, "4755", -1, True, None, 1.5, ["0600"]])
def test_no_modes(given: t.Any) -> None:
    """What is no mode, or comes of an octal number that YAML took for a decimal one, is refused."""
    with pytest.raises(InvalidInput) as caught:
        rights(mode=given)

    assert (caught.value.where, caught.value.cure) == ("mode", "give it in quotes and octal, such as '0600'")


def test_copies() -> None:
    """A copy to keep, or one that the next run removes, and not both."""
    with pytest.raises(InvalidInput) as caught:
        rights(backup=True, keep_previous=True)

    assert str(caught.value) == "keep_previous: is true, and so is backup; set one of them"


def test_names_and_numbers() -> None:
    """Users and groups by name or number; a number need not be known."""
    assert rights(owner="root", group="root") == Rights(0o600, 0, 0)
    assert rights(owner="12345", group="23456") == Rights(0o600, 12345, 23456)


@pytest.mark.parametrize(("option", "kind"), [("owner", "user"), ("group", "group")])
def test_unknown_names(option: str, kind: str) -> None:
    """A name that the node does not know is refused."""
    with pytest.raises(InvalidInput) as caught:
        rights(**{option: "nobody-has-this-name"})

    assert str(caught.value) == (
        f"{option}: there is no {kind} 'nobody-has-this-name' on this node; correct the name, or make it first"
    )
