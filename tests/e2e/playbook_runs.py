"""ansible-playbook, run for real in folders of its own, with everything kept that anybody could get to see of it."""

from __future__ import annotations

import collections
import json
import os
import sys
import threading
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible.release import __version__ as core_version

from tests.e2e.ansible_programs import run_ansible

WATCH_SECONDS: t.Final = 0.01
LOOKS: t.Final = 5
"""A process is looked at more than once: at first it may still have the command line of the one that it was forked from."""
REGISTERED_BY_ROLES: t.Final = ("tenant_result", "pull_secrets_result")
Task: t.TypeAlias = dict[str, t.Any]

# ansible-core has a module's options in its result: up to 2.20 always, from then on if it is asked to. Up to 2.21 it takes secrets
# out of them; from 2.22 on it leaves them there, and hides them where they are shown.
OPTIONS_ARE_MASKED: t.Final = tuple(map(int, core_version.split(".")[:2])) < (2, 22)
OPTIONS_IN_RESULTS: t.Final[t.Mapping[str, str]] = {"ANSIBLE_INJECT_INVOCATION": "true"} if OPTIONS_ARE_MASKED else {}


@dataclass(frozen=True)
class PlaybookRun:
    """
    What is left of a run.

    Attributes:
        seen: Texts by where they were: standard output, the log, command lines, registered results and each file left behind.
        results: What each task registered, by the task's name, as the playbook itself wrote it to a file.
    """

    seen: t.Mapping[str, str]
    results: t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Playbooks:
    """
    Runs playbooks.

    Attributes:
        folder: An empty folder, for everything.
        kubeconfig: The user's.
    """

    folder: Path
    kubeconfig: Path
    environment: t.Mapping[str, str] = field(default_factory=dict)

    def run(self, tasks: t.Sequence[Task], variables: t.Mapping[str, t.Any], *options: str) -> PlaybookRun:
        """
        Run tasks with ``-vvvv --diff``; a task that fails does not stop the others.

        Args:
            tasks: Each with a name.
            variables: They come by a file, as from a vault.
            options: Further options, such as ``--check``.
        """
        inputs, outputs = self.folder / "inputs", self.folder / "outputs"
        for folder in (inputs, outputs, *(outputs / name for name in ("home", "tmp", "local", "remote"))):
            folder.mkdir()
        results = inputs / "results.json"
        (inputs / "playbook.yml").write_text(json.dumps(self._playbook(tasks, results)), encoding="utf-8")
        (inputs / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        with watched_command_lines() as command_lines:
            done = run_ansible(
                "ansible-playbook",
                inputs / "playbook.yml",
                "-vvvv",
                "--diff",
                f"--extra-vars=@{inputs / 'variables.json'}",
                *options,
                folder=inputs,
                environment={**_settings(outputs), **self.environment},
            )
        assert results.exists(), done.stdout[-4000:]
        written = results.read_text(encoding="utf-8")
        left = {str(file.relative_to(outputs)): _text(file) for file in outputs.rglob("*") if file.is_file()}
        seen = {"standard output": done.stdout, "command lines": "\n".join(command_lines), **left}
        registered = _without_new_secrets(json.loads(written))
        return PlaybookRun({**seen, "registered results": json.dumps(registered, ensure_ascii=False)}, registered)

    def _playbook(self, tasks: t.Sequence[Task], results: Path) -> list[Task]:
        known = [{**task, "register": f"result_{number}", "ignore_errors": True} for number, task in enumerate(tasks)]
        everything = ", ".join(f"{task['name']!r}: result_{number}" for number, task in enumerate(tasks))
        everything += "".join(f", {name!r}: {name} | default({{}})" for name in REGISTERED_BY_ROLES)
        # Here, and not by a callback: what a task registers is what other tasks of the same playbook get.
        writing = {
            "name": "Write what was registered",
            "ansible.builtin.copy": {"content": "{{ {" + everything + "} | to_json }}", "dest": str(results)},
            "check_mode": False,
            "diff": False,
        }
        play = {
            "name": "Look for leaks",
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": {"group/regcred.kubernetes.kubernetes": {"kubeconfig": str(self.kubeconfig)}},
            "tasks": [*known, writing],
        }
        return [play]


def _settings(outputs: Path) -> dict[str, str | Path]:
    """What has all that is left behind be in a folder, and hides nothing."""
    return {
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_LOCAL_TEMP": outputs / "local",
        "ANSIBLE_LOG_PATH": outputs / "log",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_REMOTE_TEMP": outputs / "remote",
        "HOME": outputs / "home",
        "TMPDIR": outputs / "tmp",
    }


class watched_command_lines:  # noqa: N801  # used as a function: with watched_command_lines() as seen
    """For the time of a ``with``: the command lines of all processes, as far as they live for some milliseconds."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._seen: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> set[str]:
        """Begin to watch; the set grows."""
        self._thread.start()
        return self._seen

    def __exit__(self, *_unused: object) -> None:
        """Watch no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        looks: collections.Counter[str] = collections.Counter()
        while not self._ended.wait(WATCH_SECONDS):
            for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208  # five times as fast, and this runs all the time
                if looks[name] < LOOKS:
                    looks[name] += 1
                    self._seen.add(_text(Path("/proc", name, "cmdline")).replace("\0", " "))


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:  # a process that has ended, a file that was removed
        return ""


def _without_new_secrets(value: t.Any) -> t.Any:
    """Results without the list of secrets that modules hand to ansible-core 2.22, which keeps it for masking."""
    if isinstance(value, dict):
        return {key: _without_new_secrets(member) for key, member in value.items() if key != "_ansible_new_secrets"}
    if isinstance(value, list):
        return [_without_new_secrets(member) for member in value]
    return value
