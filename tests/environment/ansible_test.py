"""
``ansible-test`` without containers and without any network but the package index.

It gets a home folder of its own for each release of ansible-core, kept in the cache, because it keeps its virtual
environments there; a stand-in for the pip bootstrap that it would download; and a ``PATH`` with real interpreters.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.environment.cache import cache_root, locked
from tests.environment.cores import missing_targets
from tests.environment.failures import integration_failures, pytest_failures, shortened
from tests.environment.layout import COLLECTION
from tests.environment.processes import run
from tests.environment.steps import Outcome

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.environment.cores import Core
    from tests.environment.interpreters import Interpreter
    from tests.environment.processes import Done
    from tests.environment.venvs import Venv

# What ansible-test runs in each virtual environment that it makes, instead of a file that it would download. Called
# as get-pip.py is, with requirements and options, of which only the wanted release of pip matters.
PIP_BOOTSTRAP = """\
import subprocess, sys
wanted = [argument for argument in sys.argv[1:] if argument.startswith("pip==")] or ["pip"]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-q", *wanted])
"""

SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")


@dataclass(frozen=True)
class AnsibleTest:
    """
    The ``ansible-test`` of one release, over one copy of the collection.

    Attributes:
        core: The release.
        venv: Where it is installed, with all that the modules need.
        interpreters: The Pythons to test modules on.
        collections: The folder that holds ``ansible_collections``.
    """

    core: Core
    venv: Venv
    interpreters: Sequence[Interpreter]
    collections: Path

    def sanity(self, *tests: str) -> Outcome:
        """Run the sanity tests, all or those named; their output is printed when one fails."""
        for series in missing_targets(self.core, self.interpreters):
            print(f"not tested on Python {series}: no working interpreter found", flush=True)
        for test, reason in self.core.without_sanity.items():
            print(f"not running sanity test {test}: {reason}", flush=True)
        options = [f"--skip-test={test}" for test in self.core.without_sanity]
        options += [f"--test={test}" for test in tests]
        with self._home() as home:
            done = self._run(home, ["sanity", "--local", "--requirements", *options])
        outcome = sanity_outcome(done)
        print(sanity_findings(done.text) if outcome.failed else f"ran {', '.join(sanity_tests(done.text))}", flush=True)
        return outcome + Outcome(skipped=len(self.core.without_sanity))

    def units(self, python: str) -> Outcome:
        """Run the unit tests on one series of Python, as for a node with that Python."""
        with self._home() as home:
            done = self._run(home, ["units", "--venv", "--python", python, "--requirements"])
        _unused, start, tests = done.text.partition("\nUnit test ")  # before that, pip speaks
        print(start + tests or done.text, flush=True)
        return pytest_outcome(done)

    def integration(self, targets: Iterable[str], prefix: Sequence[str | Path] = ()) -> Outcome:
        """
        Run integration targets, all or those named, with everything they say on the screen.

        Args:
            targets: Names of targets.
            prefix: A command that gets the command to run as its last arguments, in this process's own environment.
        """
        home = self.collections / "home"
        home.mkdir(exist_ok=True)
        own = [f"{name}={value}" for name, value in self._environment(home).items()]
        arguments = ["integration", "--local", "--continue-on-error", *targets]
        done = run([*prefix, "env", "-i", *own, *self._command(arguments)], cwd=self._collection, aloud=True)
        return integration_outcome(done)

    @property
    def _collection(self) -> Path:
        return self.collections / COLLECTION

    def _run(self, home: Path, arguments: Sequence[str]) -> Done:
        return run(self._command(arguments), cwd=self._collection, env=self._environment(home))

    def _command(self, arguments: Sequence[str]) -> list[str | Path]:
        return [self.venv.bin / "ansible-test", *arguments]

    def _environment(self, home: Path) -> dict[str, str]:
        return {"HOME": str(home), "PATH": search_path(self.venv, self.interpreters)}

    @contextlib.contextmanager
    def _home(self) -> Iterator[Path]:
        """The home folder in the cache, for one run at a time: ansible-test does not guard what it installs there."""
        home = cache_root() / "ansible-test" / self.core.series
        with locked(
            home.with_name(f"{home.name}.lock"), while_waiting=f"waiting for another ansible-test {self.core.series}"
        ):
            prepare_home(home, self.core.pip_bootstrap, os.environ)
            yield home


def search_path(venv: Venv, interpreters: Iterable[Interpreter]) -> str:
    """``PATH`` for ansible-test: its own tools, real interpreters, the system's programs; no shims of a version manager."""
    folders = [venv.bin, *(one.path.parent for one in interpreters), *SYSTEM_PATH]
    return os.pathsep.join(dict.fromkeys(str(folder) for folder in folders))


def prepare_home(home: Path, pip_bootstrap: str, environ: Mapping[str, str]) -> None:
    """
    Write what ansible-test looks for in its home: the pip bootstrap, and pip's configuration of the user.

    ansible-test passes neither ``PIP_*`` nor the user's home to pip; a package index that only they name would be lost.
    """
    bootstrap = home / ".ansible" / "test" / "cache" / f"get_pip_{pip_bootstrap.replace('.', '_')}.py"
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.write_text(PIP_BOOTSTRAP, encoding="utf-8")
    configuration = home / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.unlink(missing_ok=True)
    configuration.touch(mode=0o600)
    with configuration.open("w", encoding="utf-8") as file:
        pip_configuration(environ).write(file)


def pip_configuration(environ: Mapping[str, str]) -> configparser.RawConfigParser:
    """The user's configuration of pip: its files, with the ``PIP_*`` of the environment on top, as pip reads them."""
    user = Path(environ.get("HOME", "~")).expanduser()
    configurations = Path(environ.get("XDG_CONFIG_HOME") or user / ".config")
    files: list[str | Path] = [
        user / ".pip" / "pip.conf",
        configurations / "pip" / "pip.conf",
        environ.get("PIP_CONFIG_FILE", os.devnull),
    ]
    merged = configparser.RawConfigParser()
    merged.read(files, encoding="utf-8")
    if not merged.has_section("global"):
        merged.add_section("global")
    caches = Path(environ.get("XDG_CACHE_HOME") or user / ".cache")
    if not merged.has_option("global", "cache-dir"):
        merged.set("global", "cache-dir", str(caches / "pip"))
    for name, value in environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            merged.set("global", name.removeprefix("PIP_").lower().replace("_", "-"), value)
    return merged


def sanity_tests(text: str) -> list[str]:
    """What ``ansible-test sanity`` says it ran, in order: ``compile on Python 3.9``, ``pep8``."""
    ran = re.findall(r'^Running sanity test "([^"]+)"( on Python \S+)?', text, re.MULTILINE)
    return [name + python for name, python in ran]


def sanity_findings(text: str) -> str:
    """What ``ansible-test sanity`` found, without its progress and all that pip says on the way."""
    noise = re.compile(
        r"\s|Running |Installing |Using cached |Looking in |Collecting |Successfully |Requirement already |$"
    )
    return "\n".join(line for line in text.splitlines() if not noise.match(line))


def sanity_outcome(done: Done) -> Outcome:
    """Counts of ``ansible-test sanity``; a run that ends badly without naming a test counts as one failure."""
    return _outcome(done, ran=len(sanity_tests(done.text)), failures=sanity_findings(done.text))


def integration_outcome(done: Done) -> Outcome:
    """Counts of ``ansible-test integration``, in targets."""
    ran = len(re.findall(r"^Running \S+ integration test (?:role|script)$", done.text, re.MULTILINE))
    return _outcome(done, ran, failures=integration_failures(done.text))


def _outcome(done: Done, ran: int, failures: str) -> Outcome:
    failed = _failed_tests(done.text) or int(done.status != 0)
    # A set, because ansible-test repeats its warnings at the end.
    skipped = set(
        re.findall(r"^WARNING: Skipping sanity test (.*) because it could not be found", done.text, re.MULTILINE)
    )
    return Outcome(max(ran - failed, 0), failed, len(skipped), _shown(failed, failures, done))


def _shown(failed: int, failures: str, done: Done) -> tuple[str, ...]:
    return (failures or shortened(done.text),) if failed else ()


def _failed_tests(text: str) -> int:
    listed = re.search(r"^\w+: The (\d+) (?:sanity|integration) test\(s\) listed below", text, re.MULTILINE)
    return int(listed[1]) if listed else 0


def pytest_outcome(done: Done) -> Outcome:
    """Counts of all of pytest's last lines (``= 3 passed, 1 skipped in 0.12s =``); errors count as failures."""
    counts = dict.fromkeys(("passed", "failed", "error", "skipped", "xfailed"), 0)
    for line in re.findall(
        r"^=* ?(\d+ (?:passed|failed|errors?|skipped|xfailed|deselected)\b.*) in [\d.]+s", done.text, re.MULTILINE
    ):
        for number, word in re.findall(r"(\d+) (passed|failed|error|skipped|xfailed)", line):
            counts[word] += int(number)
    failed = counts["failed"] + counts["error"] or int(done.status != 0)
    skipped = counts["skipped"] + counts["xfailed"]
    return Outcome(counts["passed"], failed, skipped, _shown(failed, pytest_failures(done.text), done))
