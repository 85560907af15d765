"""The lookup finds what Ansible ignores: variables that a role or the playbooks do not read."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleLookupError

from ansible_collections.regcred.kubernetes.plugins.lookup.unknown_variables import DOCUMENTATION, LookupModule
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.unknown_variables_lookup import (
    COLLECTION,
    doubtful_variables,
    variables_of,
)

NAME = "regcred.kubernetes.unknown_variables"
ROLES = sorted(folder.name for folder in (COLLECTION / "roles").iterdir())
PLAYBOOKS = sorted((COLLECTION / "playbooks").glob("*.yml"))
SET_BY_ROLES = {"pull_secrets_result", "tenant_result"}


def unknown(owners: t.Sequence[str], *names: str) -> list[str]:
    """What the lookup says of variables with these names; the loader finds installed collections only."""
    documented = yaml.safe_load(DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("lookup", NAME, documented)
    lookup = LookupModule()
    lookup._load_name = NAME  # noqa: SLF001  # see above
    return lookup.run(owners, dict.fromkeys(names))


def options_of(role: str) -> set[str]:
    """What a role documents."""
    text = (COLLECTION / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    return set(yaml.safe_load(text)["argument_specs"]["main"]["options"])


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        (
            "pull_secrets",
            "pull_secrets_exclude_namespace",
            (
                "pull_secrets_exclude_namespace: nothing in the role pull_secrets reads this variable; "
                "did you mean pull_secrets_exclude_namespaces?"
            ),
        ),
        (
            "regcred",
            "regcred_namespacs",
            "regcred_namespacs: no playbook or role of this collection reads this variable; did you mean regcred_namespaces?",
        ),
        (
            "tenant",
            "tenant_ownr\n",
            "tenant_ownr\\n: nothing in the role tenant reads this variable; did you mean tenant_owner?",
        ),
        (
            "prepull_images",
            "prepull_images_exclude",
            (
                "prepull_images_exclude: nothing in the role prepull_images reads this variable; "
                "did you mean prepull_images_exclude_nodes?"
            ),
        ),
    ],
)
def test_messages(owner: str, name: str, expected: str) -> None:
    """The message has the variable, who does not read it, and the one that was meant."""
    assert [each.startswith(expected) for each in unknown([owner], name)] == [True]


@pytest.mark.parametrize("role", ROLES)
def test_each_variable_of_each_role(role: str) -> None:
    """A letter too few or too many in any variable is found, with a right name that differs as little."""
    options = options_of(role)
    typos = [typo for name in options for typo in (name[:-1], f"{name}s") if typo not in options]

    found = unknown([role], *options, *typos)
    assert [each.partition(":")[0] for each in found] == sorted(typos)
    for sentence in found:
        typo, _unused, meant = sentence.rstrip("?").partition(
            f": nothing in the role {role} reads this variable; did you mean "
        )
        assert typo in (meant[:-1], f"{meant}s")


@pytest.mark.parametrize("role", ROLES)
def test_only_documented_variables_are_known(role: str) -> None:
    """What a role's files mention is what it documents, and what it leaves for later tasks."""
    assert variables_of(role) - SET_BY_ROLES == options_of(role)


def test_playbooks() -> None:
    """Each playbook knows its own variables, and those of the others: they can share an inventory."""
    comments = "\n".join(file.read_text(encoding="utf-8") for file in PLAYBOOKS)

    assert unknown(["regcred"], *re.findall(r"\bregcred_\w+", comments)) == []


def test_others_are_left_alone() -> None:
    """Variables that begin with something else are nobody's mistake, and those that a role sets are known."""
    assert unknown(["tenant"], "tenant_result", "tenants_quota", "tenant", "pull_secrets_nam", "ansible_host") == []
    assert doubtful_variables("pull_secrets", ["__pull_secrets_namespaces"]) == []  # a role's own


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        ("pull_secrets", "pull_secret_exclude_namespaces", "pull_secrets_exclude_namespaces"),
        ("tenant", "tenants_state", "tenant_state"),
        ("regcred", "regcerd_namespaces", "regcred_namespaces"),
        ("pull_secrets", "pull_secret_colour", ""),
        ("pull_secrets", "vault_pull_secrets_registries", ""),
        ("pull_secrets", "prepull_images_owner", ""),
        ("pull_secrets", "pull_secrets_owner", ""),
        ("tenant", "state", ""),
    ],
)
def test_a_mistyped_beginning_is_a_warning(owner: str, name: str, expected: str) -> None:
    """What ends as a known variable and begins nearly so is named, and not refused, since it can be somebody's own."""
    found = doubtful_variables(owner, [name])

    assert [each.rpartition("; ")[2] for each in found] == [f"did you mean {expected}?"] * bool(expected)
    assert unknown([owner], name) == []


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("tenant", "tenant_id"),
        ("tenant", "tenant_name"),
        ("tenant", "tenant_owner_email"),
        ("tenant", "tenant_"),
        ("regcred", "regcred_colour"),
        ("pull_secrets", "pull_secrets_colour"),
    ],
)
def test_similar_to_none_is_a_warning(owner: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no mistyping of any variable can be somebody's own: it is shown, and stops nobody."""
    reader = "no playbook or role of this collection" if owner == "regcred" else f"nothing in the role {owner}"
    sentence = f"{name}: {reader} reads this variable; correct or remove it, "

    assert unknown([owner], name) == []
    assert doubtful_variables(owner, [name]) == [f"{sentence}or ignore this if it is a variable of your own"]
    assert sentence in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("owner", ["pull_secret", "..", ""])
def test_no_such_role(owner: str) -> None:
    """A role that does not exist is an error, and not one without mistakes."""
    with pytest.raises(
        AnsibleLookupError, match=rf"^{re.escape(owner)}: is no role of regcred\.kubernetes; give a role's name, or "
    ):
        unknown([owner], "pull_secret_name")


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(play, id=f"{file.stem}-{index}")
        for file in PLAYBOOKS
        for index, play in enumerate(yaml.safe_load(file.read_text(encoding="utf-8")))
    ],
)
def test_each_play_checks_first(play: t.Mapping[str, t.Any]) -> None:
    """No play does anything before it has checked its variables; one that is a role leaves that to the role."""
    tasks = [*play.get("pre_tasks", ()), *play.get("tasks", ())]

    assert [task.get("ansible.builtin.include_tasks") for task in tasks[:1]] in ([], ["tasks/check_variables.yml"])
    assert tasks or len(play["roles"]) == 1


def test_each_flag_is_checked() -> None:
    """What the filter bool would take for false, whatever it is, is refused before."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in PLAYBOOKS)
    used = re.findall(r"\b(regcred_\w+) \| default\(\w+\) \| bool", text)
    checks = yaml.safe_load((COLLECTION / "playbooks" / "tasks" / "check_variables.yml").read_text(encoding="utf-8"))

    assert len(used) == text.count("| bool")
    assert set(used) == set(checks[1]["loop"])


def test_each_role_checks_first() -> None:
    """All roles begin with the same task."""
    first = [
        yaml.safe_load((Path(COLLECTION) / "roles" / role / "tasks" / "main.yml").read_text(encoding="utf-8"))[0]
        for role in ROLES
    ]

    assert first[0]["name"] == "Check that no variable is mistyped"
    assert first == first[:1] * len(ROLES)
