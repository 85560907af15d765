"""
Runs modules of this collection, each in a process of its own that is forked from one that has imported all of them.

A connection to the socket carries a request, ``{"name": "pull_secret", "args": {...}}``, and takes back all that the
module writes. The process ends when its standard input does, so it never outlives who started it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
import types
import typing as t
from pathlib import Path

from ansible.module_utils import basic

PROJECT: t.Final = Path(__file__).resolve().parents[2]
COLLECTION: t.Final = "ansible_collections.regcred.kubernetes"
PROFILES: t.Final = [
    f"ansible.module_utils._internal._json._profiles._module_legacy_{direction}" for direction in ("c2m", "m2c")
]
"""What ansible-core since 2.19 imports in each run, and what another user may not be able to read."""


def main(listener: socket.socket) -> None:
    """Serve until standard input ends."""
    _map_collection()
    names = [path.stem for path in (PROJECT / "plugins" / "modules").glob("*.py")]
    modules = {name: importlib.import_module(f"{COLLECTION}.plugins.modules.{name}") for name in names}
    for profile in PROFILES:
        with contextlib.suppress(ImportError):
            importlib.import_module(profile)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children, so they leave no zombies
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _unused = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _become(modules, connection)
        connection.close()


def _map_collection() -> None:
    for name, path in (("ansible_collections", []), ("ansible_collections.regcred", []), (COLLECTION, [str(PROJECT)])):
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = path


def _become(modules: t.Mapping[str, types.ModuleType], connection: socket.socket) -> t.NoReturn:
    with connection.makefile("rb") as file:
        request = json.load(file)
    for stream in (1, 2):
        os.dup2(connection.fileno(), stream)
    # As ansible-core hands options over; a release before 2.19 knows no profiles and does not look.
    vars(basic).update(
        _ANSIBLE_ARGS=json.dumps({"ANSIBLE_MODULE_ARGS": request["args"]}).encode(), _ANSIBLE_PROFILE="legacy"
    )
    if request["uid"] is not None:
        os.setgroups([])
        os.setgid(request["uid"])
        os.setuid(request["uid"])
    modules[request["name"]].main()
    sys.exit("the module came back without an answer")


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
