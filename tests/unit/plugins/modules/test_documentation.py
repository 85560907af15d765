"""What modules and roles document is what modules take; validate-modules of ``make sanity`` compares more, and takes minutes."""

from __future__ import annotations

import functools
import importlib
import re
import typing as t

import pytest
import yaml

from tests.environment.layout import PROJECT
from tests.lint.agreement import tasks_in

PLUGINS: t.Final = "ansible_collections.regcred.kubernetes.plugins"
MODULES: t.Final = sorted(file.stem for file in (PROJECT / "plugins" / "modules").glob("*.py"))
ROLES: t.Final = sorted(folder.name for folder in (PROJECT / "roles").iterdir())
DEFAULTS: t.Final[t.Mapping[str, t.Any]] = {
    "type": "str",
    "elements": None,
    "choices": None,
    "default": None,
    "required": False,
    "aliases": [],
}
"""What is compared of an option, and what it is where nothing is written."""

Options: t.TypeAlias = t.Mapping[str, t.Mapping[str, t.Any]]


@functools.lru_cache(maxsize=None)
def documented(module: str) -> Options:
    """The options in the documentation of a module, those of its fragments included."""
    document = yaml.safe_load(importlib.import_module(f"{PLUGINS}.modules.{module}").DOCUMENTATION)
    options: dict[str, t.Any] = {}
    for name in document.get("extends_documentation_fragment", ()):
        _namespace, _collection, file, *section = name.split(".")
        fragment = importlib.import_module(f"{PLUGINS}.doc_fragments.{file}").ModuleDocFragment
        options = merged(
            options, yaml.safe_load(getattr(fragment, (section or ["documentation"])[0].upper()))["options"]
        )
    return merged(options, document.get("options", {}))


def merged(before: Options, after: Options) -> dict[str, t.Any]:
    """Options, of which those that come later add to what earlier ones have, as ansible-doc merges them."""
    both = {name: {**before.get(name, {}), **after.get(name, {})} for name in {**before, **after}}
    for name, option in both.items():
        parts = [each.get(name, {}).get("suboptions", {}) for each in (before, after)]
        if any(parts):
            option["suboptions"] = merged(*parts)
    return both


def differences(documentation: Options, spec: Options, where: str = "") -> t.Iterator[str]:
    """Where options differ from how they are documented, each with what to correct."""
    for name in sorted({*documentation, *spec}):
        option = f"{where}{name}"
        if name not in spec:
            yield f"{option}: documented, and not in SPEC"
        elif name not in documentation:
            yield f"{option}: in SPEC, and not documented"
        else:
            for key, usual in DEFAULTS.items():
                shown, taken = documentation[name].get(key, usual), spec[name].get(key, usual)
                if shown != taken:
                    yield f"{option}: {key} is documented as {shown!r}, and in SPEC it is {taken!r}"
            inner = documentation[name].get("suboptions", {}), spec[name].get("options") or {}
            yield from differences(*inner, f"{option}.")


@pytest.mark.parametrize("module", MODULES)
def test_options(module: str) -> None:
    """Names, types, choices, defaults and aliases agree, in options of options as well."""
    spec = importlib.import_module(f"{PLUGINS}.modules.{module}").SPEC

    found = "\n".join(differences(documented(module), spec.options))

    assert found == ""


def handed_on(role: str) -> t.Iterator[tuple[str, str, str]]:
    """Variables of a role that its tasks hand to a module as they are: the variable, the module and its option."""
    for file in sorted((PROJECT / "roles" / role / "tasks").glob("*.yml")):
        for task in tasks_in(yaml.safe_load(file.read_text(encoding="utf-8"))):
            for action, arguments in task.items():
                module = action.rpartition(".")[2]
                for option, value in arguments.items() if module in MODULES else ():
                    variable = re.fullmatch(rf"\{{\{{ ({role}_\w+)( \| default\([^)]*\))? \}}\}}", str(value))
                    if variable:
                        yield variable.group(1), module, option


@pytest.mark.parametrize("role", ROLES)
def test_choices_of_roles(role: str) -> None:
    """A role takes what the module takes that it hands a variable to."""
    text = (PROJECT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    variables = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    pairs = set(handed_on(role))

    for variable, module, option in sorted(pairs):
        shown, taken = variables[variable].get("choices"), documented(module)[option].get("choices")
        assert shown == taken, (
            f"roles/{role}/meta/argument_specs.yml: {variable}: write the choices of {option} of {module}"
        )
    assert pairs
