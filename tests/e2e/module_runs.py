"""Modules run for real, as ansible-core would run them, but without the seconds that ansible-playbook adds to each task."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT: t.Final = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS: t.Final = 600

WITH_ROWS: t.Final = ("pull_secret", "service_account_link", "tenant")
"""Modules of whose failures all rows are wanted: a test compares each with what is there."""


@dataclass(frozen=True, repr=False)
class ModuleRun:
    """What a module answered; ``result`` is what becomes of it on the controller."""

    result: t.Mapping[str, t.Any]

    @property
    def failed(self) -> bool:
        """Whether the task failed."""
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        """Whether it says that something changed."""
        return bool(self.result.get("changed"))

    @property
    def message(self) -> str:
        """Why it failed, empty when it did not."""
        return str(self.result["msg"]) if self.failed else ""

    @property
    def warnings(self) -> list[str]:
        """What it warned of; a string up to ansible-core 2.18, a structure after it."""
        found = self.result.get("warnings", [])
        return [each if isinstance(each, str) else str(each["event"]["msg"]) for each in found]

    @property
    def actions(self) -> dict[str, str]:
        """What was done, by namespace, where it was not nothing."""
        return {row["namespace"]: row["action"] for row in self.result.get("namespaces", [])}

    @property
    def reasons(self) -> dict[str, str]:
        """Why, by namespace."""
        return {row["namespace"]: row["reason"] for row in self.result.get("namespaces", [])}

    def __repr__(self) -> str:
        """All of it, for the message of a failed assertion."""
        return json.dumps(self.result, indent=1)


@dataclass(frozen=True)
class Modules:
    """
    The modules of the collection, run as one user; safe to use from many threads.

    Attributes:
        server: The socket of ``module_server``.
        kubeconfig: The user's; an option ``kubeconfig`` or ``host`` takes its place. ``None`` for modules that talk to no API server.
    """

    server: Path
    kubeconfig: Path | None = None

    def run_module(
        self, name: str, args: t.Mapping[str, t.Any], *, check: bool = False, uid: int | None = None
    ) -> ModuleRun:
        """
        Run a module.

        Args:
            name: For example ``pull_secret``.
            args: Its options.
            check: Whether in check mode.
            uid: The user of this machine to run it as; only root may ask for another.

        Raises:
            ValueError: It wrote something that is no answer; that is never what a test asks for.
        """
        is_named = self.kubeconfig is None or {"kubeconfig", "host"} & set(args)
        to_server = {} if is_named else {"kubeconfig": str(self.kubeconfig)}
        internal = {"_ansible_check_mode": check, "_ansible_diff": True}
        to_judge = {"rows_on_failure": "all"} if name in WITH_ROWS else {}
        request = {"name": name, "args": {**to_server, **to_judge, **args, **internal}, "uid": uid}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(str(self.server))
            connection.sendall(json.dumps(request).encode())
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as file:
                answer = file.read().decode()
        try:
            result = json.loads(answer)
        except ValueError:
            raise ValueError(f"{name} wrote what is no answer:\n{answer}") from None
        # By it, a module tells ansible-core 2.22 what to hide; no user gets to see it.
        result.pop("_ansible_new_secrets", None)
        return ModuleRun(result)

    def as_user(self, kubeconfig: Path) -> Modules:
        """The same, run as another user."""
        return replace(self, kubeconfig=kubeconfig)


@contextlib.contextmanager
def serve_modules(kubeconfig: Path | None = None, *, prefix: t.Sequence[str] = ()) -> t.Iterator[Modules]:
    """The modules, for the time of a ``with``; ``prefix`` stands before the command that runs them."""
    with tempfile.TemporaryDirectory(prefix="regcred-e2e-") as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder) / "modules"
        listener.bind(str(path))
        listener.listen(64)
        command = [*prefix, sys.executable, "-m", "tests.e2e.module_server", str(listener.fileno())]
        with subprocess.Popen(
            command, cwd=PROJECT, env=_environment(), pass_fds=[listener.fileno()], stdin=subprocess.PIPE
        ) as server:
            try:
                yield Modules(path, kubeconfig)
            finally:
                server.communicate()


def _environment() -> dict[str, str]:
    """This process's, without what would name another cluster."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("K8S_AUTH_", "KUBECONFIG"))}
