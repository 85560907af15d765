"""What a module calls ``owner`` is ``pull_secrets_owner`` in a role and ``regcred_owner`` in every role and playbook."""

from __future__ import annotations

import typing as t

import yaml

from tests.lint.agreement import tasks_in
from tests.lint.documented_options import options_of

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMESPACE: t.Final = "regcred.kubernetes."
ALL: t.Final = "regcred"

NOT_FOR_ALL: t.Final = {
    "node_registry_auth_group": "it is the file's",
    "node_registry_auth_owner": "it is the file's; regcred_owner is the declaration's",
    "node_registry_auth_node_name": "each host has its own",
    "tenant_config_file": "what is meant for another role is not given to tenants",
    "tenant_config_json": "what is meant for another role is not given to tenants",
    "tenant_registries": "what is meant for another role is not given to tenants",
}
"""Variables of roles without a name for all roles and playbooks, and why."""

LEFT_TO_ROLES: t.Final = {
    "credential_provider_config": {"api_version", "backup", "file_name", "kubelet_version", "purge_providers"},
    "docker_config": {"backup", "config_file"},
    "node_image": {"config_file", "state"},
}
"""Options that roles decide or need not have; only modules that every task of a role gives what it is about are here."""


def variable_problems(collection: Path) -> list[str]:
    """Variables of roles that no name for all gives, and options that roles and playbooks keep from their users."""
    return [*_without_a_name_for_all(collection), *_kept_back(collection)]


def _without_a_name_for_all(collection: Path) -> Iterator[str]:
    for role in sorted((collection / "roles").glob("*")):
        specs = role / "meta" / "argument_specs.yml"
        if not specs.is_file():
            continue
        options = yaml.safe_load(specs.read_text(encoding="utf-8"))["argument_specs"]["main"].get("options", {})
        text = "".join(file.read_text(encoding="utf-8") for file in sorted(role.glob("*/main.yml")))
        for variable in options:
            shared = f"{ALL}_{variable[len(role.name) + 1 :]}"
            if (
                variable not in NOT_FOR_ALL
                and f"default({shared})" not in text
                and f"{{{{ {shared} | default(" not in text
            ):
                yield (
                    f"roles/{role.name}: {variable} is not {shared} as well; write it as a default in defaults/main.yml or"
                    " vars/main.yml, as the variables beside it are, or say in NOT_FOR_ALL why not"
                )


def _kept_back(collection: Path) -> Iterator[str]:
    """One task of a role or playbook gives a module each of its options."""
    for owner in (*sorted((collection / "roles").glob("*")), *sorted((collection / "playbooks").glob("*.yml"))):
        given: dict[str, set[str]] = {}
        for file in [owner] if owner.is_file() else sorted(owner.glob("tasks/*.yml")):
            for task in _tasks(yaml.safe_load(file.read_text(encoding="utf-8"))):
                for action, options in task.items():
                    if str(action).startswith(NAMESPACE) and isinstance(options, dict):
                        given.setdefault(action.removeprefix(NAMESPACE), set()).update(options)
        for module, names in sorted(given.items()):
            for option in sorted(options_of(collection, module) - names - LEFT_TO_ROLES.get(module, set())):
                yield (
                    f"{owner.relative_to(collection)}: gives {module} no {option}; pass a variable of that name, or say in"
                    " LEFT_TO_ROLES that roles do without it"
                )


def _tasks(document: t.Any) -> Iterator[dict[str, t.Any]]:
    for item in document or ():
        yield from tasks_in([item] if "hosts" not in item else [*item.get("pre_tasks", ()), *item.get("tasks", ())])
