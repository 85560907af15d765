# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The docker config of a node as it is to be: what is there with some registries' credentials put in or taken out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..go.json import Json, parse_json
from ..go.layout import TABS, layout_of
from ..image.reader_keys import canonical_key
from ..secret_text import Fingerprinter, SecretText
from .config import (
    READERS,
    DockerConfig,
    Entry,
    Format,
    RegistryCredential,
    folded_name,
    merge_docker_config,
    parse_docker_config,
    revealed_entries,
)
from .view import redact, registry_differences


@dataclass(frozen=True)
class WantedConfig:
    """
    What is declared of a node's docker config.

    Attributes:
        form: Its format.
        present: Credentials that it is to hold, under keys as its reader wants them.
        absent: Keys of registries that it is not to hold.
        purge: Whether it is to hold no other registries; other members are kept.
    """

    form: Format
    present: tuple[RegistryCredential, ...] = ()
    absent: tuple[str, ...] = ()
    purge: bool = False


@dataclass(frozen=True)
class ConfigChange:
    """
    What becomes of a docker config.

    Attributes:
        before: As it is; empty when there is none.
        after: As it will be.
        text: All of the file; the one that is there when that says the same already.
    """

    before: DockerConfig
    after: DockerConfig
    text: SecretText


def change_config(existing: str | None, wanted: WantedConfig) -> ConfigChange:
    """
    Put in, and take out.

    Args:
        existing: The text of the file, ``None`` when there is none.
        wanted: What is declared.

    Raises:
        DockerConfigError: The file cannot be read by its reader; the message names the place.
    """
    before = DockerConfig() if existing is None else parse_docker_config(existing, wanted.form)
    absent = (*wanted.absent, *_purged(before, wanted))
    present = [replace(each, is_terse=True) for each in wanted.present]
    after = merge_docker_config(before, present, absent, wanted.form)
    if existing is None:
        return ConfigChange(before, after, SecretText(TABS.render(_members({}, after, wanted.form))))
    if after.entries == before.entries:
        return ConfigChange(before, before, SecretText(existing))
    members = dict(parse_json(existing) or ())
    text = layout_of(existing).render(_members(members, after, wanted.form))
    return ConfigChange(before, after, SecretText(text))


def views(
    change: ConfigChange, form: Format, marks: Fingerprinter
) -> tuple[dict[str, t.Any], dict[str, t.Any], list[str]]:
    """What differs, before and after with secrets as marks, and in words."""
    before, after = (
        redact(DockerConfig(_others(one, two)), marks, form)
        for one, two in ((change.before, change.after), (change.after, change.before))
    )
    differences = registry_differences(before, after) if before or after else []
    return {"registries": before}, {"registries": after}, differences


def _others(one: DockerConfig, two: DockerConfig) -> dict[str, Entry]:
    """The entries of one that are not the same in the other."""
    return {key: fields for key, fields in one.entries.items() if two.entries.get(key) != fields}


def _purged(before: DockerConfig, wanted: WantedConfig) -> list[str]:
    reader = READERS[wanted.form]
    named = {canonical_key(each.registry, reader) for each in wanted.present}
    return [key for key in before.entries if wanted.purge and canonical_key(key, reader) not in named]


def _members(existing: t.Mapping[str, Json], config: DockerConfig, form: Format) -> t.Mapping[str, Json]:
    """The members of the document in clear, in the order in which they stand there."""
    entries = revealed_entries(config)
    if form == "dockercfg":
        return entries
    members: dict[str, Json] = {}
    is_placed = False
    for name in existing:
        if folded_name(name) != "auths":
            members[name] = config.extras[name]
        elif not is_placed:
            members[name] = entries
            is_placed = True
    return members if is_placed else {**members, "auths": entries}
