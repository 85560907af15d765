# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say which API server and as whom, named as in kubernetes.core, and the way from them to it."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.argument_spec import ArgumentSpec
from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import SecretRegister
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection import Access, find_server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.watched_transport import WatchedTransport

MAX_CONCURRENCY = 32


def _option(name: str, **details: t.Any) -> dict[str, t.Any]:
    return {"type": "str", "fallback": (env_fallback, [f"K8S_AUTH_{name.upper()}"]), **details}


CLUSTER_SPEC = ArgumentSpec(
    {
        "kubeconfig": _option("kubeconfig", type="path"),
        "context": _option("context"),
        "host": _option("host"),
        "api_key": _option("api_key", no_log=True),
        "username": _option("username"),
        "password": _option("password", no_log=True),
        "client_cert": _option("client_cert", type="path", fallback=(env_fallback, ["K8S_AUTH_CERT_FILE"])),
        "client_key": _option("client_key", type="path", no_log=False, fallback=(env_fallback, ["K8S_AUTH_KEY_FILE"])),
        "ca_cert": _option("ca_cert", type="path", fallback=(env_fallback, ["K8S_AUTH_SSL_CA_CERT"])),
        "validate_certs": _option("validate_certs", type="bool", fallback=(env_fallback, ["K8S_AUTH_VERIFY_SSL"])),
        "proxy": _option("proxy"),
        "impersonate_user": _option("impersonate_user"),
        "impersonate_groups": _option("impersonate_groups", type="list", elements="str"),
        "concurrency": {"type": "int", "default": 8},
    },
    required_together=(("username", "password"),),
)


def connect(params: t.Mapping[str, t.Any], secrets: SecretRegister) -> KubeApi:
    """
    A way to the API server; nothing is sent yet.

    Raises:
        InvalidInput: ``concurrency`` is out of range.
        ConnectionProblem: The configuration cannot be used.
    """
    concurrency = params["concurrency"]
    if not 1 <= concurrency <= MAX_CONCURRENCY:
        raise InvalidInput("concurrency", f"{concurrency} is out of range", f"use 1 to {MAX_CONCURRENCY}")
    access = Access(
        kubeconfig=params["kubeconfig"] or "",
        context=params["context"] or "",
        host=params["host"] or "",
        api_key=secrets.add(params["api_key"] or ""),
        username=params["username"] or "",
        password=secrets.add(params["password"] or ""),
        client_cert=params["client_cert"] or "",
        client_key=params["client_key"] or "",
        ca_cert=params["ca_cert"] or "",
        verify=params["validate_certs"],
        proxy=params["proxy"] or "",
        impersonate_user=params["impersonate_user"] or "",
        impersonate_groups=tuple(params["impersonate_groups"] or ()),
    )
    for url in (access.host, access.proxy):
        secrets.add_url(url)
    server = find_server(access)
    for url in (server.url, server.proxy):  # of the kubeconfig
        secrets.add_url(url)
    return KubeApi(WatchedTransport(server, concurrency, secrets), concurrency)
