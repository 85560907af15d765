"""The releases of ansible-core that the collection supports, and which Pythons each of them runs on."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tests.environment.errors import SetupError

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.environment.interpreters import Interpreter


@dataclass(frozen=True)
class Core:
    """
    A release series of ansible-core.

    Attributes:
        series: The name, ``2.21``.
        requirement: What pip is asked for.
        controllers: Series of Python that ``ansible-playbook`` and ``ansible-test`` run on.
        targets: Series of Python that modules run on.
        pip_bootstrap: The release of pip that ``ansible-test`` bootstraps its virtual environments with.
        stable: Whether it is more than a preview.
        without_sanity: Sanity tests that cannot run there, each with the reason.
    """

    series: str
    requirement: str
    controllers: tuple[str, ...]
    targets: tuple[str, ...]
    pip_bootstrap: str
    stable: bool = True
    without_sanity: Mapping[str, str] = field(default_factory=dict)


def _pythons(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"3.{minor}" for minor in range(first, last + 1))


# Newest first. The Pythons are those of ansible-core's support matrix, the release of pip is in ansible-test's sources.
CORES: t.Final = (
    Core(
        "2.22",
        "ansible-core==2.22.0rc1",
        _pythons(13, 15),
        _pythons(9, 15),
        pip_bootstrap="25.2",
        stable=False,
        without_sanity={"pylint": "its pinned requirements name an archive outside the package index"},
    ),
    Core("2.21", "ansible-core~=2.21.0", _pythons(12, 14), _pythons(9, 14), pip_bootstrap="25.2"),
    Core("2.20", "ansible-core~=2.20.0", _pythons(12, 14), _pythons(9, 14), pip_bootstrap="25.2"),
    Core("2.19", "ansible-core~=2.19.0", _pythons(11, 13), _pythons(8, 13), pip_bootstrap="24.2"),
    Core("2.18", "ansible-core~=2.18.0", _pythons(11, 13), _pythons(8, 13), pip_bootstrap="24.2"),
)


def chosen_cores(names: Sequence[str]) -> Sequence[Core]:
    """
    The releases of these names, all of them where none is named.

    Raises:
        SetupError: A name is none of a supported release.
    """
    unknown = set(names) - {core.series for core in CORES}
    if unknown:
        supported = ", ".join(core.series for core in CORES)
        raise SetupError(f"ansible-core {', '.join(sorted(unknown))} is not supported; name some of {supported}")
    return [core for core in CORES if not names or core.series in names]


def controller_for(core: Core, interpreters: Sequence[Interpreter]) -> Interpreter | None:
    """The newest of ``interpreters`` that ``core`` runs on, or ``None``; one without ensurepip is the last resort."""
    fitting = [one for one in interpreters if one.series in core.controllers]
    return max(fitting, key=lambda one: (one.has_ensurepip, one.version), default=None)


def newest_pair(interpreters: Sequence[Interpreter]) -> tuple[Core, Interpreter]:
    """
    The newest stable release that runs here, and the Python to run it on.

    Raises:
        SetupError: No interpreter fits any release.
    """
    for core in CORES:
        interpreter = controller_for(core, interpreters)
        if core.stable and interpreter:
            return core, interpreter
    wanted = sorted({series for core in CORES for series in core.controllers}, key=_by_number)
    here = ", ".join(str(one.path) for one in interpreters) or "none"
    message = (
        f"ansible-core needs Python {wanted[0]} to {wanted[-1]}; install one and put it on PATH (working here: {here})"
    )
    raise SetupError(message)


def chosen_pair(name: str | None, interpreters: Sequence[Interpreter]) -> tuple[Core, Interpreter]:
    """
    The release of this name, or without a name the newest, and the Python to run it on.

    Raises:
        SetupError: There is no such release, or no interpreter fits.
    """
    if name is None:
        return newest_pair(interpreters)
    [core] = chosen_cores([name])
    interpreter = controller_for(core, interpreters)
    if interpreter is None:
        raise SetupError(
            f"ansible-core {name} needs one of Python {', '.join(core.controllers)}; install one and put it on PATH"
        )
    return core, interpreter


def missing_targets(core: Core, interpreters: Iterable[Interpreter]) -> list[str]:
    """The series of Python that ``core`` supports for modules and that are not here: ``["3.14"]``."""
    here = {one.series for one in interpreters}
    return [series for series in core.targets if series not in here]


def _by_number(series: str) -> tuple[int, ...]:
    return tuple(int(part) for part in series.split("."))
