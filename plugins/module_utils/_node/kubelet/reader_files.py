# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Where on this machine each reader looks for its docker config, and what is in its other files.

Sources: ``pkg/credentialprovider/config.go`` of the kubelet, ``cli/config/config.go`` of docker, ``pkg/docker/config/config.go`` of
``containers/image``, ``internal/config/image.go`` of CRI-O.
"""

from __future__ import annotations

import os
import pwd
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ..._domain.docker_config.config import Format
from ..._domain.docker_config.file_shadows import OtherFiles
from ..._domain.docker_config.node_files import NODE_FILES, NodeFile
from ..._domain.errors import InvalidInput
from ..._domain.go.json import decode_utf8
from ..._domain.kubelet.command import DEFAULT_ROOT_DIR
from ..._domain.secret_text import SecretText
from ..file.file import read_path
from ..file.path import way_to_folder
from ..file.problems import NodeFileError
from .process import RunningKubelet, running_kubelets

Target = t.Literal["kubelet", "docker", "podman", "crio"]
Files = t.Sequence[t.Tuple[str, Format]]

_FILE_NAMES: t.Mapping[Format, str] = {"dockerconfigjson": "config.json", "dockercfg": ".dockercfg"}
_GLOBAL_AUTH_FILE = re.compile(r"""^\s*global_auth_file\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)')""", re.MULTILINE)


@dataclass(frozen=True)
class Machine:
    """
    Where to look; the defaults are the machine itself.

    Attributes:
        environment: Variables of whoever the task runs as.
        root: The folder that is ``/``.
    """

    environment: t.Mapping[str, str] = field(repr=False)
    root: Path = Path("/")

    @property
    def home(self) -> str:
        """The home folder of whoever the task runs as."""
        return self.environment.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir

    def at(self, path: str) -> Path:
        """A path of this machine, below ``root``."""
        return self.root / path.lstrip("/")


@dataclass(frozen=True)
class Place:
    """
    Where a docker config is to be written.

    Attributes:
        path: The file.
        others: What its reader looks at beside it.
        new_directories: How many missing folders above it may be made.
        warnings: What the user should know.
        kubelet_started: When the kubelet that reads it was started, in seconds of this machine's clock; ``None`` where none is known.
    """

    path: Path
    others: OtherFiles = field(default_factory=OtherFiles)
    new_directories: int = 1
    warnings: tuple[str, ...] = ()
    kubelet_started: float | None = None


def find_place(target: Target | None, path: str | None, form: Format, machine: Machine) -> Place:
    """
    The file of a reader.

    Args:
        target: Who reads it; ``None`` when that is not known, and then there is a path.
        path: The file, when the user named it.
        form: Its format.
        machine: Where to look.

    Raises:
        InvalidInput: It is not clear which file is meant.
    """
    if target == "kubelet":
        return _of_kubelet(path, form, machine)
    if target == "docker":
        return _of_docker(path, machine)
    if target == "podman":
        return _of_podman(path, machine)
    if target == "crio":
        return _of_crio(path, machine)
    return Place(Path(path or ""))


def _of_kubelet(path: str | None, form: Format, machine: Machine) -> Place:
    kubelet = _meant(running_kubelets(machine.at("/proc")), path, machine)
    root_dir = kubelet.root_dir if kubelet else DEFAULT_ROOT_DIR
    written = Path(path) if path else machine.at(f"{root_dir}/{_FILE_NAMES[form]}")
    files = _kubelet_files(kubelet, str(written.parent) if path and not kubelet else root_dir)
    position = _position(written, files, machine)
    warnings = _about_kubelet(kubelet, is_found=path is None)
    if position is None and kubelet:
        looked_at = ", ".join(name for name, other_form in files if other_form == form)
        warnings.append(f"the kubelet (process {kubelet.pid}) never reads {written}: it looks at {looked_at}")
    others, unread = _others(files, position, written, machine)
    return Place(
        written,
        others,
        new_directories=0 if path is None else 1,
        warnings=(*warnings, *unread),
        kubelet_started=kubelet.started if kubelet else None,
    )


def _meant(kubelets: t.Sequence[RunningKubelet], path: str | None, machine: Machine) -> RunningKubelet | None:
    """The kubelet that runs; of several, the one that looks at ``path``."""
    if len(kubelets) > 1 and path is None:
        processes = ", ".join(str(kubelet.pid) for kubelet in kubelets)
        raise InvalidInput("target", f"several kubelets run here (processes {processes})", "give path as well")
    if len(kubelets) == 1 or path is None:
        return kubelets[0] if kubelets else None
    readers = [
        each for each in kubelets if _position(Path(path), _kubelet_files(each, each.root_dir), machine) is not None
    ]
    return readers[0] if readers else None


def _about_kubelet(kubelet: RunningKubelet | None, *, is_found: bool) -> list[str]:
    if kubelet is None:
        cure = f"{DEFAULT_ROOT_DIR} is taken to be its --root-dir; give path when it is another"
        if os.geteuid() != 0:
            cure += ", or run the task as root (become), who alone sees which program a process runs"
        return [f"no kubelet runs here: {cure}"] if is_found else []
    warnings = []
    if kubelet.unread is not None:
        warnings.append(_not_known(kubelet.unread, f"the options of the kubelet (process {kubelet.pid}) are not known"))
    if is_found and not kubelet.is_certain:
        warnings.append(
            f"the kubelet (process {kubelet.pid}) does not show its options: {kubelet.root_dir} is taken to be its "
            "--root-dir; give path when it is another"
        )
    if kubelet.home is None or kubelet.working_directory is None:
        warnings.append(
            f"environment and working directory of the kubelet (process {kubelet.pid}) can be read by root alone, so it is "
            "not known whether another file of its hides this one; run the task as root (become)"
        )
    return warnings


def _kubelet_files(kubelet: RunningKubelet | None, root_dir: str) -> Files:
    """The files of NODE_FILES, but for those that are not known; without HOME, they are looked for in the working directory."""
    working_directory = kubelet.working_directory if kubelet else None
    home = kubelet.home if kubelet else None
    known = {
        "root_dir": root_dir,
        "working_directory": working_directory,
        "home": home or (working_directory if home == "" else None),
    }
    return [
        (os.path.normpath(name.format(**known)), form)
        for name, form in NODE_FILES
        if not any(value is None and f"{{{variable}}}" in name for variable, value in known.items())
    ]


def _of_docker(path: str | None, machine: Machine) -> Place:
    own = f"{machine.environment.get('DOCKER_CONFIG') or f'{machine.home}/.docker'}/config.json"
    warnings = []
    if machine.environment.get("DOCKER_AUTH_CONFIG"):
        warnings.append("DOCKER_AUTH_CONFIG is set, and what it has goes before any file of docker's; unset it")
    if path and machine.environment.get("DOCKER_CONFIG") and Path(path) != Path(own):
        warnings.append(f"DOCKER_CONFIG is set, so docker reads {own} and not {path}")
    return Place(Path(path or own), warnings=tuple(warnings))


def _of_podman(path: str | None, machine: Machine) -> Place:
    files = _containers_files(os.geteuid(), machine.home, machine.environment)
    named = machine.environment.get("REGISTRY_AUTH_FILE")
    # Not the first file, to which podman login writes: that is on a temporary file system, and gone with the next start.
    written = Path(path or named or _persistent(machine.home, machine.environment))
    if named:
        hidden = [f"REGISTRY_AUTH_FILE is set, so podman reads {named} alone"] if written != Path(named) else []
        return Place(written, new_directories=2, warnings=tuple(hidden))
    others, unread = _others(files, _position(written, files, machine), written, machine)
    return Place(written, others, new_directories=2, warnings=unread)


def _of_crio(path: str | None, machine: Machine) -> Place:
    configured, warnings = _global_auth_file(machine)
    if configured:
        if path and Path(path) != Path(configured):
            warnings += (f"CRI-O reads {configured} alone (global_auth_file), and never {path}",)
        return Place(Path(path or configured), warnings=warnings)
    home = pwd.getpwuid(0).pw_dir
    files = _containers_files(0, home, {})
    written = Path(path) if path else machine.at(_persistent(home, {}))
    others, unread = _others(files, _position(written, files, machine), written, machine)
    return Place(written, others, new_directories=2, warnings=(*warnings, *unread))


def _global_auth_file(machine: Machine) -> tuple[str, tuple[str, ...]]:
    """What CRI-O's configuration says, and warnings; of several files, the last counts."""
    folder = machine.at("/etc/crio/crio.conf.d")
    with way_to_folder(folder) as way:
        names = [] if way.missing else way.folder.names()
    files = [machine.at("/etc/crio/crio.conf"), *(folder / name for name in names)]
    read = [_read(file) for file in files]
    found = [match for each in read if each.text for match in _GLOBAL_AUTH_FILE.findall(each.text.reveal())]
    return (found[-1][0] or found[-1][1]) if found else "", _warnings(read)


def _containers_files(uid: int, home: str, environment: t.Mapping[str, str]) -> Files:
    runtime = (environment.get("XDG_RUNTIME_DIR"), f"/run/user/{uid}" if uid else None, f"/run/containers/{uid}")
    docker = environment.get("DOCKER_CONFIG") or f"{home}/.docker"
    return [
        (f"{runtime[0]}/containers/auth.json", "containers_auth"),
        (f"{runtime[1]}/containers/auth.json", "containers_auth"),
        (f"{runtime[2]}/auth.json", "containers_auth"),
        (_persistent(home, environment), "containers_auth"),
        (f"{docker}/config.json", "containers_auth"),
        (f"{home}/.dockercfg", "dockercfg"),
    ]


def _persistent(home: str, environment: t.Mapping[str, str]) -> str:
    return f"{environment.get('XDG_CONFIG_HOME') or f'{home}/.config'}/containers/auth.json"


def _position(written: Path, files: Files, machine: Machine) -> int | None:
    real = os.path.realpath(written)
    return next((at for at, (name, _form) in enumerate(files) if os.path.realpath(machine.at(name)) == real), None)


class _Read(t.NamedTuple):
    """What is in another file of the reader, ``None`` for no such file; one that cannot be read counts as none, with a warning."""

    text: SecretText | None = None
    warning: str = ""


def _others(files: Files, position: int | None, written: Path, machine: Machine) -> tuple[OtherFiles, tuple[str, ...]]:
    """The files before and after the one that is written, and warnings."""
    if position is None:
        return OtherFiles(), ()
    real = os.path.realpath(written)
    places = [machine.at(name) for name, _form in files]
    read = [_Read() if os.path.realpath(place) == real else _read(place) for place in places]
    others = [NodeFile(name, form, each.text) for (name, form), each in zip(files, read)]
    return OtherFiles(before=tuple(others[:position]), after=tuple(others[position + 1 :])), _warnings(read)


def _read(file: Path) -> _Read:
    try:
        content = read_path(file).content
    except NodeFileError as error:
        return _Read(warning=_not_known(error, "what the reader finds there is not known"))
    return _Read() if content is None else _Read(SecretText(decode_utf8(content)))


def _warnings(read: t.Iterable[_Read]) -> tuple[str, ...]:
    return tuple(each.warning for each in read if each.warning)


def _not_known(error: NodeFileError, what: str) -> str:
    return f"{error.path}: {error.problem}, so {what}; {error.cure}"
