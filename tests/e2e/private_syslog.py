"""
Runs modules with a syslog, or a journal, of their own, and tells all that they wrote to it.

It is started in a mount namespace of its own, as ``unshare --mount python -m tests.e2e.private_syslog syslog|journal``, gets
``[{"name": "pull_secret", "args": {...}}, ...]`` on standard input, and writes a list of texts.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import types
import typing as t
from contextlib import redirect_stdout
from pathlib import Path

DEVICES: t.Final = ("null", "zero", "random", "urandom")


def main(kind: str) -> None:
    """Run the modules, one after the other, each in a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="regcred-syslog-"))
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(str(folder / "log"))
    log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    _mount_devices(folder)
    (folder / "log").unlink()
    folder.rmdir()
    if kind == "journal":
        _pretend_journal()
    importlib.import_module("tests.unit.conftest")  # makes the collection importable
    logs = []
    for request in json.load(sys.stdin):
        main_of = importlib.import_module(
            f"ansible_collections.regcred.kubernetes.plugins.modules.{request['name']}"
        ).main
        child = os.fork()
        if child == 0:
            _become(main_of, request)
        os.waitpid(child, 0)
        logs.append({"name": request["name"], "log": _received(log)})
    json.dump(logs, sys.stdout)


def _mount_devices(folder: Path) -> None:
    """A ``/dev`` that holds what Python needs, and the socket."""
    dev = folder / "dev"
    dev.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(dev)], check=True)
    for name in (*DEVICES, "log"):
        (dev / name).touch()
        source = folder / "log" if name == "log" else Path("/dev") / name
        subprocess.run(["mount", "--bind", str(source), str(dev / name)], check=True)
    subprocess.run(["mount", "--move", str(dev), "/dev"], check=True)
    dev.rmdir()


def _become(main_of: t.Callable[[], None], request: t.Mapping[str, t.Any]) -> t.NoReturn:
    try:
        basic = sys.modules["ansible.module_utils.basic"]  # imported by the module, since it looks for the journal
        given = {"ANSIBLE_MODULE_ARGS": {**request["args"], "_ansible_module_name": request["name"]}}
        vars(basic).update(_ANSIBLE_ARGS=json.dumps(given).encode(), _ANSIBLE_PROFILE="legacy")
        with redirect_stdout(io.StringIO()):
            main_of()
    finally:
        os._exit(0)


def _pretend_journal() -> None:
    """The package ``systemd``, whose journal is our syslog."""

    def send(**fields: t.Any) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.connect("/dev/log")
            log.send(json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogateescape"))

    systemd = types.ModuleType("systemd")
    vars(systemd).update(
        journal=types.SimpleNamespace(send=send, sendv=send), daemon=types.SimpleNamespace(booted=lambda: True)
    )
    sys.modules["systemd"] = systemd


def _received(log: socket.socket) -> list[str]:
    """All that has come; a datagram is there when its sender is done."""
    texts = []
    log.settimeout(0)
    while True:
        try:
            texts.append(log.recv(1 << 20).decode("utf-8", "surrogateescape"))
        except BlockingIOError:
            return texts


if __name__ == "__main__":
    main(sys.argv[1])
