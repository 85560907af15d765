"""Keys of items that no option has."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.modules import (
    credential_provider_config,
    docker_config,
    node_image,
    pull_secret,
    tenant,
)
from tests.unit.module_run import run_module

PASSWORD = "hunter2-hunter2"
LOGIN = {"registry": "quay.io", "username": "robot", "password": PASSWORD}
MISTYPED = {"registry": "quay.io", "user": "robot", "password": PASSWORD}
PROVIDER = {"name": "regcred", "match_images": ["quay.io"], "default_cache_duration": "1h"}
TENANT: t.Mapping[str, t.Any] = {"tenants": [{"name": "mt-136"}, {"name": "mt-137", "registries": [MISTYPED]}]}


@pytest.mark.parametrize(
    ("module", "options", "expected"),
    [
        (
            pull_secret,
            {"name": "a", "namespaces": ["a"], "registries": [LOGIN, MISTYPED]},
            "registries[1]: user: unknown; did you mean username?",
        ),
        (
            docker_config,
            {"path": "/a", "registries": [{**LOGIN, "pasword": PASSWORD, "colour": PASSWORD}]},
            (
                "registries[0]: pasword: unknown; did you mean password? | registries[0]: colour: unknown; correct or remove it;"
                " there are auth, email, password, registry, state, username"
            ),
        ),
        (
            node_image,
            {"images": ["a"], "registries": [MISTYPED]},
            "registries[0]: user: unknown; did you mean username?",
        ),
        (tenant, TENANT, "tenant mt-137: registries[0]: user: unknown; did you mean username?"),
        (tenant, {"tenants": [{"nam": "mt-1"}]}, "tenants[0]: nam: unknown; did you mean name?"),
        (
            tenant,
            {"tenants": [{"name": f"robot:{PASSWORD}@x", "stat": "absent"}]},
            "tenants[0]: stat: unknown; did you mean state?",
        ),
        (
            credential_provider_config,
            {"providers": [{**PROVIDER, "env": [{"name": "A", "value": PASSWORD}, {"name": "B", "valu": PASSWORD}]}]},
            "providers[0]: env[1]: valu: unknown; did you mean value?",
        ),
        (
            credential_provider_config,
            {"providers": [{**PROVIDER, "token_attributes": {"service_account_token_audiance": PASSWORD}}]},
            (
                "providers[0]: token_attributes: service_account_token_audiance: unknown;"
                " did you mean service_account_token_audience?"
            ),
        ),
    ],
)
def test_unknown_key(module: t.Any, options: t.Mapping[str, t.Any], expected: str) -> None:
    """It is named with its item and the key that was probably meant, and nothing shows what was given."""
    found = run_module(module.main, options)

    assert found.message == expected
    assert PASSWORD not in found.output
