"""Options put together without losing their cross rules."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import run_module as run_edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.argument_spec import (
    ArgumentSpec,
    Bounds,
    check_bounds,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.result import Outcome
from tests.unit.module_run import run_module

ONE = ArgumentSpec(
    {"a": {"type": "str"}, "b": {"type": "str"}},
    mutually_exclusive=(("a", "b"),),
    required_one_of=(("a", "b"),),
)
OTHER = ArgumentSpec(
    {"c": {"type": "str"}, "d": {"type": "str"}},
    required_together=(("c", "d"),),
    required_if=(("c", "x", ("a",)),),
)
BOTH = ONE + OTHER


def test_sum() -> None:
    """The sum has the options and the rules of both, and changes neither."""
    assert list(BOTH.options) == ["a", "b", "c", "d"]
    assert (BOTH.mutually_exclusive, BOTH.required_one_of) == (ONE.mutually_exclusive, ONE.required_one_of)
    assert (BOTH.required_together, BOTH.required_if) == (OTHER.required_together, OTHER.required_if)
    assert (list(ONE.options), list(OTHER.options)) == (["a", "b"], ["c", "d"])


def test_later_options_win() -> None:
    """An option of the second takes the place of one of the same name."""
    assert (ONE + ArgumentSpec({"a": {"type": "int"}})).options["a"] == {"type": "int"}


def test_suboptions() -> None:
    """As items of a list the options keep their rules."""
    assert BOTH.as_suboptions() == {
        "options": dict(BOTH.options),
        "mutually_exclusive": [["a", "b"]],
        "required_one_of": [["a", "b"]],
        "required_together": [["c", "d"]],
        "required_if": [["c", "x", ("a",)]],
    }


def _main() -> None:
    run_edge(BOTH, lambda _edge: Outcome())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"a": "1"}, ""),
        ({"a": "1", "b": "2"}, "parameters are mutually exclusive: a|b"),
        ({}, "one of the following is required: a, b"),
        (
            {"aa": "1"},
            "one of the following is required: a, b; unsupported parameters: aa. Supported parameters include: a, b, c, d.",
        ),
        ({"a": "1", "c": "2"}, "parameters are required together: c, d"),
        ({"b": "1", "c": "x", "d": "2"}, "c is x but all of the following are missing: a"),
    ],
)
def test_module(options: dict[str, str], expected: str) -> None:
    """Ansible is given all of the rules."""
    found = run_module(_main, options)

    assert expected == found.message
    assert found.result.get("failed", False) is bool(expected)


COLLECTION = "ansible_collections.regcred.kubernetes.plugins"
PLUGINS = Path(__file__).parents[6] / "plugins"
MODULES = sorted(file.stem for file in (PLUGINS / "modules").glob("*.py"))


def module(name: str) -> t.Any:
    """A module's file."""
    return importlib.import_module(f"{COLLECTION}.modules.{name}")


def numbers(options: t.Mapping[str, t.Any], where: str = "") -> t.Iterator[str]:
    """The options that are numbers, those of items included."""
    for name, option in options.items():
        if {"int", "float"} & {option.get("type"), option.get("elements")}:
            yield where + name
        yield from numbers(option.get("options") or {}, f"{where}{name}.")


def documented(name: str) -> t.Mapping[str, t.Any]:
    """The options that a module documents, those of its fragments included."""
    documentation = yaml.safe_load(module(name).DOCUMENTATION)
    options: dict[str, t.Any] = {}
    for fragment in documentation.get("extends_documentation_fragment", ()):
        file, _dot, part = fragment[len("regcred.kubernetes.") :].partition(".")
        found = importlib.import_module(f"{COLLECTION}.doc_fragments.{file}").ModuleDocFragment
        options.update(yaml.safe_load(getattr(found, part.upper() or "DOCUMENTATION")).get("options") or {})
    return {**options, **documentation["options"]}


@pytest.mark.parametrize("name", MODULES)
def test_every_number_has_bounds(name: str) -> None:
    """A number that is out of range never gets to the work, and its documentation says what the range is."""
    spec: ArgumentSpec = module(name).SPEC

    assert sorted(spec.bounds) == sorted(numbers(spec.options))
    for option, bounds in spec.bounds.items():
        assert str(bounds).replace(" seconds", "") in " ".join(documented(name)[option]["description"])
        bounds.check(option, spec.options[option]["default"])


@pytest.mark.parametrize("name", [name for name in MODULES if module(name).SPEC.bounds])
def test_out_of_range(name: str) -> None:
    """A module refuses such a number before anything else that is wrong with its options."""
    spec: ArgumentSpec = module(name).SPEC
    values = {"str": "a", "list": [], "path": "/a", "dict": {}}
    given = {
        option: (about.get("choices") or [values[about["type"]]])[0]
        for option, about in spec.options.items()
        if about.get("required")
    }
    given.update({rule[0]: ["a"] for rule in spec.required_one_of})
    given.update({"state": "absent"} if "state" in spec.options else {})
    for option, bounds in spec.bounds.items():
        found = run_module(module(name).main, {**given, option: -5})

        assert found.message == f"{option}: -5 is out of range; use {bounds}"


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (Bounds(1, 32), "1 to 32"),
        (Bounds(0), "0 or more"),
        (Bounds(1, 60, "seconds"), "1 to 60 seconds"),
        (Bounds(0, 60, "seconds", above=True), "more than 0 and at most 60 seconds"),
        (Bounds(0, above=True), "more than 0"),
    ],
)
def test_text(bounds: Bounds, expected: str) -> None:
    """As messages and documentation have it."""
    assert str(bounds) == expected


@pytest.mark.parametrize(
    ("bounds", "number", "is_allowed"),
    [
        (Bounds(1, 32), 1, True),
        (Bounds(1, 32), 32, True),
        (Bounds(1, 32), 0, False),
        (Bounds(1, 32), 33, False),
        (Bounds(0), 10**12, True),
        (Bounds(0, 60, above=True), 0, False),
        (Bounds(0, 60, above=True), 0.001, True),
        (Bounds(0, 60), float("nan"), False),
        (Bounds(0), float("nan"), False),
        (Bounds(0, 60), float("inf"), False),
    ],
)
def test_limits(bounds: Bounds, number: float, is_allowed: bool) -> None:
    """The limits themselves are allowed."""
    if is_allowed:
        check_bounds({"n": bounds}, {"n": number})
    else:
        with pytest.raises(InvalidInput, match=r"^n: .* is out of range; use "):
            check_bounds({"n": bounds}, {"n": number})


def test_not_given() -> None:
    """What is not given is out of no bounds."""
    check_bounds({"n": Bounds(1), "m": Bounds(1)}, {"n": None})
