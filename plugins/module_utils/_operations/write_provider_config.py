# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kubelet's CredentialProviderConfig: what is to be in its file, beside what is in the other files of its folder."""

from __future__ import annotations

import hashlib
import stat
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._domain.errors import InvalidInput
from .._domain.go.layout import Layout
from .._domain.kubelet.provider_config import (
    FILE_ENDINGS,
    READS_FOLDERS,
    Declaration,
    Json,
    Release,
    declared_document,
    providers_of,
)
from .._domain.kubelet.provider_rules import ConfigFile, check_configs, check_outline
from .._domain.kubelet.provider_view import differences_between, secrets_in, shown_document
from .._domain.secret_text import Fingerprinter
from .._node.file.file import Rights, read_path
from .._node.file.path import look, way_to_folder
from .._node.file.problems import NodeFileError
from .._node.kubelet.provider_program import program_problem, program_warnings
from .._node.yaml_text import JSON, Text, has_yaml, read_document, write_document
from .write_file import Compose, Composed


@dataclass(frozen=True)
class ProviderTask:
    """
    What is to be done.

    Attributes:
        declaration: What is declared.
        path: The file that is ours.
        folder: The folder that the kubelet reads as a whole; ``None`` where it reads the file alone.
        bin_dir: Where it looks for programs.
        release: Of the kubelet.
        check_mode: Whether nothing is written; a program may then be missing, because whatever installs it did not do so either.
        to_come: Names of the programs that this run has yet to put there; they are taken to be there.
    """

    declaration: Declaration
    path: Path
    folder: Path | None
    bin_dir: Path
    release: Release
    check_mode: bool = False
    to_come: frozenset[str] = frozenset()


PROGRAM_RIGHTS = Rights(mode=0o755)
"""Of a program that is installed."""


def program_composer(text: str) -> Compose[Composed]:
    """Makes a program be this text; a diff shows that it is another one."""
    content = text.encode()

    def compose(existing: bytes | None) -> Composed:
        before = {} if existing is None else _digest(existing)
        return Composed(content, () if existing is None else ("another text",), before, _digest(content))

    return compose


def _digest(content: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(content).hexdigest()}


@dataclass(frozen=True)
class ComposedProviders(Composed):
    """
    A document of credential providers that is composed.

    Attributes:
        is_changed: Whether it is another one than there is.
        has_variables: Whether one of its providers has variables, whose values can be secrets.
        names: The providers that the kubelet uses, those of the other files of its folder included.
        warnings: What the user should know.
    """

    is_changed: bool = False
    has_variables: bool = False
    names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def compose_providers(
    existing: bytes | None, task: ProviderTask, marks: Fingerprinter, register: t.Callable[[str], t.Any]
) -> ComposedProviders:
    """
    A document of credential providers, made of the one that is there.

    Args:
        existing: What is in the file, ``None`` when there is none.
        task: What is to be done.
        marks: Marks for secrets.
        register: Takes each secret that is read, before anything is made of it.

    Raises:
        RegcredError: What is there cannot be read, or a kubelet would not start with what is to be there.
    """
    text = None if existing is None else _read(existing, task.path, register)
    before: Json = None if text is None else text.document
    if text is not None:
        check_outline(ConfigFile(str(task.path), before))
    after = declared_document(before, task.declaration)
    others = [
        ConfigFile(str(path), _read(read_path(path).content or b"", path, register).document)
        for path in (_config_files(task.folder) if task.folder else ())
        if path.name != task.path.name
    ]
    if text is None and not after["providers"]:
        return ComposedProviders(None)
    configs = sorted([*others, ConfigFile(str(task.path), after)], key=lambda config: config.path)
    check_configs(configs, task.release)
    names = tuple(str(one["name"]) for config in configs for one in providers_of(config.document))
    warnings = _check_programs(names, task)
    is_changed = text is None or after != before or list(after) != list(before)
    if is_changed and text is not None and text.has_comments:
        warnings.append(f"{task.path}: its comments are lost, because a YAML file is written anew")
    layout = _new_layout(task.path) if text is None else text.layout
    return ComposedProviders(
        write_document(after, layout) if is_changed else existing,
        tuple(differences_between(before, after)),
        shown_document(before, marks),
        shown_document(after, marks),
        is_changed,
        any(one.get("env") for one in after["providers"]),
        names,
        tuple(warnings),
    )


def files_read(task: ProviderTask) -> list[Path]:
    """All that the kubelet reads; for a folder that itself, too, which changes when a file is removed."""
    return [task.path] if task.folder is None else [task.folder, *_config_files(task.folder)]


def _new_layout(path: Path) -> Layout | None:
    """Without PyYAML, JSON, which a kubelet reads under any name."""
    return JSON if path.suffix == ".json" or not has_yaml() else None


def _read(content: bytes, path: Path, register: t.Callable[[str], t.Any]) -> Text:
    text = read_document(content, where=str(path))
    for secret in secrets_in(text.document):
        register(secret)
    return text


def _check_programs(names: t.Iterable[str], task: ProviderTask) -> list[str]:
    warnings = []
    for name in names:
        problem = "" if name in task.to_come else program_problem(task.bin_dir, name)
        program = task.bin_dir / name
        if problem and not task.check_mode:
            raise InvalidInput(
                str(program),
                f"{problem}, and a kubelet does not start without the program of a provider",
                "install it first, with mode 0755, or correct the provider's name or bin_dir",
            )
        if problem:
            warnings.append(f"{program}: {problem}; a run needs it to be there by then")
        else:
            warnings += program_warnings(task.bin_dir, name)
    return list(dict.fromkeys(warnings))


def own_file(path: str, file_name: str, release: Release) -> tuple[Path, Path | None]:
    """
    The file that is ours, and the folder that the kubelet reads as a whole, if it does.

    Args:
        path: What the kubelet has as its option: a file, or a folder of them.
        file_name: Of ours in a folder.
        release: Of the kubelet.

    Raises:
        InvalidInput: It reads no folders, or not this file in it.
    """
    place = Path(path)
    if not place.is_dir():
        return place, None
    if release < READS_FOLDERS:
        raise InvalidInput(
            "path",
            f"{path} is a folder, which kubelets read from Kubernetes 1.34 on, and this one is {release[0]}.{release[1]}",
            "name a file",
        )
    if not file_name.endswith(FILE_ENDINGS) or "/" in file_name:
        raise InvalidInput(
            "file_name",
            f"{file_name!r} is no name that a kubelet reads in a folder",
            f"let it end with {', '.join(FILE_ENDINGS)}",
        )
    return place / file_name, place


def _config_files(folder: Path) -> list[Path]:
    """Links among them; they are followed, or refused, when they are read."""
    with way_to_folder(folder) as way:
        if way.missing:
            raise NodeFileError(folder, "was removed while the task ran", "run it again")
        found = [(name, look(way.folder, name)) for name in way.folder.names() if name.endswith(FILE_ENDINGS)]
    return [folder / name for name, entry in found if entry is not None and not stat.S_ISDIR(entry.st_mode)]
