"""Options put together without losing their cross rules."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.harness import run_module as run_edge
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.options.argument_spec import ArgumentSpec
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
