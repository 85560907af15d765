"""What stands in two places and has to agree, and what roles leave to modules."""

from __future__ import annotations

import ast
import re
import typing as t

import yaml

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTION_GROUP = "kubernetes"

CLUSTER_FRAGMENT = "regcred.kubernetes._cluster"
"""The documentation of the options that the action group gives defaults for."""

GROUP_FRAGMENT = "regcred.kubernetes._attributes.actiongroup_kubernetes"
"""The documentation of being in the action group."""

COMMANDS = frozenset({"command", "expect", "raw", "script", "shell"})
RIGHTS_NOTE = "Rights that it needs:"
_BLOCKS = ("block", "rescue", "always")


class Mention(t.NamedTuple):
    """
    A place in which each of some files has to be named.

    Attributes:
        files: They, as a glob.
        place: The file with the names.
        text: How a name is written there; ``{}`` is the file's name without its end.
        cure: What to do.
    """

    files: str
    place: str
    text: str
    cure: str


def module_names(collection: Path) -> set[str]:
    """The modules of the collection."""
    return {file.stem for file in (collection / "plugins" / "modules").glob("*.py")}


def _module_file(collection: Path, name: str) -> Path:
    return collection / "plugins" / "modules" / f"{name}.py"


def modules_with_cluster_options(collection: Path) -> set[str]:
    """The modules that document the options of the action group."""
    return {
        file.stem
        for file in (collection / "plugins" / "modules").glob("*.py")
        if CLUSTER_FRAGMENT in _fragments(file.read_text(encoding="utf-8"))
    }


def _fragments(module: str) -> list[str]:
    """What a module's documentation extends."""
    for node in ast.parse(module).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION":
            documentation = yaml.safe_load(ast.literal_eval(node.value))
            return list(documentation.get("extends_documentation_fragment", ()))
    return []


def action_group_problems(collection: Path) -> list[str]:
    """Where the action group in meta/runtime.yml and plugins/modules differ; a collection without modules is fine."""
    modules = module_names(collection)
    if not modules:
        return []
    runtime = yaml.safe_load((collection / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    group = set(runtime["action_groups"][ACTION_GROUP])
    expected = modules_with_cluster_options(collection)
    missing, unknown, without = sorted(expected - group), sorted(group - modules), sorted((group & modules) - expected)
    return [
        *(
            f"meta/runtime.yml: module {name} is missing in the action group {ACTION_GROUP}; add it to the list there"
            for name in missing
        ),
        *(
            f"meta/runtime.yml: action group {ACTION_GROUP} names {name}, which is no module; take it out of the list there"
            for name in unknown
        ),
        *(
            f"meta/runtime.yml: action group {ACTION_GROUP} names {name}, which has not the options of {CLUSTER_FRAGMENT};"
            " take it out of the list there, or extend that fragment"
            for name in without
        ),
        *(
            f"plugins/modules/{name}.py: does not document its action group; extend {GROUP_FRAGMENT} as well"
            for name in sorted(expected)
            if GROUP_FRAGMENT not in _fragments(_module_file(collection, name).read_text(encoding="utf-8"))
        ),
    ]


def integration_target_problems(collection: Path) -> list[str]:
    """Modules without an integration target of the same name; inventories and lookups without one that says what they are."""
    kinds = (("modules", ""), ("inventory", "inventory_"), ("lookup", "lookup_"))
    expected = {
        file: collection / "tests" / "integration" / "targets" / f"{prefix}{file.stem}"
        for kind, prefix in kinds
        for file in sorted((collection / "plugins" / kind).glob("*.py"))
    }
    return [
        f"{file.relative_to(collection)}: there is no {target.relative_to(collection)}; write tasks/main.yml there, as in the"
        " folders beside it: check mode, run, again, again in check mode"
        for file, target in expected.items()
        if not target.is_dir()
    ]


def unit_test_problems(collection: Path) -> list[str]:
    """Modules without a unit test that runs them."""
    expected = {name: f"tests/unit/plugins/modules/test_{name}.py" for name in sorted(module_names(collection))}
    return [
        f"plugins/modules/{name}.py: there is no {test}; test it there through main(), as the modules beside it are"
        for name, test in expected.items()
        if not (collection / test).is_file()
    ]


NAMED_IN: t.Final = (
    Mention("plugins/modules/*.py", "README.md", "`{}`", "add a row to the table of modules"),
    Mention("plugins/filter/*.py", "README.md", "`{}`", "add it to the table of filters, lookups and inventories"),
    Mention("plugins/lookup/*.py", "README.md", "`{}`", "add it to the table of filters, lookups and inventories"),
    Mention("plugins/inventory/*.py", "README.md", "`{}`", "add it to the table of filters, lookups and inventories"),
    Mention("roles/*", "README.md", "`{}`", "add a row to the table of roles"),
    Mention("playbooks/*.yml", "README.md", "`{}`", "add a row to the table of playbooks"),
    Mention(
        "docs/rbac/*.yml", "docs/docsite/rst/guide_rights.rst", "``{}.yml``", "add what it is for to the table there"
    ),
    Mention(
        "plugins/modules/*.py",
        "tests/e2e/test_syslog.py",
        '"{}"',
        "add its options, with a password in each that can hold one, to `needed` in options()",
    ),
)


def mention_problems(collection: Path) -> list[str]:
    """What is made, and not named where users or tests look for it."""
    return [
        f"{mention.place}: does not name {file.relative_to(collection)}; {mention.cure}"
        for mention in NAMED_IN
        if (collection / mention.place).is_file()
        for text in [(collection / mention.place).read_text(encoding="utf-8")]
        for file in sorted(collection.glob(mention.files))
        if mention.text.format(file.stem) not in text
    ]


def filter_problems(collection: Path) -> list[str]:
    """Filters without documentation, or without unit tests, whose names differ from those of the domain's tests."""
    expected = {
        name: (f"plugins/filter/{name}.yml", f"tests/unit/plugins/filter/test_{name}_filter.py")
        for name in sorted(file.stem for file in (collection / "plugins" / "filter").glob("*.py"))
    }
    return [
        f"plugins/filter/{name}.py: there is no {file}; write it, as for the filters beside it"
        for name, files in expected.items()
        for file in files
        if not (collection / file).is_file()
    ]


def role_problems(collection: Path) -> list[str]:
    """Tasks and handlers of roles that run a command where a module should do the work."""
    files = sorted(file for part in ("tasks", "handlers") for file in (collection / "roles").glob(f"*/{part}/**/*.yml"))
    return [
        f"{file.relative_to(collection)}: task {task.get('name', '?')!r} uses {action}; roles use modules: take one, or write one"
        for file in files
        for task in tasks_in(yaml.safe_load(file.read_text(encoding="utf-8")))
        for action in task
        if str(action).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.") in COMMANDS
    ]


def flag_problems(collection: Path) -> list[str]:
    """Expressions of roles in which a variable that is true or false may be text: ``-e`` makes it that, and "false" counts as true."""
    return [
        f"{file.relative_to(collection)}: {flag} in an expression can be the text 'false', which is true; write {flag} | bool"
        for role in sorted((collection / "roles").glob("*"))
        for flag in _flags(role / "meta" / "argument_specs.yml")
        for part in ("tasks", "handlers", "vars")
        for file in sorted(role.glob(f"{part}/**/*.yml"))
        if re.search(rf"\b{flag}\b(?! \| bool)", _without_plain_uses(flag, file.read_text(encoding="utf-8")))
    ]


def _without_plain_uses(flag: str, text: str) -> str:
    """The text without the values that are this variable and nothing else, which modules convert."""
    return re.sub(rf'"{{{{ {flag}( \| default\(\w+\))* }}}}"', "", text)


def _flags(argument_specs: Path) -> list[str]:
    """The variables of a role that are true or false."""
    if not argument_specs.is_file():
        return []
    options = yaml.safe_load(argument_specs.read_text(encoding="utf-8"))["argument_specs"]["main"].get("options", {})
    return [name for name, option in options.items() if option["type"] == "bool"]


def tasks_in(document: t.Any) -> Iterator[dict[str, t.Any]]:
    """Every task of a file, those in blocks included."""
    for task in document or ():
        yield task
        for part in _BLOCKS:
            yield from tasks_in(task.get(part))


def message_problems(collection: Path) -> list[str]:
    """Modules that do not document the line that they return for people, and roles that do not end by showing it."""
    modules = [
        f"{file.relative_to(collection)}: does not document the return value msg; begin RETURN with it"
        for file in sorted((collection / "plugins" / "modules").glob("*.py"))
        if 'RETURN = r"""\nmsg:\n' not in file.read_text(encoding="utf-8")
    ]
    return modules + [
        f"{file.relative_to(collection)}: does not end with a task of ansible.builtin.debug that shows msg of a module; add one,"
        " as the roles beside it have"
        for file in sorted((collection / "roles").glob("*/tasks/main.yml"))
        for last in [yaml.safe_load(file.read_text(encoding="utf-8"))[-1]]
        if "msg" not in last.get("ansible.builtin.debug", {}).get("msg", "")
    ]


def rights_problems(collection: Path) -> list[str]:
    """Modules of the action group without a role in docs/rbac, and roles whose rules the documentation of their plugin leaves out."""
    folder = collection / "docs" / "rbac"
    needing = modules_with_cluster_options(collection)
    missing = sorted(needing - {file.stem for file in folder.glob("*.yml")})
    tests = collection / "tests" / "e2e" / "test_rights.py"
    tested = tests.read_text(encoding="utf-8") if tests.is_file() else None
    return [
        *(
            f"plugins/modules/{name}.py: there is no docs/rbac/{name}.yml; write the ClusterRole that is just enough for it"
            for name in missing
        ),
        *(
            f"{plugin.relative_to(collection)}: does not document {sentence!r}, which is in {file.relative_to(collection)};"
            f" write '{RIGHTS_NOTE} {sentence}' in its notes, with all that it needs, or take it out of the role"
            for file in sorted(folder.glob("*.yml"))
            for plugin in collection.glob(f"plugins/[im]*/{file.stem}.py")
            for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
            for sentence in [f"{', '.join(rule['verbs'])} on {', '.join(rule['resources'])}"]
            if sentence not in " ".join(plugin.read_text(encoding="utf-8").split())
        ),
        *(
            f"tests/e2e/test_rights.py: does not test docs/rbac/{name}.yml; add a function that runs {name} to IN_NAMESPACES,"
            " or to EVERYWHERE where a right in some namespaces is not enough"
            for name in sorted(needing)
            if tested is not None and f'"{name}":' not in tested
        ),
    ]


def problems(collection: Path) -> list[str]:
    """All of the above."""
    return [
        *action_group_problems(collection),
        *integration_target_problems(collection),
        *unit_test_problems(collection),
        *mention_problems(collection),
        *filter_problems(collection),
        *role_problems(collection),
        *flag_problems(collection),
        *message_problems(collection),
        *rights_problems(collection),
    ]
