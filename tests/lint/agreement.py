"""What stands in two places and has to agree, and what roles leave to modules."""

from __future__ import annotations

import typing as t

import yaml

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTION_GROUP = "kubernetes"

# Modules without the options that the action group gives defaults for, each with the reason.
NOT_IN_ACTION_GROUP: dict[str, str] = {}

COMMANDS = frozenset({"command", "expect", "raw", "script", "shell"})
_BLOCKS = ("block", "rescue", "always")


def module_names(collection: Path) -> set[str]:
    """The modules of the collection."""
    return {file.stem for file in (collection / "plugins" / "modules").glob("*.py")}


def action_group_problems(collection: Path) -> list[str]:
    """Where the action group in meta/runtime.yml and plugins/modules differ; a collection without modules is fine."""
    modules = module_names(collection)
    if not modules:
        return []
    runtime = yaml.safe_load((collection / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    group = set(runtime["action_groups"][ACTION_GROUP])
    missing = sorted(modules - group - set(NOT_IN_ACTION_GROUP))
    unknown = sorted(group - modules)
    return [
        *(f"meta/runtime.yml: module {name} is missing in the action group {ACTION_GROUP}" for name in missing),
        *(f"meta/runtime.yml: action group {ACTION_GROUP} names {name}, which is no module" for name in unknown),
    ]


def integration_target_problems(collection: Path) -> list[str]:
    """Modules without an integration target of the same name."""
    targets = collection / "tests" / "integration" / "targets"
    missing = sorted(name for name in module_names(collection) if not (targets / name).is_dir())
    return [f"plugins/modules/{name}.py: there is no tests/integration/targets/{name}" for name in missing]


def filter_problems(collection: Path) -> list[str]:
    """Filters without documentation, or without unit tests, whose names differ from those of the domain's tests."""
    expected = {
        name: (f"plugins/filter/{name}.yml", f"tests/unit/plugins/filter/test_{name}_filter.py")
        for name in sorted(file.stem for file in (collection / "plugins" / "filter").glob("*.py"))
    }
    return [
        f"plugins/filter/{name}.py: there is no {file}"
        for name, files in expected.items()
        for file in files
        if not (collection / file).is_file()
    ]


def role_problems(collection: Path) -> list[str]:
    """Tasks and handlers of roles that run a command where a module should do the work."""
    files = sorted(file for part in ("tasks", "handlers") for file in (collection / "roles").glob(f"*/{part}/**/*.yml"))
    return [
        f"{file.relative_to(collection)}: task {task.get('name', '?')!r} uses {action}; roles use modules"
        for file in files
        for task in _tasks(yaml.safe_load(file.read_text(encoding="utf-8")))
        for action in task
        if str(action).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.") in COMMANDS
    ]


def _tasks(document: t.Any) -> Iterator[dict[str, t.Any]]:
    """Every task of a file, those in blocks included."""
    for task in document or ():
        yield task
        for part in _BLOCKS:
            yield from _tasks(task.get(part))


def problems(collection: Path) -> list[str]:
    """All of the above."""
    return [
        *action_group_problems(collection),
        *integration_target_problems(collection),
        *filter_problems(collection),
        *role_problems(collection),
    ]
