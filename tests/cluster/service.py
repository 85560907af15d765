"""
Services of a node, kubelet and containerd: started, stopped and looked at by init.d scripts, by us and by whoever is on the node.

As in kubeadm's unit for systemd, further flags of the kubelet come from /etc/default/kubelet.
"""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import typing as t
from dataclasses import dataclass

from tests.cluster.errors import ClusterError, ComponentEnded, PortTaken, last_lines
from tests.cluster.private_file import write_private
from tests.cluster.watcher import identify

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.cluster.namespaces import Namespaces

SCRIPT: t.Final = """\
#!/bin/sh
cd {directory} || exit 1

runs() {{
    [ -s {name}.pid ] && kill -0 "$(cat {name}.pid)" 2>/dev/null
}}

start() {{
    runs && return
    {variable}=
    [ ! -r /etc/default/{name} ] || . /etc/default/{name}
    setsid {command} ${variable} </dev/null >>{name}.log 2>&1 &
    echo $! >{name}.pid
}}

stop() {{
    runs && kill "$(cat {name}.pid)"
    tries=0
    while runs; do
        sleep 0.02
        tries=$((tries + 1))
        [ "$tries" -ne 500 ] || kill -KILL "$(cat {name}.pid)"
        [ "$tries" -lt 1000 ] || {{ echo "{name} does not end" >&2; exit 1; }}
    done
    rm -f {name}.pid
}}

case "$1" in
start) start ;;
stop) stop ;;
restart) stop; start ;;
status) if runs; then echo "{name} is running"; else echo "{name} is stopped"; exit 3; fi ;;
*) echo "usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
"""


@dataclass(frozen=True)
class Service:
    """
    A service of one node.

    Its processes are children of the node's first process. Were they ours, the node's end would have to wait until the machine's
    first process collects them.

    Attributes:
        name: For example ``kubelet``.
        directory: The node's; the log is ``NAME.log`` in it, and begins with the first start.
        namespaces: Where it runs.
    """

    name: str
    directory: Path
    namespaces: Namespaces

    def write(self, command: Sequence[str]) -> None:
        """Have it started by this command from now on."""
        script = SCRIPT.format(
            name=self.name,
            variable=f"{self.name.upper()}_EXTRA_ARGS",
            directory=shlex.quote(str(self.directory)),
            command=shlex.join(command),
        )
        path = self.namespaces.root / "etc" / "init.d" / self.name
        path.parent.mkdir(exist_ok=True)
        write_private(path, script.encode()).chmod(0o755)

    def restart(self) -> None:
        """
        End it if it runs, and start it.

        Raises:
            ClusterError: The script failed; a program that ends on its own is reported by `check`.
        """
        command = [*self.namespaces.enter, f"/etc/init.d/{self.name}", "restart"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise ClusterError(f"service {self.name} restart ended with {done.returncode}:\n{last_lines(done.stderr)}")

    def check(self) -> None:
        """
        Return when it runs.

        Raises:
            PortTaken: It ended since somebody else listens on its port.
            ComponentEnded: It does not run for another reason; the message holds the end of its log.
        """
        with contextlib.suppress(OSError):
            pid = int((self.directory / f"{self.name}.pid").read_text(encoding="utf-8"))
            if identify(pid, proc=self.namespaces.root / "proc"):
                return
        end_of_log = self.last_lines()
        kind = PortTaken if "address already in use" in end_of_log else ComponentEnded
        raise kind(f"{self.name} does not run; the end of its log:\n{end_of_log}")

    def last_lines(self) -> str:
        """The end of its log."""
        try:
            return last_lines((self.directory / f"{self.name}.log").read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError:
            return ""
