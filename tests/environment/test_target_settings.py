from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.environment.layout import PROJECT


def test_settings_then_command(tmp_path: Path) -> None:
    """The targets' variables name the cluster of the environment and its kubectl, and the command's status is kept."""
    (tmp_path / "tests" / "integration").mkdir(parents=True)
    kubectl = tmp_path / "kubectl"
    kubectl.touch(mode=0o755)
    kubeconfig = "/a folder/with: 'signs'/kubeconfig"
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    environment = {
        **os.environ,
        "REGCRED_CLUSTER_KUBECONFIG": kubeconfig,
        "PYTHONPATH": str(PROJECT),
        "PATH": path,
    }
    command = [sys.executable, "-m", "tests.environment.target_settings", "--", "sh", "-c", "exit 7"]

    done = subprocess.run(command, check=False, cwd=tmp_path, env=environment)

    written = tmp_path / "tests" / "integration" / "integration_config.yml"
    assert done.returncode == 7
    assert yaml.safe_load(written.read_text(encoding="utf-8")) == {
        "regcred_kubeconfig": kubeconfig,
        "regcred_kubectl": str(kubectl),
    }
