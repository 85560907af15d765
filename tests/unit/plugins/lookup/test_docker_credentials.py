"""The lookup as Ansible calls it, with its options as they are documented."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError, AnsibleLookupError

from ansible_collections.regcred.kubernetes.plugins.lookup.docker_credentials import DOCUMENTATION, LookupModule

NAME = "regcred.kubernetes.docker_credentials"
ROBOT = {"registry": "quay.io", "username": "robot", "password": "hunter2"}


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    """A file with one login."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auths": {"quay.io": {"username": "robot", "password": "hunter2"}}}), encoding="utf-8")
    return path


def look_up(terms: t.Sequence[t.Any], **options: t.Any) -> t.Any:
    """What the lookup gives; the loader, which tells of its options otherwise, finds installed collections only."""
    documented = yaml.safe_load(DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("lookup", NAME, documented)
    lookup: t.Any = LookupModule()
    lookup._load_name = NAME  # noqa: SLF001  # see above
    return lookup.run(list(terms), {}, **options)


@pytest.mark.parametrize("terms", [["quay.io"], [["quay.io"]], [], ["https://quay.io", ["quay.io"]]])
def test_found(terms: t.Sequence[t.Any], path: Path) -> None:
    """Registries come one by one or as a list, or not at all for all of them."""
    assert look_up(terms, path=str(path)) == [ROBOT]


def test_empty_list(path: Path) -> None:
    """A list without registries asks for none of them, and so gets nobody's password."""
    assert look_up([[]], path=str(path)) == []


def test_plain_types(path: Path) -> None:
    """What is given is made of plain types, which every consumer takes."""
    (found,) = look_up(["quay.io"], path=str(path))

    assert {type(value) for value in (*found, *found.values())} == {str}


def test_error(path: Path) -> None:
    """An error is Ansible's own, with the message alone."""
    with pytest.raises(AnsibleLookupError) as caught:
        look_up(["ghcr.io"], path=str(path))

    assert str(caught.value).startswith(f"{path}: ghcr.io: there is no login; log in, or leave out")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_missing(path: Path) -> None:
    """Who says so gets what there is."""
    assert look_up(["ghcr.io", "quay.io"], path=str(path), missing="skip") == [ROBOT]


@pytest.mark.parametrize("term", [None, 7, True, {"registry": "quay.io"}])
def test_no_text(term: t.Any, path: Path) -> None:
    """A registry that is no text is refused."""
    with pytest.raises(AnsibleLookupError, match=r"^registry: is no text but "):
        look_up([term], path=str(path))


def test_unknown_option(path: Path) -> None:
    """A misspelt option is reported, since Ansible would take no notice of it and another file would be read."""
    with pytest.raises(
        AnsibleLookupError,
        match=r"^file: is no option of docker_credentials; use one of path, helper_timeout, missing$",
    ):
        look_up(["quay.io"], file=str(path))


@pytest.mark.parametrize("options", [{"missing": "ignore"}, {"helper_timeout": "soon"}, {"helper_timeout": 0}])
def test_bad_option(options: dict[str, t.Any], path: Path) -> None:
    """Options have the types and choices that are documented."""
    with pytest.raises(AnsibleError, match=next(iter(options))):
        look_up(["quay.io"], path=str(path), **options)


@pytest.mark.parametrize("contents", [{"auths": {"quay.io": {"auth": "hunter2"}}}, '{"auths": {"hunter2": {}}}'])
def test_contents_for_a_path(contents: t.Any) -> None:
    """A file's contents where its path is wanted are refused before Ansible could quote them."""
    with pytest.raises(
        AnsibleLookupError, match=r"^path: is no path, and not shown since it could be secret; "
    ) as caught:
        look_up(["quay.io"], path=contents)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing", "helper_timeout"])
def test_password_for_an_option(name: str, path: Path) -> None:
    """A password where another value is wanted is refused before Ansible could quote it."""
    with pytest.raises(AnsibleLookupError, match=rf"^{name}: is no value of this option, and not shown") as caught:
        look_up(["quay.io"], **{"path": str(path), name: 'hunter2 "x"'})

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("options", [{"path": "/nonexistent/a\x1b[2J"}, {"odd\x1b[2J": "x"}])
def test_one_line(options: t.Mapping[str, str], path: Path) -> None:
    """A message does not move the cursor, whatever it names."""
    with pytest.raises(AnsibleLookupError) as caught:
        look_up(["quay.io"], **{"path": str(path), **options})

    assert str(caught.value).isprintable()
