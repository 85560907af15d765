# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which API server, and who asks: from options, a kubeconfig or the Pod that this runs in.

The ``kubernetes`` client reads configurations, runs credential plugins and refreshes tokens; nothing else of it is used.
"""

from __future__ import annotations

import os
import ssl
import tempfile
import threading
import traceback
import typing as t
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # documented nowhere, there since 2.7

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.impersonation import read_impersonation
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Headers, Server

IMPORT_PROBLEM: str | None = None
"""The traceback of the missing ``kubernetes`` package, ``None`` when it is there."""

CLIENT_VERSION = CLIENT_PATH = ""
"""Its release, and the file that it was found at."""

try:
    import kubernetes
    from kubernetes import config as kube_config
    from kubernetes.client import Configuration
    from yaml import YAMLError
except ImportError:
    IMPORT_PROBLEM = traceback.format_exc()
else:
    CLIENT_VERSION, CLIENT_PATH = str(kubernetes.__version__), str(kubernetes.__file__)

DEFAULT_KUBECONFIG = "~/.kube/config"
_IN_POD = "KUBERNETES_SERVICE_HOST"


@dataclass(frozen=True)
class Access:
    """
    What the user said about the API server; empty means not said.

    Args:
        kubeconfig: Path of a kubeconfig; several joined as in ``KUBECONFIG``.
        context: The context to use in it.
        host: URL of the API server; wins over the kubeconfig's.
        api_key: Bearer token; ``username`` and ``password`` for basic authentication.
        client_cert: Path of the client certificate; ``client_key`` of its key.
        ca_cert: Path of the authorities to trust.
        verify: ``False`` trusts any server.
        tls_server_name: The name to expect in the server's certificate.
        proxy: URL of an HTTP proxy.
        impersonate_user: Act as this user; ``impersonate_groups`` likewise.
    """

    kubeconfig: str = ""
    context: str = ""
    host: str = ""
    api_key: SecretText = field(default_factory=lambda: SecretText(""))
    username: str = ""
    password: SecretText = field(default_factory=lambda: SecretText(""))
    client_cert: str = ""
    client_key: str = ""
    ca_cert: str = ""
    verify: bool | None = None
    tls_server_name: str = ""
    proxy: str = ""
    impersonate_user: str = ""
    impersonate_groups: tuple[str, ...] = ()


def find_server(access: Access) -> Server:
    """
    Settle where to connect and as whom, without connecting.

    Raises:
        ConnectionProblem: The configuration is missing or cannot be used.
    """
    # The client writes certificates and keys from a kubeconfig to files; here they live until they are read.
    with tempfile.TemporaryDirectory(prefix="regcred-") as folder:
        configuration = _load(access, folder)
        _override(configuration, access)
        tls = _tls(configuration)
    impersonation = _impersonation(access)
    return Server(
        url=str(configuration.host).rstrip("/"),
        tls=tls,
        server_name=configuration.tls_server_name or "",
        proxy=_proxy(configuration),
        proxy_headers=configuration.proxy_headers or {},
        credentials=_credentials(configuration, access),
        impersonation=impersonation,
    )


def _load(access: Access, folder: str) -> t.Any:
    configuration = Configuration()
    if access.host and not access.kubeconfig:
        return configuration
    if not access.kubeconfig and _IN_POD in os.environ and not _default_kubeconfig():
        _load_in_pod(configuration)
        return configuration
    path = access.kubeconfig or _default_kubeconfig()
    _check_kubeconfig(path)
    try:
        kube_config.load_kube_config(
            config_file=path,
            context=access.context or None,
            client_configuration=configuration,
            persist_config=False,
            temp_file_path=folder,
        )
    except kube_config.ConfigException as error:
        raise _unusable(path, access.context, error) from error
    except (OSError, ValueError, KeyError, TypeError, YAMLError) as error:
        raise ConnectionProblem(
            f"kubeconfig {path}: cannot be read ({type(error).__name__}); check it with kubectl"
        ) from error
    return configuration


def _load_in_pod(configuration: t.Any) -> None:
    try:
        kube_config.load_incluster_config(client_configuration=configuration)
    except kube_config.ConfigException as error:
        raise ConnectionProblem(
            f"the Pod's ServiceAccount: cannot be used ({error}); set kubeconfig, or mount the ServiceAccount's token"
        ) from error


def _default_kubeconfig() -> str:
    named = os.environ.get("KUBECONFIG", "")
    default = Path(DEFAULT_KUBECONFIG).expanduser()
    return named or (str(default) if default.exists() else "")


def _check_kubeconfig(path: str) -> None:
    if not path:
        raise ConnectionProblem(
            f"kubeconfig: none is given, and there is no {DEFAULT_KUBECONFIG}; set kubeconfig, K8S_AUTH_KUBECONFIG or host"
        )
    if not any(Path(each).expanduser().exists() for each in path.split(os.pathsep)):
        raise ConnectionProblem(f"kubeconfig {path}: no such file; correct the path or make the file")


def _unusable(path: str, context: str, error: Exception) -> ConnectionProblem:
    try:
        names = [each["name"] for each in kube_config.list_kube_config_contexts(path)[0]]
    except (kube_config.ConfigException, OSError, ValueError, KeyError, TypeError):
        names = []
    if context and context not in names:
        there = ", ".join(names) or "none"
        return ConnectionProblem(f"kubeconfig {path}: has no context {context!r}; use one of: {there}")
    return ConnectionProblem(f"kubeconfig {path}: cannot be used ({error}); check it with kubectl")


def _override(configuration: t.Any, access: Access) -> None:
    """What is said in an option wins over what the kubeconfig says."""
    said = {
        "host": access.host,
        "cert_file": access.client_cert,
        "key_file": access.client_key,
        "ssl_ca_cert": access.ca_cert,
        "tls_server_name": access.tls_server_name,
        "proxy": access.proxy,
    }
    for name, value in said.items():
        if value:
            setattr(configuration, name, value)
    if access.verify is not None:
        configuration.verify_ssl = access.verify


def _tls(configuration: t.Any) -> ssl.SSLContext | None:
    if not str(configuration.host).startswith("https://"):
        return None
    try:
        context = ssl.create_default_context(cafile=configuration.ssl_ca_cert or None)
        if not configuration.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConnectionProblem(
            f"certificates for {configuration.host}: cannot be read ({error}); check ca_cert, client_cert and client_key"
        ) from error
    return context


def _proxy(configuration: t.Any) -> str:
    proxy = configuration.proxy or ""
    host = urlsplit(str(configuration.host)).netloc
    if proxy and proxy_bypass_environment(host, {"no": configuration.no_proxy or ""}):
        return ""
    return proxy


def _credentials(configuration: t.Any, access: Access) -> t.Callable[[], Headers]:
    if access.api_key.reveal():
        header = f"Bearer {access.api_key.reveal()}"
        return lambda: {"Authorization": header}
    if access.username:
        configuration.username, configuration.password = access.username, access.password.reveal()
        basic = configuration.get_basic_auth_token()
        return lambda: {"Authorization": basic}
    lock = threading.Lock()

    def refreshed() -> Headers:
        with lock:
            settings = configuration.auth_settings().values()
        return {each["key"]: each["value"] for each in settings if each["in"] == "header" and each["value"]}

    return refreshed


def _impersonation(access: Access) -> tuple[tuple[str, str], ...]:
    if access.impersonate_user:
        groups = tuple(("Impersonate-Group", group) for group in access.impersonate_groups)
        return (("Impersonate-User", access.impersonate_user), *groups)
    path = access.kubeconfig or ("" if access.host else _default_kubeconfig())
    return read_impersonation(path, access.context) if path else ()
