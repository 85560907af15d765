from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.agreement import (
    action_group_problems,
    filter_problems,
    flag_problems,
    integration_target_problems,
    mention_problems,
    message_problems,
    problems,
    rights_problems,
    role_problems,
    unit_test_problems,
)

CLUSTER_MODULE = (
    'DOCUMENTATION = r"""\nextends_documentation_fragment:\n'
    "  - regcred.kubernetes._cluster\n  - regcred.kubernetes._attributes.actiongroup_kubernetes\n"
    'notes: ["Rights that it needs: list, create on secrets."]\n"""\n'
    'RETURN = r"""\nmsg:\n  description: All in one line.\n"""\n'
)
RIGHTS = "kind: ClusterRole\nrules:\n  - {apiGroups: [''], resources: [secrets], verbs: [list, create]}\n"
NODE_MODULE = 'DOCUMENTATION = r"""\nextends_documentation_fragment: [regcred.kubernetes._file]\n"""\n'
RUNTIME = "action_groups:\n  kubernetes:\n    - pull_secret\n    - tenant\n"


@pytest.fixture(name="collection")
def _collection(tmp_path: Path) -> Path:
    """A collection in which everything agrees."""
    _write(tmp_path / "meta" / "runtime.yml", RUNTIME)
    for name in ("pull_secret", "tenant"):
        _write(tmp_path / "plugins" / "modules" / f"{name}.py", CLUSTER_MODULE)
        _write(tmp_path / "tests" / "integration" / "targets" / name / "tasks" / "main.yml", "")
        _write(tmp_path / "tests" / "unit" / "plugins" / "modules" / f"test_{name}.py", "")
        _write(tmp_path / "docs" / "rbac" / f"{name}.yml", RIGHTS)
    return tmp_path


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_all_agrees(collection: Path) -> None:
    """A group with all modules that talk to an API server, and a target for each module, are fine."""
    _write(collection / "plugins" / "modules" / "docker_config.py", NODE_MODULE)
    _write(collection / "tests" / "integration" / "targets" / "docker_config" / "tasks" / "main.yml", "")

    assert not action_group_problems(collection)
    assert not integration_target_problems(collection)
    assert not role_problems(collection)


def test_no_modules_yet(tmp_path: Path) -> None:
    """A collection without modules may have a group of those to come."""
    _write(tmp_path / "meta" / "runtime.yml", RUNTIME)

    assert not action_group_problems(tmp_path)
    assert not integration_target_problems(tmp_path)


def test_module_missing_in_group(collection: Path) -> None:
    """A new module that nobody put into the group is named."""
    _write(collection / "plugins" / "modules" / "image_pull_info.py", CLUSTER_MODULE)

    assert action_group_problems(collection) == [
        "meta/runtime.yml: module image_pull_info is missing in the action group kubernetes; add it to the list there"
    ]


def test_group_names_no_module(collection: Path) -> None:
    """A name in the group that is no module (any more) is named."""
    (collection / "plugins" / "modules" / "tenant.py").unlink()

    assert action_group_problems(collection) == [
        "meta/runtime.yml: action group kubernetes names tenant, which is no module; take it out of the list there"
    ]


def test_group_names_node_module(collection: Path) -> None:
    """Defaults for options that a module does not have would fail each of its tasks."""
    _write(collection / "plugins" / "modules" / "tenant.py", NODE_MODULE)

    assert action_group_problems(collection) == [
        (
            "meta/runtime.yml: action group kubernetes names tenant, which has not the options of regcred.kubernetes._cluster;"
            " take it out of the list there, or extend that fragment"
        )
    ]


def test_module_without_target(collection: Path) -> None:
    """A module that no integration target tests is named."""
    _write(collection / "plugins" / "modules" / "image_pull_info.py", "")

    (problem,) = integration_target_problems(collection)

    target = "tests/integration/targets/image_pull_info"
    assert problem.startswith(f"plugins/modules/image_pull_info.py: there is no {target}; write tasks/main.yml there")


@pytest.mark.parametrize("kind", ["inventory", "lookup"])
def test_plugin_without_target(collection: Path, kind: str) -> None:
    """An inventory or a lookup that no integration target tests is named."""
    _write(collection / "plugins" / kind / "nodes.py", "")

    (problem,) = integration_target_problems(collection)

    assert problem.startswith(f"plugins/{kind}/nodes.py: there is no tests/integration/targets/{kind}_nodes; write ")
    _write(collection / "tests" / "integration" / "targets" / f"{kind}_nodes" / "aliases", "")
    assert not integration_target_problems(collection)


def test_filter_with_all(collection: Path) -> None:
    """A filter with documentation and unit tests is fine."""
    for file in ("plugins/filter/a.py", "plugins/filter/a.yml", "tests/unit/plugins/filter/test_a_filter.py"):
        _write(collection / file, "")

    assert not problems(collection)


def test_filter_without(collection: Path) -> None:
    """What a filter lacks is named."""
    _write(collection / "plugins" / "filter" / "a.py", "")

    assert problems(collection) == [
        "plugins/filter/a.py: there is no plugins/filter/a.yml; write it, as for the filters beside it",
        "plugins/filter/a.py: there is no tests/unit/plugins/filter/test_a_filter.py; write it, as for the filters beside it",
    ]
    assert problems(collection) == filter_problems(collection)


BAD_TASKS = {
    "short name": "- name: Look\n  command: ls\n",
    "full name": "- name: Look\n  ansible.builtin.shell: ls\n",
    "legacy name": "- name: Look\n  ansible.legacy.raw: ls\n",
    "in a block": "- name: All\n  block:\n    - name: Look\n      ansible.builtin.script: ls\n",
    "in a rescue of a block": (
        "- name: All\n  block:\n    - name: Deep\n      block: []\n      rescue:\n        - name: Look\n          command: ls\n"
    ),
}


@pytest.mark.parametrize("tasks", BAD_TASKS.values(), ids=BAD_TASKS.keys())
@pytest.mark.parametrize("part", ["tasks", "handlers"])
def test_role_with_command(collection: Path, part: str, tasks: str) -> None:
    """A role that runs a command is named with the task, wherever the task hides."""
    _write(collection / "roles" / "tenant" / part / "deep" / "main.yml", tasks)

    (problem,) = role_problems(collection)

    assert problem.startswith(f"roles/tenant/{part}/deep/main.yml: task 'Look' uses ")


GOOD_TASKS = {
    "an option of that name": "- name: Pull\n  regcred.kubernetes.image_pull_check:\n    command: [sleep]\n",
    "empty": "---\n",
}


@pytest.mark.parametrize("tasks", GOOD_TASKS.values(), ids=GOOD_TASKS.keys())
def test_role_without_command(collection: Path, tasks: str) -> None:
    """An option is no command."""
    _write(collection / "roles" / "tenant" / "tasks" / "main.yml", tasks)

    assert not role_problems(collection)


FLAGS = {
    "alone": ('"{{ tenant_prune }}"', False),
    "omitted": ('"{{ tenant_prune | default(omit) }}"', False),
    "converted": ('"{{ tenant_prune | bool and 1 }}"', False),
    "another": ('"{{ tenant_prune_limit and 1 }}"', False),
    "with another": ('"{{ tenant_prune and 1 }}"', True),
    "negated": ('"{{ not tenant_prune }}"', True),
}


@pytest.mark.parametrize(("value", "is_problem"), FLAGS.values(), ids=FLAGS.keys())
def test_flag_as_text(collection: Path, value: str, is_problem: bool) -> None:
    """What is true or false in an expression is made that, since the text false is true."""
    options = "argument_specs: {main: {options: {tenant_prune: {type: bool}, tenant_prune_limit: {type: int}}}}"
    _write(collection / "roles" / "tenant" / "meta" / "argument_specs.yml", options)
    _write(collection / "roles" / "tenant" / "tasks" / "main.yml", f"- x:\n    prune: {value}\n")

    cure = "in an expression can be the text 'false', which is true; write tenant_prune | bool"
    assert flag_problems(collection) == ([f"roles/tenant/tasks/main.yml: tenant_prune {cure}"] if is_problem else [])


def test_message(collection: Path) -> None:
    """A module without a line for people, and a role that does not show it, are named."""
    _write(collection / "plugins" / "modules" / "node_info.py", NODE_MODULE)
    main = collection / "roles" / "tenant" / "tasks" / "main.yml"
    shown = "- ansible.builtin.debug:\n    msg: '{{ tenant_result.msg }}'\n"

    _write(main, f"{shown}- regcred.kubernetes.tenant: {{}}\n")
    assert message_problems(collection) == [
        "plugins/modules/node_info.py: does not document the return value msg; begin RETURN with it",
        (
            "roles/tenant/tasks/main.yml: does not end with a task of ansible.builtin.debug that shows msg of a module; add one,"
            " as the roles beside it have"
        ),
    ]

    _write(main, f"- regcred.kubernetes.tenant: {{}}\n{shown}")
    (collection / "plugins" / "modules" / "node_info.py").unlink()
    assert not message_problems(collection)


def test_rights_are_documented(collection: Path) -> None:
    """A module that talks to an API server has a role, and says in its documentation what the role allows."""
    assert not rights_problems(collection)

    (collection / "docs" / "rbac" / "tenant.yml").unlink()
    _write(collection / "plugins" / "modules" / "pull_secret.py", CLUSTER_MODULE.replace("list, create", "list"))

    assert rights_problems(collection) == [
        "plugins/modules/tenant.py: there is no docs/rbac/tenant.yml; write the ClusterRole that is just enough for it",
        (
            "plugins/modules/pull_secret.py: does not document 'list, create on secrets', which is in"
            " docs/rbac/pull_secret.yml; write 'Rights that it needs: list, create on secrets' in its notes, with all that it"
            " needs, or take it out of the role"
        ),
    ]


def test_rights_are_tested(collection: Path) -> None:
    """The test of the roles names each module that has one."""
    _write(collection / "tests" / "e2e" / "test_rights.py", 'IN_NAMESPACES = {"tenant": tenants}')

    (problem,) = rights_problems(collection)

    assert problem.startswith("tests/e2e/test_rights.py: does not test docs/rbac/pull_secret.yml; add a function ")


def test_group_is_documented(collection: Path) -> None:
    """A module of the action group says so in its documentation."""
    without = CLUSTER_MODULE.replace("_attributes.actiongroup_kubernetes", "_attributes")
    _write(collection / "plugins" / "modules" / "tenant.py", without)

    assert action_group_problems(collection) == [
        (
            "plugins/modules/tenant.py: does not document its action group; extend"
            " regcred.kubernetes._attributes.actiongroup_kubernetes as well"
        )
    ]


def test_module_without_unit_test(collection: Path) -> None:
    """A module that no unit test runs is named."""
    assert not unit_test_problems(collection)

    _write(collection / "plugins" / "modules" / "docker_config.py", NODE_MODULE)
    (problem,) = unit_test_problems(collection)

    assert problem.startswith(
        "plugins/modules/docker_config.py: there is no tests/unit/plugins/modules/test_docker_config.py; test it there"
    )


@pytest.mark.parametrize(
    ("made", "place", "written"),
    [
        ("plugins/modules/new.py", "README.md", "| `new` |"),
        ("plugins/modules/new.py", "tests/e2e/test_syslog.py", '"new": {}'),
        ("plugins/filter/new.py", "README.md", "| `new` |"),
        ("plugins/lookup/new.py", "README.md", "| `new` (lookup) |"),
        ("plugins/inventory/new.py", "README.md", "| `new` (inventory) |"),
        ("roles/new/README.md", "README.md", "| `new` |"),
        ("playbooks/new.yml", "README.md", "`new`, `old`"),
        ("docs/rbac/new.yml", "docs/docsite/rst/guide_rights.rst", "``new.yml``"),
    ],
)
def test_made_and_not_named(tmp_path: Path, made: str, place: str, written: str) -> None:
    """What is made is missed in each place where it has to be named, with what to add there."""
    _write(tmp_path / made, "")
    _write(tmp_path / place, "`newer` `` new.yml")
    (problem,) = mention_problems(tmp_path)

    assert problem.startswith(f"{place}: does not name {made.removesuffix('/README.md')}; add ")
    _write(tmp_path / place, written)
    assert not mention_problems(tmp_path)
