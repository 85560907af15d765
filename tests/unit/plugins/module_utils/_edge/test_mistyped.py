"""Keys of items that no option has, and values on the wrong level of YAML."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.modules import (
    credential_provider_config,
    docker_config,
    node_image,
    pull_secret,
    service_account_link,
    tenant,
)
from tests.unit.module_run import run_module

PASSWORD = "hunter2-hunter2"
LOGIN: t.Mapping[str, t.Any] = {"registry": "quay.io", "username": "robot", "password": PASSWORD}
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


WHERE: t.Mapping[str, t.Any] = {"name": "a", "namespaces": ["a"]}
TEXT = "where text is wanted; check the variable it comes from; where it is meant as JSON, add the filter to_json"


@pytest.mark.parametrize(
    ("module", "options", "expected"),
    [
        (
            pull_secret,
            {**WHERE, "registries": [LOGIN, {**LOGIN, "password": {"data": {"password": PASSWORD}}}]},
            f"registries[1].password: is a mapping, {TEXT}",
        ),
        (
            pull_secret,
            {**WHERE, "registries": [{**LOGIN, "password": [PASSWORD]}]},
            f"registries[0].password: is a list, {TEXT}",
        ),
        (
            pull_secret,
            {**WHERE, "registries": LOGIN},
            "registries: is a mapping, where a list is wanted; write a dash before each item",
        ),
        (
            pull_secret,
            {**WHERE, "registries": PASSWORD},
            (
                "registries: is text, where a list of mappings is wanted;"
                " write a dash before each item, and its keys with values"
            ),
        ),
        (
            pull_secret,
            {**WHERE, "registries": [PASSWORD]},
            "registries[0]: is text, where a mapping is wanted; write its keys with values",
        ),
        (
            pull_secret,
            {**WHERE, "registries": [LOGIN], "namespace": [{"name": "a"}], "namespaces": None},
            f"namespace[0]: is a mapping, {TEXT}",
        ),
        (
            pull_secret,
            {**WHERE, "registries": [LOGIN], "labels": ["a=b"]},
            "labels: is a list, where a mapping is wanted; write its keys with values",
        ),
        (
            service_account_link,
            {"namespaces": ["a"], "secrets": ["a"], "namespace_selector": {"a": PASSWORD}},
            f"namespace_selector: is a mapping, {TEXT}",
        ),
        (
            tenant,
            {"tenants": {"shop": {"registries": [LOGIN]}}},
            "tenants: is a mapping, where a list is wanted; write a dash before each item",
        ),
        (
            tenant,
            {"tenants": [{"name": "shop", "registries": LOGIN}]},
            "tenant shop: registries: is a mapping, where a list is wanted; write a dash before each item",
        ),
    ],
)
def test_wrong_kinds(module: t.Any, options: t.Mapping[str, t.Any], expected: str) -> None:
    """A value on the wrong level is refused by the name of its option, and is not shown."""
    result = run_module(module.main, options).result

    assert (result["failed"], result["msg"]) == (True, expected)
    assert PASSWORD not in json.dumps(result)


def test_kinds_that_are_converted() -> None:
    """Numbers as text, names with commas and ``key=value`` are what ansible-core takes them for."""
    login = f"registry=quay.io username=robot password={PASSWORD}"
    result = run_module(
        pull_secret.main,
        {"name": 7, "namespaces": "a,b", "registries": [login], "labels": "a=b", "host": "http://127.0.0.1:1"},
    )

    assert "127.0.0.1:1" in result.message
