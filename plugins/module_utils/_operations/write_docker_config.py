# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A docker config of a node: what is to be in its file, and what its reader makes of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._domain.docker_config.change import WantedConfig, change_config, views
from .._domain.docker_config.config import DockerConfig, DockerConfigError, Entry, Format, credential_of
from .._domain.docker_config.file_shadows import shadows_for_containers, shadows_for_kubelet
from .._domain.docker_config.problems import unused_entries
from .._domain.image.reader_keys import Reader
from .._domain.image.registry_key import shown_registry
from .._domain.kubelet.match_image import match_image_of
from .._domain.secret_text import Fingerprinter
from .._node.file.problems import NodeFileError
from .._node.kubelet.reader_files import Place, Target
from .write_file import Composed

_CURE = "correct it, or move it away; it was not changed"


@dataclass(frozen=True)
class ComposedConfig(Composed):
    """
    A docker config that is composed.

    Attributes:
        document: All that is to be in it.
    """

    document: DockerConfig = field(default_factory=DockerConfig)


def compose_config(
    existing: bytes | None,
    wanted: WantedConfig,
    place: Place,
    marks: Fingerprinter,
    register: t.Callable[[DockerConfig, Format], None],
) -> ComposedConfig:
    """
    A docker config, made of the one that is there.

    Args:
        existing: What is in the file, ``None`` when there is none.
        wanted: What is declared.
        place: The file.
        marks: Marks for secrets.
        register: Takes the document that is read, to have its secrets hidden, before anything is made of it.

    Raises:
        NodeFileError: What is there cannot be read by its reader; with the place.
    """
    try:
        change = change_config(None if existing is None else _decoded(existing, place), wanted)
    except DockerConfigError as error:
        raise NodeFileError(place.path, str(error), _CURE) from None
    register(change.before, wanted.form)
    if existing is None and not change.after.entries:
        return ComposedConfig(None)
    before, after, reasons = views(change, wanted.form, marks)
    content = change.text.reveal().encode("utf-8", "surrogatepass")
    return ComposedConfig(content, tuple(reasons), before, after, change.after)


def _decoded(content: bytes, place: Place) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise NodeFileError(place.path, f"not UTF-8 (line {line}, byte {column})", _CURE) from None


def warnings_about(
    place: Place, document: DockerConfig, wanted: WantedConfig, target: Target | None, reader: Reader
) -> list[str]:
    """What of a file its reader will not use."""
    given = [each.registry for each in wanted.present]
    warnings = [f"{place.path}: {warning}" for warning in unused_entries(document, reader, given)]
    if target == "kubelet":
        warnings += shadows_for_kubelet(str(place.path), document, place.others)
    elif target in ("podman", "crio"):
        warnings += shadows_for_containers(str(place.path), document, place.others)
    return warnings


def registry_rows(document: DockerConfig, form: Format) -> list[dict[str, str]]:
    """A row a registry of a document: ``registry`` without a login in it, and ``username``, empty where an entry has none."""
    return [
        {"registry": shown_registry(key), "username": _username(fields, form)}
        for key, fields in document.entries.items()
    ]


def match_images(document: DockerConfig) -> list[str]:
    """The patterns of all images for which a document has a credential, each once."""
    return list(dict.fromkeys(filter(None, map(match_image_of, document.entries))))


def _username(fields: Entry, form: Format) -> str:
    try:
        return credential_of(fields, form).username
    except DockerConfigError:  # an entry of auth.json that is passed over
        return ""
