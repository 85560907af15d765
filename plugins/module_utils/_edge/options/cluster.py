# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say which API server and as whom, named as in kubernetes.core, and the way from them to it."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback, missing_required_lib
from ansible.module_utils.compat.version import LooseVersion

from ..._domain.errors import InvalidInput, RegcredError
from ..._kube import packages
from ..._kube.api import KubeApi
from ..._kube.connection.connection import Access, find_server
from ..._kube.connection.credential_plugin import PluginFailed, RunPlugin
from ..._kube.deadline import Deadline, within
from ..._kube.transport import CREDENTIAL_SECONDS, Transport
from ..._node.bounded_run import NotStarted, TookTooLong, WroteTooMuch, program_on_path, run_bounded
from ..secrets import SecretRegister
from .argument_spec import AT_ONCE, SECONDS, ArgumentSpec, path_option


def _option(name: str, **details: t.Any) -> dict[str, t.Any]:
    return {"type": "str", "fallback": (env_fallback, [f"K8S_AUTH_{name.upper()}"]), **details}


CLUSTER_SPEC = ArgumentSpec(
    {
        "kubeconfig": _option("kubeconfig", type="raw"),
        "context": _option("context"),
        "host": _option("host"),
        "api_key": _option("api_key", no_log=True),
        "username": _option("username"),
        "password": _option("password", no_log=True),
        "client_cert": _option("client_cert", type="path", fallback=(env_fallback, ["K8S_AUTH_CERT_FILE"])),
        "client_key": _option("client_key", type="path", no_log=False, fallback=(env_fallback, ["K8S_AUTH_KEY_FILE"])),
        "ca_cert": _option("ca_cert", type="path", fallback=(env_fallback, ["K8S_AUTH_SSL_CA_CERT"])),
        "validate_certs": _option("validate_certs", type="bool", fallback=(env_fallback, ["K8S_AUTH_VERIFY_SSL"])),
        "tls_server_name": _option("tls_server_name"),
        "proxy": _option("proxy"),
        "impersonate_user": _option("impersonate_user"),
        "impersonate_groups": _option("impersonate_groups", type="list", elements="str"),
        "concurrency": {"type": "int", "default": 8},
        "timeout": {"type": "int", "default": 1800},
    },
    required_together=(("username", "password"),),
    bounds={"concurrency": AT_ONCE, "timeout": SECONDS},
)


def connect(params: t.Mapping[str, t.Any], secrets: SecretRegister, *, bounds_run: bool = True) -> KubeApi:
    """
    A way to the API server; nothing is sent yet.

    Args:
        params: The options of ``CLUSTER_SPEC``, within their bounds.
        secrets: Where those of them that are secret are registered.
        bounds_run: Whether ``timeout`` is the time that the whole run may take, and not one of the module's own.

    Raises:
        MissingPackage: What a connection needs is not installed.
        InvalidInput: A path is none, or ``kubeconfig`` neither a path nor a mapping.
        ConnectionProblem: The configuration cannot be used.
    """
    require_packages()
    concurrency = params["concurrency"]
    deadline = Deadline(params["timeout"]) if bounds_run else Deadline()
    paths = {name: path_option(params, name, secrets) for name in ("client_cert", "client_key", "ca_cert")}
    access = Access(
        kubeconfig=_kubeconfig(params["kubeconfig"], secrets),
        context=params["context"] or "",
        host=params["host"] or "",
        api_key=secrets.add(params["api_key"] or ""),
        username=params["username"] or "",
        password=secrets.add(params["password"] or ""),
        **paths,
        verify=params["validate_certs"],
        tls_server_name=params["tls_server_name"] or "",
        proxy=params["proxy"] or "",
        impersonate_user=params["impersonate_user"] or "",
        impersonate_groups=tuple(params["impersonate_groups"] or ()),
        register=secrets.add,
        run_plugin=plugin_runner(deadline.left),
    )
    for url in (access.host, access.proxy):
        secrets.add_url(url)
    server = within(
        min(CREDENTIAL_SECONDS, deadline.left()),
        lambda: find_server(access),
        "kubeconfig: reading it, and running its credential plugin, does not end; see whether kubectl does",
    )
    for url in (server.url, server.proxy):  # of the kubeconfig
        secrets.add_url(url)
    return KubeApi(Transport(server, concurrency, deadline=deadline, watcher=secrets), concurrency)


def _kubeconfig(given: t.Any, secrets: SecretRegister) -> str | t.Mapping[str, t.Any]:
    if isinstance(given, str) and any(character in given for character in "\n{"):
        secrets.add(given)  # the text of a kubeconfig, which is refused
    if given is None or isinstance(given, (str, dict)):
        return given or ""
    raise InvalidInput("kubeconfig", "is neither a path nor a mapping", "give one of them")


LONGEST_SECONDS = 110.0
"""Less than all of the connection may take, so that a plugin is ended before it is given up."""
LARGEST_ANSWER = 1024 * 1024


def plugin_runner(seconds_left: t.Callable[[], float]) -> RunPlugin:
    """What runs plugins; ``seconds_left`` says how much of the run's time there still is."""

    def run(command: t.Sequence[str], environment: t.Mapping[str, str]) -> bytes:
        program, seconds = program_on_path(command[0]), min(seconds_left(), LONGEST_SECONDS)
        if program is None:
            raise PluginFailed("is not installed, or may not be run")
        try:
            done = run_bounded(
                [program, *command[1:]], environment=environment, timeout=seconds, largest_output=LARGEST_ANSWER
            )
        except NotStarted as error:
            raise PluginFailed(f"cannot be started ({error})") from None
        except TookTooLong:
            raise PluginFailed(f"gave no answer within {seconds:.0f} seconds, and was ended") from None
        except WroteTooMuch:
            raise PluginFailed(f"wrote more than {LARGEST_ANSWER} bytes, and was ended") from None
        if done.returncode:
            ended = f"exit code {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
            raise PluginFailed(f"failed ({ended})")
        return done.output

    return run


class MissingPackage(RegcredError):
    """A package is missing on the host that the module runs on, or too old."""


def require_packages() -> None:
    """
    See that the packages are there.

    Raises:
        MissingPackage: naming it, and how it is installed.
    """
    if packages.MISSING:
        raise MissingPackage(str(missing_required_lib(packages.MISSING)))
    version, minimum = packages.URLLIB3_VERSION, packages.MINIMUM
    if LooseVersion(version) < LooseVersion(minimum):
        raise MissingPackage(
            f"the Python package urllib3 {version} ({packages.URLLIB3_PATH}) is too old; install {minimum} or newer"
        )
