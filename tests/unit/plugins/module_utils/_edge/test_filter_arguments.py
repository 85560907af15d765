"""What templates hand to filters, and how filters fail."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import DockerConfigError
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput, RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.filter_arguments import (
    choice_argument,
    document_argument,
    fails_with,
    flag_argument,
    text_argument,
)


class FilterError(Exception):
    """Stands for AnsibleFilterError, of which modules know nothing."""


@fails_with(FilterError)
def filter_that_fails(error: Exception) -> t.NoReturn:
    """A filter."""
    try:
        int("hunter2")
    except ValueError:
        raise error  # noqa: B904  # the filter's decorator has to drop the context
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidInput("registry", "is empty", "give one"), "filter_that_fails: registry: is empty; give one"),
        (RegcredError("no"), "filter_that_fails: no"),
        (RegcredError("a\x1b[2J\nline"), r"filter_that_fails: a\x1b[2J\nline"),
        (DockerConfigError("not_json", "", "not JSON"), "filter_that_fails: not JSON"),
    ],
)
def test_our_errors(error: Exception, message: str) -> None:
    """Our own errors are reported as the filter's, and nothing of what led to them."""
    with pytest.raises(FilterError, match=f"^{re.escape(message)}$") as caught:
        filter_that_fails(error)

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_other_errors() -> None:
    """Errors of others pass: Jinja's own tell it that something is undefined."""
    with pytest.raises(KeyError):
        filter_that_fails(KeyError("x"))


class Text(str):
    """A text with something on it."""

    __slots__ = ("origin",)


def test_text() -> None:
    """A text is taken without what is on it."""
    found = text_argument(Text("a"), where="here")

    assert found == "a"
    assert {str} == {type(found)}


class Undefined:
    """As Jinja has it."""

    def __str__(self) -> str:
        raise LookupError("'x' is undefined")


@pytest.mark.parametrize("argument", [text_argument, document_argument])
def test_undefined(argument: t.Callable[..., str]) -> None:
    """What is undefined says so itself."""
    with pytest.raises(LookupError, match=r"^'x' is undefined$"):
        argument(Undefined(), where="here")


class Items(t.List[t.Any]):
    """A list with something on it."""


@pytest.mark.parametrize(
    ("value", "native"),
    [
        (None, "NoneType"),
        (True, "bool"),
        (5, "int"),
        (1.5, "float"),
        (b"hunter2", "bytes"),
        (Items(["hunter2"]), "list"),
        (("hunter2",), "tuple"),
    ],
)
@pytest.mark.parametrize("argument", [text_argument, document_argument])
def test_no_text(argument: t.Callable[..., str], value: t.Any, native: str) -> None:
    """What is no text is named by its native type, and not shown."""
    with pytest.raises(InvalidInput, match=f"^here: is no text but {native}; give a text$"):
        argument(value, where="here")


def test_document() -> None:
    """A document is a text, or the dict that it became, written again as it was."""
    text = '{"auths":{"b":{"password":"ä\\u003c"},"a":{}}}'

    assert text == document_argument(text, where="here")
    assert text == document_argument({"auths": {"b": {"password": "ä<"}, "a": {}}}, where="here")


def test_choice() -> None:
    """A choice is one of those there are."""
    assert choice_argument(Text("a"), ("a", "b"), where="here") == "a"
    with pytest.raises(InvalidInput, match=r"^here: is 'c'; use one of a, b$"):
        choice_argument("c", ("a", "b"), where="here")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("yes", True), ("false", False), (Text("True"), True), (0, False)],
)
def test_flag(value: t.Any, expected: bool) -> None:
    """A flag can be a text, which would count as true by itself."""
    assert expected is flag_argument(value, where="here")


@pytest.mark.parametrize("value", [None, "perhaps", "", 2, [True]])
def test_no_flag(value: t.Any) -> None:
    """What is neither is refused."""
    with pytest.raises(InvalidInput, match=r"^here: is neither true nor false; use true or false$"):
        flag_argument(value, where="here")
