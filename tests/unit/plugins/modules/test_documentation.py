"""What modules document is what they take; validate-modules of ``make sanity`` compares more, and takes minutes."""

from __future__ import annotations

import importlib
import typing as t

import pytest
import yaml

from tests.environment.layout import PROJECT

PLUGINS: t.Final = "ansible_collections.regcred.kubernetes.plugins"
MODULES: t.Final = sorted(file.stem for file in (PROJECT / "plugins" / "modules").glob("*.py"))
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

    assert not "\n".join(differences(documented(module), spec.options))
