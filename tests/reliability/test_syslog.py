"""No secret is in the syslog, however a module's options are quoted there."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.cluster.client import Document
from tests.e2e.module_runs import Modules, serve_modules
from tests.reliability.fault_proxy import Rule, refused, start_proxy
from tests.reliability.judge import all_forms
from tests.reliability.private_syslog import Syslog, private_syslog, why_no_syslog

pytestmark = pytest.mark.skipif(bool(why_no_syslog()), reason=why_no_syslog())

PASSWORDS: t.Final[t.Mapping[str, str]] = {
    "backslash": "back\\slash-Zq9Kt4",
    "both quotes": "both'quotes\"Zq9Kt4",
    "no-break space": "no-break\u00a0space-Zq9Kt4",
    "umlaut": "ümläut-Zq9Kt4",
    "tab": "tab\tZq9Kt4-tab",
    "plain": "plain-Zq9Kt4-plain",
}


@pytest.fixture(scope="module")
def logged() -> t.Iterator[tuple[Modules, Syslog]]:
    """The modules, and what they log."""
    with private_syslog() as syslog, serve_modules(prefix=syslog.prefix) as modules:
        yield modules, syslog


def options_of(password: str, folder: Path, host: str) -> dict[str, Document]:
    """Options with a secret in them, by module."""
    registries = [{"registry": "quay.io", "username": "puller", "password": password}]
    config = {"auths": {"quay.io": {"username": "puller", "password": password}}}
    server = {"host": host, "api_key": password}
    here = {"namespaces": ["team-a"], **server}
    return {
        "pull_secret": {"name": "regcred", "registries": registries, **here},
        "tenant": {"tenants": [{"name": "shop", "registries": registries}], **server},
        "service_account_link": {"secrets": ["regcred"], **here},
        "pull_secret_info": here,
        "docker_config": {"path": str(folder / "config.json"), "config_json": config},
    }


@pytest.mark.parametrize("kind", PASSWORDS)
def test_options_in_the_syslog(kind: str, logged: tuple[Modules, Syslog], tmp_path: Path) -> None:
    """What a module was called with is logged, and none of its secrets."""
    modules, syslog = logged
    password = PASSWORDS[kind]
    forms = all_forms([password, f"puller:{password}"])
    found = {}
    with start_proxy(None, Rule(refused(401), times=None)) as server:
        for module, options in options_of(password, tmp_path, server.url).items():
            before = len(syslog.messages)
            modules.run_module(module, options)
            messages = syslog.messages[before:]
            assert any("Invoked" in message or module in message for message in messages), module
            found[module] = [message[:300] for message in messages if any(form in message for form in forms)]

    assert {module: messages for module, messages in found.items() if messages} == {}
