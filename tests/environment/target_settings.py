"""
Tell the integration targets where the cluster is, then run a command.

Used as ``python -m tests.environment.target_settings -- COMMAND``. ``tests.cluster run`` sets environment variables for
its command, and ``ansible-test`` drops those; it reads ``tests/integration/integration_config.yml``, in the copy of the
collection that it runs in.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

SETTINGS = Path("tests") / "integration" / "integration_config.yml"


def write_settings(collection: Path, kubeconfig: str, kubectl: str) -> None:
    """Set the variables ``regcred_kubeconfig`` and ``regcred_kubectl`` for all targets of the copy at ``collection``."""
    # JSON is YAML, and quotes every path rightly.
    text = json.dumps({"regcred_kubeconfig": kubeconfig, "regcred_kubectl": kubectl})
    (collection / SETTINGS).write_text(f"{text}\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Write the settings into the working folder, and become the command."""
    kubectl = shutil.which("kubectl") or "kubectl"  # the cluster puts its own on PATH, which ansible-test drops
    write_settings(Path.cwd(), os.environ["REGCRED_CLUSTER_KUBECONFIG"], kubectl)
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    os.execvp(command[0], command)  # noqa: S606  # no shell is wanted: the command comes as a list


if __name__ == "__main__":
    main(sys.argv[1:])
