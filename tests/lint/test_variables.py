from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.variables import variable_problems

MODULE = '''DOCUMENTATION = r"""
extends_documentation_fragment: [regcred.kubernetes._attributes, regcred.kubernetes._cluster, regcred.kubernetes._namespaces]
options:
  owner: {type: str}
"""
'''
FRAGMENT = 'class ModuleDocFragment:\n    DOCUMENTATION = r"""\noptions:\n  namespaces: {type: list}\n"""\n'
TASK = "- regcred.kubernetes.tenant:\n    owner: '{{ tenant_owner }}'\n    namespaces: '{{ __tenant_namespaces }}'\n"


@pytest.fixture(name="collection")
def _collection(tmp_path: Path) -> Path:
    """A role and a playbook that pass on all that a module has."""
    role = tmp_path / "roles" / "tenant"
    for file, text in {
        tmp_path / "plugins" / "modules" / "tenant.py": MODULE,
        tmp_path / "plugins" / "doc_fragments" / "_namespaces.py": FRAGMENT,
        role
        / "meta"
        / "argument_specs.yml": "argument_specs: {main: {options: {tenant_owner: {}, tenant_namespaces: {}}}}",
        role / "defaults" / "main.yml": "tenant_owner: \"{{ regcred_owner | default('default') }}\"\n",
        role / "vars" / "main.yml": '__tenant_namespaces: "{{ tenant_namespaces | default(regcred_namespaces) }}"\n',
        role / "tasks" / "main.yml": TASK,
        tmp_path / "playbooks" / "look.yml": "- hosts: localhost\n  tasks:\n"
        + TASK.replace("\n", "\n    ").join(("    ", "\n")),
    }.items():
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def _replace(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_all_agrees(collection: Path) -> None:
    """A variable may have its default or none, and options may come from a fragment."""
    assert not variable_problems(collection)


@pytest.mark.parametrize("file", ["defaults/main.yml", "vars/main.yml"])
def test_no_name_for_all(collection: Path, file: str) -> None:
    """A variable of a role that has no name for all roles and playbooks is named with that name."""
    _replace(collection / "roles" / "tenant" / file, "regcred_", "other_")

    (problem,) = variable_problems(collection)

    name = "owner" if file.startswith("defaults") else "namespaces"
    assert problem.startswith(f"roles/tenant: tenant_{name} is not regcred_{name} as well; write it as a default in ")


@pytest.mark.parametrize("owner", ["roles/tenant", "playbooks/look.yml"])
@pytest.mark.parametrize("option", ["owner", "namespaces"])
def test_kept_back(collection: Path, owner: str, option: str) -> None:
    """An option of a module that users of a role or playbook cannot give is named."""
    file = collection / owner / ("tasks/main.yml" if owner.startswith("roles") else ".")
    _replace(file, f"    {option}:", "    other:")

    (problem,) = variable_problems(collection)

    assert problem.startswith(f"{owner}: gives tenant no {option}; pass a variable of that name")
