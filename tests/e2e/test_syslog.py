"""What modules write to syslog and the journal, before any code of theirs runs."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.e2e.secret_forms import forms_of, found_in
from tests.lint.agreement import modules_with_cluster_options

PROJECT: t.Final = Path(__file__).resolve().parents[2]
PASSWORDS: t.Final = {
    "backslash": "back\\slash-Zq9Kt4",
    "both quotes": "both\"quo'tes-Zq9Kt4",
    "line break": "line\nbreak-Zq9Kt4",
    "blank that is none": "no\xa0break-Zq9Kt4",
    "all": "a\\b\"c'd\ne\xa0f\x1b-Zq9Kt4",
}
NOBODY: t.Final = {"host": "http://127.0.0.1:1"}


def options(password: str, folder: Path) -> dict[str, list[dict[str, t.Any]]]:
    """Options for each module, with the password wherever one can be."""
    registry = {"registry": "quay.io", "username": "robot", "password": password}
    auth = {"registry": "ghcr.io", "auth": base64.b64encode(f"robot:{password}".encode()).decode()}
    credentials: list[dict[str, t.Any]] = [
        {"registries": [registry, auth]},
        {"registries": [{**registry, "registry": f"https://robot:{password}@quay.io"}]},
        {"registries": json.dumps([registry])},
        {"registries": registry},
        {"config_json": {"auths": {"quay.io": {"username": "robot", "password": password}}}},
        {"config_file": json.dumps({"auths": {"quay.io": auth}})},
    ]
    cluster: list[dict[str, t.Any]] = [
        {**NOBODY, "api_key": password},
        {**NOBODY, "username": "robot", "password": password},
        {"host": f"http://robot:{password}@127.0.0.1:1"},
        {**NOBODY, "proxy": f"http://robot:{password}@127.0.0.1:1"},
        {"kubeconfig": f"users: [{{user: {{token: {json.dumps(password)}}}}}]"},
        {"kubeconfig": {"users": [{"user": {"token": password}}]}},
    ]
    provider = {
        "name": "p",
        "match_images": ["quay.io"],
        "default_cache_duration": "1m",
        "env": [{"name": "X", "value": password}],
        "args": ["--password", password],
    }
    needed: dict[str, dict[str, t.Any]] = {
        "pull_secret": {"name": "regcred", "namespaces": ["team-a"]},
        "pull_secret_info": {"namespaces": ["team-a"]},
        "service_account_link": {"secrets": ["regcred"], "namespaces": ["team-a"]},
        "image_pull_info": {"namespaces": ["team-a"]},
        "image_prepull": {"images": ["quay.io/a"]},
        "node_info": {},
        "tenant": {"tenants": [{"name": "shop", **credentials[0]}]},
        "docker_config": {"path": str(folder / "config.json")},
        "credential_provider_config": {"providers": [provider], "path": str(folder / "x"), "bin_dir": str(folder)},
        "node_image": {"images": ["quay.io/a"], "runtime": "podman", "endpoint": str(folder)},
        "previous_file": {"path": str(folder / "config.json"), "state": "removed"},
    }
    given: dict[str, list[dict[str, t.Any]]] = {}
    with_cluster_options = modules_with_cluster_options(PROJECT)
    for name, args in needed.items():
        more = cluster if name in with_cluster_options else [{}]
        of_registries = name in ("pull_secret", "docker_config", "node_image", "tenant")
        rest = [{**NOBODY, **each} if more is cluster else each for each in credentials] if of_registries else []
        given[name] = [{**args, **each} for each in (*more, *rest)]
    given["image_pull_info"].append(
        {**NOBODY, **needed["image_pull_info"], "node_config_json": {"auths": {"quay.io": auth}}}
    )
    given["image_pull_info"].append({**NOBODY, **needed["image_pull_info"], "images": [f"robot:{password}@quay.io/a"]})
    return given


@pytest.mark.parametrize("kind", ["syslog", "journal"])
def test_nothing_is_logged(kind: str, tmp_path: Path) -> None:
    """No password of any option, in any form, whether or not Ansible takes the options; the line itself is there, with names."""
    requests = [
        {"name": name, "args": args}
        for which, password in PASSWORDS.items()
        for name, cases in options(password, tmp_path / "nowhere").items()
        for args in (cases if which == "all" else cases[-2:-1])
    ]
    unshared = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
    if unshared.returncode:
        pytest.skip(f"no mount namespace: {unshared.stderr.decode()}")

    command = ["unshare", "--mount", sys.executable, "-m", "tests.e2e.private_syslog", kind]
    done = subprocess.run(command, cwd=PROJECT, input=json.dumps(requests), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    logs = json.loads(done.stdout)
    forms = {form for password in PASSWORDS.values() for form in forms_of(password)}
    forms |= {"".join(f"#{ord(each):03o}" if ord(each) < 32 else each for each in text) for text in PASSWORDS.values()}
    assert [(each["name"], found) for each in logs for found in found_in("\n".join(each["log"]), forms)] == []
    assert "Zq9Kt4" not in done.stdout
    invocations = {each["name"]: line for each in logs for line in each["log"] if "Invoked with" in line}
    assert set(invocations) == {path.stem for path in (PROJECT / "plugins" / "modules").glob("*.py")}
    assert "name=regcred namespaces=['team-a']" in invocations["pull_secret"]
