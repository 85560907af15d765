"""Runs ``ansible-playbook``, and tells time and memory of it and of the modules."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import subprocess
import sys
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from tests.benchmark import interpreter
from tests.benchmark.requests import requests_so_far

if t.TYPE_CHECKING:
    from tests.cluster.cluster import Cluster


class BenchmarkError(Exception):
    """A measured run did not do its work; the message holds the end of its output."""


@dataclass(frozen=True)
class Usage:
    """
    What a run took.

    Attributes:
        seconds: From start to exit of ``ansible-playbook``.
        module_seconds: Of these, in module processes.
        module_cpu_seconds: Processor time of module processes.
        module_peak_mib: Memory of the largest module process.
        peak_mib: Memory of the largest process of all.
        requests: What the API server got.
    """

    seconds: float
    module_seconds: float
    module_cpu_seconds: float
    module_peak_mib: float
    peak_mib: float
    requests: int

    def scaled(self, factor: float, floor: float) -> Usage:
        """What ``factor`` times the work would take, where ``floor`` seconds are needed once however much there is to do."""
        return Usage(
            (self.seconds - floor) * factor + floor,
            self.module_seconds * factor,
            self.module_cpu_seconds * factor,
            self.module_peak_mib,
            self.peak_mib,
            round(self.requests * factor),
        )


@dataclass(frozen=True)
class Stage:
    """
    Where playbooks run.

    Attributes:
        folder: For files of the run, removed by whoever made it.
        cluster: The cluster, to ask it for its count.
        kubeconfig: As whom the modules work.
        collections: Folders for ``ANSIBLE_COLLECTIONS_PATH``.
        libraries: Folders for ``PYTHONPATH``.
    """

    folder: Path
    cluster: Cluster
    kubeconfig: Path
    collections: t.Sequence[Path]
    libraries: t.Sequence[Path] = ()

    def run(self, name: str, tasks: list[dict[str, t.Any]], variables: t.Mapping[str, t.Any]) -> Usage:
        """
        Run tasks as a playbook of their own.

        Raises:
            BenchmarkError: It failed.
        """
        playbook, given = self.folder / f"{name}.json", self.folder / f"{name}.vars.json"
        usage_file = self.folder / f"{name}.usage"
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
        playbook.write_text(json.dumps([play]), encoding="utf-8")
        given.write_text(
            json.dumps({**variables, "ansible_python_interpreter": str(self._interpreter())}), encoding="utf-8"
        )
        usage_file.write_text("", encoding="utf-8")
        command: list[str | Path] = [
            Path(sys.executable).parent / "ansible-playbook",
            "-i",
            "localhost,",
            "-e",
            f"@{given}",
            playbook,
        ]
        before = requests_so_far(self.cluster)
        start = time.monotonic()
        process = subprocess.Popen(
            command, env=self._environment(usage_file), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        with contextlib.closing(process.stdout or io.StringIO()) as output:
            printed = output.read()
        _unused, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise BenchmarkError(f"{name} failed with status {process.returncode}:\n{printed[-4000:]}")
        rows = [json.loads(line) for line in usage_file.read_text(encoding="utf-8").splitlines()]
        module_peak = max((row["peak_mib"] for row in rows), default=0.0)
        return Usage(
            seconds=seconds,
            module_seconds=sum(row["seconds"] for row in rows),
            module_cpu_seconds=sum(row["cpu_seconds"] for row in rows),
            module_peak_mib=module_peak,
            peak_mib=max(module_peak, usage.ru_maxrss / 1024),
            requests=requests_so_far(self.cluster) - before,
        )

    def _interpreter(self) -> Path:
        path = self.folder / "python"
        if not path.exists():
            source = Path(interpreter.__file__).read_text(encoding="utf-8")
            path.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
            path.chmod(stat.S_IRWXU)
        return path

    def _environment(self, usage_file: Path) -> dict[str, str]:
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(map(str, self.collections)),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONPATH": os.pathsep.join(map(str, self.libraries)),
            "K8S_AUTH_KUBECONFIG": str(self.kubeconfig),
            interpreter.USAGE_FILE: str(usage_file),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
        return {**kept, **settings}
