"""Logins that docker, podman, skopeo and the password store of Unix really left, taken by a playbook; and no password is seen."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible.release import __version__ as core_version

from tests.cluster.registry import Registry, start_registry
from tests.e2e.login_programs import USERS, VECTORS, Desk, as_kept, leave_files, open_desk
from tests.e2e.playbook_runs import PlaybookRun, Playbooks, Task
from tests.e2e.secret_forms import forms_of, found_in

PLUGIN: t.Final = "regcred.kubernetes.docker_credentials"
PASSPHRASE: t.Final = "made-up-passphrase-Zq9Kt4"
SECRETS: t.Final = (*USERS.values(), *(f"{user}:{password}" for user, password in USERS.items()), PASSPHRASE)
FORMS: t.Final = frozenset(form for secret in SECRETS for form in forms_of(secret))
MASKS_LOOKUPS: t.Final = tuple(map(int, core_version.split(".")[:2])) >= (2, 22)
LOOK_UP: t.Final = f"query('{PLUGIN}', *registries, **options)"
# In place of the window that asks for a passphrase: nobody ever answers, and it ends with the agent.
PINENTRY: t.Final = "#!/bin/sh\nexec cat\n"


@dataclass(frozen=True)
class Logins:
    """A desk after all logins, and the files that they left, by what left them."""

    desk: Desk
    files: t.Mapping[str, Path]


@pytest.fixture(name="registry", scope="module")
def _registry(programs: t.Mapping[str, Path]) -> t.Iterator[Registry]:
    """A registry that lets the users in."""
    assert programs
    with start_registry(USERS) as started:
        yield started


@pytest.fixture(name="logins", scope="module")
def _logins(registry: Registry, programs: t.Mapping[str, Path]) -> t.Iterator[Logins]:
    """Everybody is logged in everywhere."""
    with open_desk(registry, programs) as desk:
        yield Logins(desk, leave_files(desk))


def run_at(desk: Desk, folder: Path, tasks: t.Sequence[Task]) -> PlaybookRun:
    """Run a playbook as the one who sits at the desk, with the credential helper on PATH."""
    mine = desk.environment(with_helpers=True)
    environment = {name: mine[name] for name in ("DOCKER_CONFIG", "GNUPGHOME", "PASSWORD_STORE_DIR")}
    environment["PATH"] = os.pathsep.join([str(desk.helpers), os.environ.get("PATH", os.defpath)])
    return Playbooks(folder, folder / "kubeconfig", environment).run(tasks, {})


def write_kubeconfig_of_nobody(file: Path) -> None:
    """A kubeconfig of an API server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as soon_closed:
        server = f"https://127.0.0.1:{soon_closed.getsockname()[1]}"
    cluster = {"name": "nobody", "cluster": {"server": server}}
    context = {"name": "nobody", "context": {"cluster": "nobody", "user": "nobody"}}
    users = [{"name": "nobody", "user": {}}]
    config = {"clusters": [cluster], "contexts": [context], "users": users, "current-context": "nobody"}
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **config}), encoding="utf-8")


def keeping(name: str, file: Path, *registries: str, **options: t.Any) -> Task:
    """A task that writes what the lookup gives to a file."""
    return {
        "name": name,
        "ansible.builtin.copy": {"content": f"{{{{ {LOOK_UP} | to_json }}}}", "dest": str(file), "mode": "0600"},
        "vars": {"registries": registries, "options": options},
        "no_log": True,
    }


def item(registry: str, user: str) -> dict[str, str]:
    """What the lookup gives for a registry."""
    return {"registry": registry, "username": user, "password": USERS[user]}


def taken(logins: Logins) -> dict[str, tuple[str, tuple[str, ...], dict[str, t.Any], list[dict[str, str]]]]:
    """What is taken: the file's name, the registries, further options, and what is to be found."""
    one, other = logins.desk.names
    both = [item(one, "robot"), item(other, "reader")]
    namespaced = [item(f"{one}/team/app", "reader"), item(f"{one}/team", "robot"), item(one, "robot")]
    names = tuple(found["registry"] for found in namespaced)
    all_of_containers = [item(one, "robot"), item(f"{one}/team/app", "reader")]
    return {
        "docker": ("docker", (one, other), {}, both),
        "all of docker": ("docker", (), {}, both),
        "password store": ("docker-pass", (one, other), {}, both),
        "all of the password store": ("docker-pass", (), {}, both),
        "a helper and the file": ("docker-helpers", (one, other), {}, both),
        "all of a helper and the file": ("docker-helpers", (), {}, [item(one, "robot"), item(other, "reader")]),
        "a login that is not there": ("docker-pass", ("quay.io", one), {"missing": "skip"}, [item(one, "robot")]),
        "podman": ("podman", names, {}, namespaced),
        "all of podman": ("podman", (), {}, all_of_containers),
        "skopeo": ("skopeo", names, {}, namespaced),
        "podman over docker": ("podman-over-docker", (one, other), {"missing": "skip"}, [item(one, "robot")]),
    }


class Taken(t.NamedTuple):
    """A run that takes logins, and what it wrote to a file."""

    run: PlaybookRun
    found: t.Mapping[str, t.Any]


@pytest.fixture(name="working", scope="module")
def _working(logins: Logins, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Every file is read, in one task: each takes longer than all look-ups together."""
    folder, results = tmp_path_factory.mktemp("working"), tmp_path_factory.mktemp("results") / "found.json"
    cases = {
        name: {"registries": registries, "options": {"path": str(logins.files[file]), **options}}
        for name, (file, registries, options, _found) in taken(logins).items()
    }
    each = (f"'{name}': query('{PLUGIN}', *cases['{name}'].registries, **cases['{name}'].options)" for name in cases)
    task = keeping("take", results)
    task["ansible.builtin.copy"]["content"] = f"{{{{ {{ {', '.join(each)} }} | to_json }}}}"
    run = run_at(logins.desk, folder, [{**task, "vars": {"cases": cases}}])
    return Taken(run, json.loads(results.read_text(encoding="utf-8")) if results.exists() else {})


@pytest.fixture(name="failing", scope="module")
def _failing(logins: Logins, tmp_path_factory: pytest.TempPathFactory) -> PlaybookRun:
    """Tasks that take a password and then fail, or fail to take one."""
    folder = tmp_path_factory.mktemp("failing")
    write_kubeconfig_of_nobody(folder / "kubeconfig")
    one, _other = logins.desk.names

    def pull_secret(name: str, file: str, *registries: str, **more: t.Any) -> Task:
        args = {
            "name": "regcred",
            "namespaces": ["team-a"],
            "registries": f"{{{{ {LOOK_UP} }}}}",
            **more,
        }
        known = {"registries": registries, "options": {"path": str(logins.files[file])}}
        return {"name": name, "regcred.kubernetes.pull_secret": args, "vars": known}

    tasks = [
        pull_secret("no API server", "docker-pass", one),
        pull_secret("bad option", "docker", type="no such type"),
        pull_secret("not logged in", "docker-pass", "quay.io"),
        pull_secret("dropped by podman", "podman-over-docker"),
    ]
    return run_at(logins.desk, folder, tasks)


def locked_desk(registry: Registry, programs: t.Mapping[str, Path], stack: contextlib.ExitStack) -> Desk:
    """A desk with a login in a password store whose key asks for a passphrase, which nobody is there to give."""
    desk = stack.enter_context(open_desk(registry, programs))
    desk.make_store(PASSPHRASE)
    desk.docker_login(desk.names[0], "robot", with_helpers=True)
    pinentry = desk.home / "pinentry"
    pinentry.write_text(PINENTRY, encoding="utf-8")
    pinentry.chmod(0o755)
    (desk.home / "gnupg" / "gpg-agent.conf").write_text(f"pinentry-program {pinentry}\n", encoding="utf-8")
    desk.end_agent()
    return desk


@pytest.fixture(name="locked", scope="module")
def _locked(
    registry: Registry, programs: t.Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> t.Iterator[PlaybookRun]:
    """A store that waits to be unlocked, and then one without its key."""
    with contextlib.ExitStack() as stack:
        desk = locked_desk(registry, programs, stack)
        results = tmp_path_factory.mktemp("results")
        waiting = keeping("waiting", results / "waiting", desk.names[0], helper_timeout=1)
        listing = keeping("all", results / "all", helper_timeout=1)
        loss: Task = {
            "name": "lose the key",
            "ansible.builtin.command": {"argv": ["rm", "-r", str(desk.home / "gnupg" / "private-keys-v1.d")]},
        }
        lost = keeping("lost", results / "lost", desk.names[0], helper_timeout=300)
        end_agent: Task = {
            "name": "end the agent",
            "ansible.builtin.command": {"argv": ["gpgconf", "--kill", "gpg-agent"]},
        }
        shown = [{**task, "no_log": False} for task in (waiting, listing)]
        yield run_at(desk, tmp_path_factory.mktemp("locked"), [*shown, end_agent, loss, {**lost, "no_log": False}])


@pytest.mark.parametrize("name", sorted(file.stem for file in VECTORS.glob("*.json")))
def test_kept_files(name: str, logins: Logins) -> None:
    """The files that unit tests read are what the programs write."""
    written = as_kept(logins.files[name].read_text(encoding="utf-8"), logins.desk.registry)

    assert json.loads(written) == json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def test_all_files_are_kept(logins: Logins) -> None:
    """No file that a program leaves is forgotten."""
    assert {file.stem for file in VECTORS.glob("*.json")} == set(logins.files)


@pytest.mark.parametrize(
    "name",
    [
        "docker",
        "all of docker",
        "password store",
        "all of the password store",
        "a helper and the file",
        "all of a helper and the file",
        "a login that is not there",
        "podman",
        "all of podman",
        "skopeo",
        "podman over docker",
    ],
)
def test_taken(name: str, working: Taken, logins: Logins) -> None:
    """What each program left is found, whole, from whichever store it is in."""
    *_how, expected = taken(logins)[name]

    assert working.found.get(name, working.run.results["take"]) == expected


def test_failures(failing: PlaybookRun, logins: Logins) -> None:
    """Each task fails for its own reason, which names the file and the registry where the lookup is to blame."""
    messages = {name: result["msg"] for name, result in failing.results.items() if result.get("failed")}

    _one, other = logins.desk.names
    expected = {
        "no API server": "cannot be reached",
        "bad option": "value of type must be one of",
        "not logged in": (
            f"{logins.files['docker-pass']}: quay.io: docker-credential-pass has no login for quay.io; "
            "log in, or leave out what has no login with missing=skip"
        ),
        "dropped by podman": f"{logins.files['podman-over-docker']}: {other}: there is no login; log in,",
    }
    assert {name: text for name, text in expected.items() if text not in messages.get(name, "it did not fail")} == {}


def test_store_is_locked(locked: PlaybookRun) -> None:
    """A store that waits for somebody, and one that lost its key, fail; neither is taken for a store without a login."""
    messages = {name: locked.results[name].get("msg", "it did not fail") for name in ("waiting", "all", "lost")}

    assert (
        "docker-credential-pass gave no answer within 1 seconds; see whether its store waits to be"
        in messages["waiting"]
    )
    assert "docker-credential-pass gave no answer within 1 seconds" in messages["all"]
    assert "docker-credential-pass failed (exit code 1); run 'docker-credential-pass get' by hand" in messages["lost"]


@pytest.mark.parametrize("name", ["working", "failing", "locked"])
def test_nothing_is_seen(name: str, request: pytest.FixtureRequest) -> None:
    """No password is on the screen with -vvvv, in the log, on a command line, in a registered result or in a file that stays."""
    of_fixture = request.getfixturevalue(name)
    run: PlaybookRun = of_fixture.run if isinstance(of_fixture, Taken) else of_fixture

    leaks = {place: found_in(text, FORMS) for place, text in run.seen.items()}

    assert {place: found for place, found in leaks.items() if found} == {}
    assert {"standard output", "log", "command lines", "registered results"} <= set(leaks)


@pytest.mark.skipif(
    not MASKS_LOOKUPS, reason=f"ansible-core {core_version} does not mask what a lookup gives; 2.22 does"
)
def test_printed(logins: Logins, tmp_path: Path) -> None:
    """Who prints the passwords sees a mask, from ansible-core 2.22 on."""
    printing: Task = {
        "name": "print",
        "ansible.builtin.debug": {"msg": f"{{{{ {LOOK_UP} }}}}"},
        "vars": {"registries": [], "options": {"path": str(logins.files["docker-pass"])}},
    }

    run = run_at(logins.desk, tmp_path, [printing])

    seen = {place: found_in(run.seen[place], FORMS) for place in ("standard output", "log")}
    assert seen == {"standard output": [], "log": []}
    assert logins.desk.names[0] in run.seen["standard output"]
