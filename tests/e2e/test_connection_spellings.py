"""Kubeconfigs, addresses, proxies, names and tokens as people write them: kubectl and we make the same of them."""

from __future__ import annotations

import base64
import json
import typing as t
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.e2e.connection_table import (
    LOGIN_IN_URL,
    NOBODY,
    SECRET,
    V1,
    Case,
    Document,
    Stage,
    differences,
    make_stage,
)

FAR: t.Final = "api.example.test"
"""A name that proxies alone know."""
HERE: t.Final = "0.0.0.0"  # noqa: S104  # nothing listens there
"""An address that leads to this machine, and is none of those that never take a proxy."""
CLOSED: t.Final = "http://127.0.0.1:1"


@pytest.fixture(name="stage")
def _stage(cluster: Cluster, tmp_path: Path) -> t.Iterator[Stage]:
    with make_stage(cluster, tmp_path) as stage:
        yield stage


def _files(stage: Stage) -> dict[str, Case]:
    """Lists of kubeconfigs, and files with little or nothing in them."""
    whole = stage.kubeconfig({"token": stage.token})
    head = {"apiVersion": "v1", "kind": "Config"}
    clusters, users, contexts = ({**head, name: whole[name]} for name in ("clusters", "users", "contexts"))
    admin = stage.kubeconfig(stage.certificate)
    lists = {
        "nothing before": ":{0}",
        "nothing after": "{0}:",
        "nothing between": "{0}::{1}",
        "nothing at all": ":",
        "twice": "{0}:{0}",
        "a missing one before": "{0}-gone:{0}",
        "a missing one after": "{0}:{0}-gone",
        "none that is there": "{0}-gone:{0}-lost",
        "a folder": "{0}:/",
        "a blank before": " :{0}",
    }
    cases = {f"list: {name}": Case([whole, admin], environment={"KUBECONFIG": text}) for name, text in lists.items()}
    empty: dict[str, str | bytes] = {
        "no bytes": "",
        "blanks": " \n\n",
        "a comment": "# nothing yet\n",
        "a document that is empty": "---\n",
        "null": "null\n",
        "a mapping": "{}\n",
        "kind alone": "apiVersion: v1\nkind: Config\n",
        "nulls": "apiVersion: v1\nkind: Config\nclusters: null\nusers:\ncontexts: ~\ncurrent-context: null\npreferences:\n",
    }
    for name, text in empty.items():
        cases[f"empty: {name}"] = Case([text])
        cases[f"empty: {name}, before one"] = Case([text, whole])
        cases[f"empty: {name}, after one"] = Case([whole, text])
    current = {**head, "current-context": "main"}
    cases |= {
        "three files": Case([{**contexts, **current}, clusters, users]),
        "three files, backwards": Case([users, clusters, {**contexts, **current}]),
        "four files": Case([current, users, contexts, clusters]),
        "three files, and no current context": Case([users, clusters, contexts]),
        "user of the first file": Case([users, {**admin, "current-context": "main"}]),
        "user that a later file repeats": Case([{**head, "users": [{"name": "u", "user": {}}]}, whole]),
        "context of the first file": Case([{**current, "current-context": "gone"}, whole]),
        "broken, after one": Case([whole, "a: ["]),
        "another kind, after one": Case([whole, {**head, "kind": "Pod"}]),
    }
    return cases


def _texts(stage: Stage) -> dict[str, Case]:
    """One kubeconfig in all ways to write it down."""
    document = stage.kubeconfig({"token": stage.token})
    server, authority = stage.cluster["server"], stage.cluster["certificate-authority-data"]
    yaml = (
        f"apiVersion: v1\nkind: Config\ncurrent-context: main\nclusters:\n- name: c\n  cluster:\n    server: {server}\n"
        f"    certificate-authority-data: {authority}\ncontexts:\n- name: main\n  context: {{cluster: c, user: u}}\n"
        f"users:\n- name: u\n  user:\n    token: {stage.token}\n"
    )
    without = {name: value for name, value in document.items() if name not in ("apiVersion", "kind")}
    texts: dict[str, str | bytes] = {
        "YAML": yaml,
        "JSON": json.dumps(document, indent=2),
        "a byte order mark": "\ufeff" + yaml,
        "JSON after a byte order mark": "\ufeff" + json.dumps(document),
        "UTF-16": yaml.encode("utf-16"),
        "Latin-1": b"# \xe9\n" + yaml.encode(),
        "line ends of Windows": yaml.replace("\n", "\r\n"),
        "a document marker": f"---\n{yaml}",
        "two documents": f"{yaml}---\n{yaml}",
        "a document after an empty one": f"---\n---\n{yaml}",
        "an end marker": f"{yaml}...\n",
        "tabs": yaml.replace("  ", "\t"),
        "an alias": yaml.replace(f"token: {stage.token}", f"token: &t {stage.token}").replace("name: u", "name: u"),
        "a merge": yaml.replace("    token:", "    <<: {username: ''}\n    token:"),
        "a member twice": f"{yaml}    token: {SECRET}\n",
        "a section twice": f"{yaml}users: []\n",
        "unknown members": f"{yaml}nonsense: [1, {{a: b}}]\n",
        "another letter case": yaml.replace("token:", "Token:"),
        "no version and kind": json.dumps(without),
        "version 2": yaml.replace("apiVersion: v1", "apiVersion: v2"),
        "a group": yaml.replace("apiVersion: v1", "apiVersion: x/v1"),
        "a text": "hunter2\n",
        "a list": "[]\n",
        "a number": "5\n",
        "a base64 of it": base64.b64encode(yaml.encode()),
        "no text": b"\x00\x01\x02",
        "authority over several lines": yaml.replace(authority, f"|\n      {authority[:76]}\n      {authority[76:]}"),
        "token as a block": yaml.replace(f"token: {stage.token}", f"token: >-\n      {stage.token}"),
        "name that is a number": yaml.replace("name: u", "name: 12").replace("user: u}", "user: 12}"),
        "name that is a word for true": yaml.replace("name: u", "name: yes").replace("user: u}", "user: yes}"),
        "escaped pairs": json.dumps(stage.kubeconfig({"token": stage.token, "as": "a😀"})),
        "name beyond ASCII": yaml.replace("name: u", "name: jürgen").replace("user: u}", "user: jürgen}"),
    }
    cases = {name: Case([text]) for name, text in texts.items()}
    for text in ("2020-01-01", "12:30:45"):
        cases[f"name {text}"] = Case(
            [yaml.replace("name: u", f"name: {text}").replace("user: u}", f"user: {text}}}")],
            ours=NOBODY,
            documented="a name that is a date or a time of day without quotes",
        )
    return cases


def _types(stage: Stage) -> dict[str, Case]:
    """Members that are not of their type."""
    token = {"token": stage.token}
    clusters: dict[str, t.Any] = {
        "server": 5,
        "insecure-skip-tls-verify": "false",
        "tls-server-name": 5,
        "proxy-url": 5,
        "certificate-authority": 5,
        "certificate-authority-data": [],
        "disable-compression": "x",
        "extensions": "x",
    }
    users: dict[str, t.Any] = {
        "tokenFile": 5,
        "username": [],
        "password": 5,
        "client-key-data": 5,
        "as": 5,
        "as-uid": 5,
        "as-groups": "x",
        "as-user-extra": {"a": "b"},
        "exec": [],
        "auth-provider": "gcp",
    }
    providers: dict[str, t.Any] = {
        "list for a name": {"name": ["gcp"]},
        "mapping for a name": {"name": {"gcp": 1}},
        "number for a name": {"name": 5},
        "text for config": {"name": "oidc", "config": "x"},
        "number in config": {"name": "oidc", "config": {"id-token": 5}},
        "list": [],
    }
    plugins: dict[str, t.Any] = {
        "args": "x",
        "env": "x",
        "command": 5,
        "apiVersion": 5,
        "interactiveMode": 5,
        "installHint": 5,
        "provideClusterInfo": "x",
    }
    cases = {f"cluster: {name}": stage.kubeconfig(token, {name: value}) for name, value in clusters.items()}
    cases |= {f"user: {name}": stage.kubeconfig({**token, name: value}) for name, value in users.items()}
    cases |= {f"provider: {name}": stage.kubeconfig({"auth-provider": each}) for name, each in providers.items()}
    answer = {"apiVersion": V1, "kind": "ExecCredential", "status": token}
    working = stage.plugin(f"print({json.dumps(answer)!r})")["exec"]
    for name, value in plugins.items():
        cases[f"plugin: {name}"] = stage.kubeconfig({"exec": {**working, name: value}})
    items: dict[str, Document] = {
        "argument": {"args": [5]},
        "variable": {"env": [5]},
        "name of a variable": {"env": [{"name": 5, "value": "x"}]},
        "value of a variable": {"env": [{"name": "A", "value": 5}]},
    }
    cases |= {f"plugin: {name}": stage.kubeconfig({"exec": {**working, **more}}) for name, more in items.items()}
    whole = stage.kubeconfig(token)
    tops: dict[str, t.Any] = {
        "kind": 5,
        "apiVersion": 5,
        "current-context": 5,
        "clusters": {},
        "users": "x",
        "contexts": 5,
        "preferences": "x",
    }
    cases |= {f"top: {name}": {**whole, name: value} for name, value in tops.items()}
    entries: dict[str, t.Any] = {
        "null": None,
        "number": 5,
        "without a name": {"user": {}},
        "number for a name": {"name": 5, "user": {}},
        "no user": {"name": "x"},
        "null for a user": {"name": "x", "user": None},
        "empty name": {"name": "", "user": {}},
    }
    cases |= {f"item: {name}": {**whole, "users": [*whole["users"], item]} for name, item in entries.items()}
    context = {"cluster": "c", "user": "u"}
    contexts: dict[str, t.Any] = {
        "number for a user": {**context, "user": 5},
        "no user": {"cluster": "c"},
        "no cluster": {"user": "u"},
        "a namespace that cannot be": {**context, "namespace": "Not A Name"},
        "number for a namespace": {**context, "namespace": 5},
    }
    for name, value in contexts.items():
        cases[f"context: {name}"] = {**whole, "contexts": [{"name": "main", "context": value}]}
    twice = {"certificate-authority": stage.authority}
    cases["authority twice"] = stage.kubeconfig(token, twice)
    cases["authority that is no base64"] = stage.kubeconfig(token, {"certificate-authority-data": "###"})
    cases["key twice"] = stage.kubeconfig({**stage.certificate, "client-key": stage.authority})
    cases["key alone"] = stage.kubeconfig({**token, "client-key-data": stage.certificate["client-key-data"]})
    return {name: Case([document]) for name, document in cases.items()}


def _addresses(stage: Stage) -> dict[str, Case]:
    """Ways to write where the API server is."""
    port, six = stage.port, stage.proxies.six.rpartition(":")[2]
    named = {"tls-server-name": "127.0.0.1"}
    servers = {
        "capitals": f"HTTPS://127.0.0.1:{port}",
        "a name in capitals": f"https://LOCALHOST:{port}",
        "a name with a dot": f"https://localhost.:{port}",
        "a slash": f"https://127.0.0.1:{port}/",
        "two slashes": f"https://127.0.0.1:{port}//",
        "a path": f"https://127.0.0.1:{port}/k8s/clusters/c-1",
        "an empty query": f"https://127.0.0.1:{port}?",
        "an empty fragment": f"https://127.0.0.1:{port}#",
        "IPv6": f"https://[::1]:{six}",
        "IPv6, written out": f"https://[0:0:0:0:0:0:0:1]:{six}",
        "IPv6, capitals": f"HTTPS://[::1]:{six}/",
        "IPv6 for IPv4": f"https://[::ffff:127.0.0.1]:{port}",
        "IPv6 without brackets": f"https://::1:{six}",
        "IPv6 with one bracket": f"https://[::1:{six}",
        "a zone that is not escaped": f"https://[::1%lo]:{six}",
        "no scheme": f"127.0.0.1:{port}",
        "no scheme but slashes": f"//127.0.0.1:{port}",
        "one slash": f"https:/127.0.0.1:{port}",
        "another scheme": f"ftp://127.0.0.1:{port}",
        "no TLS": f"http://127.0.0.1:{port}",
        "no port": "https://127.0.0.1",
        "an empty port": "https://127.0.0.1:",
        "a port too large": "https://127.0.0.1:99999",
        "a port that is none": "https://127.0.0.1:https",
        "port 0": "https://127.0.0.1:0",
        "a sign": f"https://127.0.0.1:+{port}",
        "a leading zero": f"https://127.0.0.1:0{port}",
        "a blank before": f" https://127.0.0.1:{port}",
        "a blank after": f"https://127.0.0.1:{port} ",
        "a line break after": f"https://127.0.0.1:{port}\n",
        "a tab within": f"https://127.0.0.1\t:{port}",
        "a NUL": f"https://127.0.0.1\0:{port}",
        "a user": f"https://u:{SECRET}@127.0.0.1:{port}",
        "a name beyond ASCII": f"https://jürgen.example.test:{port}",
        "a name too long": f"https://{'a' * 64}.test:{port}",
        "an empty label": f"https://a..test:{port}",
        "a surrogate": f"https://\ud800.test:{port}",
        "a percent sign": f"https://127.0.0.1%00:{port}",
        "a backslash": f"https:\\\\127.0.0.1:{port}",
    }
    user = {"token": stage.token}
    cases = {name: Case([stage.kubeconfig(user, {**named, "server": server})]) for name, server in servers.items()}
    for name, server in {
        "query": f"https://127.0.0.1:{port}?token={SECRET}",
        "fragment": f"https://127.0.0.1:{port}#{SECRET}",
    }.items():
        document = stage.kubeconfig(user, {**named, "server": server})
        cases[name] = Case([document], ours=NOBODY, documented="a query or fragment in the server's URL")
    options = {"IPv6": f"https://[::1]:{six}", "capitals": f"HTTPS://127.0.0.1:{port}", "none": "https://"}
    for name, server in options.items():
        cases[f"host: {name}"] = Case(
            [stage.kubeconfig(user)],
            [f"--server={server}", "--tls-server-name=127.0.0.1"],
            {"host": server, "tls_server_name": "127.0.0.1", "kubeconfig": "{0}"},
        )
    return cases


def _proxy_urls(stage: Stage) -> dict[str, Case]:
    """What ``proxy-url`` can be; ``NO_PROXY`` does not touch it."""
    proxies, user = stage.proxies, {"token": stage.token}
    far = {"server": f"https://{FAR}:{stage.port}", "tls-server-name": "127.0.0.1"}
    urls = {
        "HTTP": f"http://{proxies.http}",
        "capitals": f"HTTP://{proxies.http}",
        "a path": f"http://{proxies.http}/path",
        "a query": f"http://{proxies.http}?a=b",
        "IPv6": f"http://{proxies.http_six}",
        "without a scheme": proxies.http,
        "without a scheme, a name": f"localhost:{proxies.http.rpartition(':')[2]}",
        "slashes alone": f"//{proxies.http}",
        "nothing": "http://",
        "a blank": f" http://{proxies.http}",
        "a line break": f"http://{proxies.http}\n",
        "a login": f"http://{LOGIN_IN_URL}@{proxies.http_login}",
        "a login where none is wanted": f"http://u:{SECRET}@{proxies.http}",
        "no login where one is wanted": f"http://{proxies.http_login}",
        "a wrong login": f"http://u:{SECRET}@{proxies.http_login}",
        "half a login": f"http://u@{proxies.http_login}",
        "a login that is not escaped": f"http://u:{SECRET}%zz@{proxies.http_login}",
        "SOCKS": f"socks5://{proxies.socks}",
        "SOCKS, capitals": f"SOCKS5://{proxies.socks}",
        "SOCKS with a login": f"socks5://{LOGIN_IN_URL}@{proxies.socks_login}",
        "SOCKS with a login where none is wanted": f"socks5://u:{SECRET}@{proxies.socks}",
        "SOCKS without its login": f"socks5://{proxies.socks_login}",
        "SOCKS with a wrong login": f"socks5://u:{SECRET}@{proxies.socks_login}",
        "SOCKS with half a login": f"socks5://u@{proxies.socks_login}",
        "SOCKS with a login that is too long": f"socks5://u:{SECRET * 40}@{proxies.socks_login}",
        "SOCKS with names": f"socks5h://{proxies.socks}",
        "SOCKS 4": f"socks4://{proxies.socks}",
        "SOCKS that speaks HTTP": f"socks5://{proxies.http}",
        "SOCKS behind TLS": f"socks5://{proxies.https}",
        "HTTP that speaks SOCKS": f"http://{proxies.socks}",
        "nobody there": CLOSED,
        "SOCKS, nobody there": "socks5://127.0.0.1:1",
        "SOCKS without a port": "socks5://127.0.0.1",
        "TLS that nobody trusts": f"https://{proxies.https}",
        "TLS that nobody speaks": f"https://{proxies.http}",
        "another scheme": f"ftp://{proxies.http}",
    }
    cases = {name: Case([stage.kubeconfig(user, {**far, "proxy-url": url})]) for name, url in urls.items()}
    socks = f"socks5://{proxies.socks}"
    both = base64.b64decode(stage.cluster["certificate-authority-data"]) + b"\n" + proxies.authority
    tls = {"proxy-url": f"https://{proxies.https}", "certificate-authority-data": base64.b64encode(both).decode()}
    addresses = {
        "IPv4": f"https://127.0.0.1:{stage.port}",
        "IPv6": f"https://[::1]:{stage.port}",
        "long": f"https://{'a' * 300}:{stage.port}",
    }
    for name, server in addresses.items():
        document = stage.kubeconfig(user, {**far, "server": server, "proxy-url": socks})
        cases[f"SOCKS to {name}"] = Case([document])
    cases |= {
        "SOCKS, with NO_PROXY": Case(
            [stage.kubeconfig(user, {**far, "proxy-url": socks})], environment={"NO_PROXY": "*"}
        ),
        "SOCKS, to IPv6 and a certificate": Case([stage.kubeconfig(stage.certificate, {**far, "proxy-url": socks})]),
        "proxy-url before the environment": Case(
            [stage.kubeconfig(user, {**far, "proxy-url": socks})], environment={"HTTPS_PROXY": CLOSED}
        ),
        "CIDR in NO_PROXY beside proxy-url": Case(
            [stage.kubeconfig(user, {**far, "server": f"https://{HERE}:{stage.port}", "proxy-url": CLOSED})],
            environment={"NO_PROXY": "0.0.0.0/8"},
        ),
        "TLS that the cluster's authority vouches for": Case(
            [stage.kubeconfig(user, {"tls-server-name": "127.0.0.1", **tls})]
        ),
        "TLS that is not looked at": Case(
            [stage.kubeconfig(user, {**tls, "insecure-skip-tls-verify": True, "certificate-authority-data": ""})]
        ),
    }
    return cases


def _environment(stage: Stage) -> dict[str, Case]:
    """Which proxy the environment names, and for whom not: where one is used that is closed, nobody answers."""
    user, port = {"token": stage.token}, stage.port
    here = stage.kubeconfig(user, {"server": f"https://{HERE}:{port}", "tls-server-name": "127.0.0.1"})
    far = stage.kubeconfig(user, {"server": f"https://{FAR}:{port}", "tls-server-name": "127.0.0.1"})
    near = stage.kubeconfig(user)
    proxy = f"http://{stage.proxies.http}"
    addresses = [
        "0.0.0.0/8", "0.0.0.0/0", "0.0.0.0/32", "0.0.0.1/8", " 0.0.0.0/8 ", "x,0.0.0.0/8", "0.0.0.0/8,x", "00.0.0.0/8", "0.0.0.0/08",
        "0.0.0.0/33", "0.0.0.0/-1", "0.0.0.0/255.0.0.0", "0.0.0.0/", "0.0.0/8", "::/0", "::ffff:0.0.0.0",
        HERE, f"0.0.0.0:{port}", "0.0.0.0:1", "0.0.0.0:", "[0.0.0.0]", f"[0.0.0.0]:{port}", "00.0.0.0", "0", "0.0", ".0", "*.0",
        "0.0.0.0 x", "x 0.0.0.0", "0.0.0.0;x", "*", " * ", "*,x", "x,*", "**", "*.*", "", ",", f":{port}", "/", "/8",
        f"https://{HERE}", "10.0.0.0/8",
    ]  # fmt: skip
    names = [
        FAR, "example.test", ".example.test", "*.example.test", "EXAMPLE.Test", "test", ".test", "xample.test", "pi.example.test",
        f"{FAR}:{port}", f"{FAR}:443", f"{FAR}:", f".example.test:{port}", f"*.example.test:{port}", f"{FAR}.", "*example.test", "a*",
        f"[{FAR}]", f"[{FAR}]:{port}", f"https://{FAR}", "0.0.0.0/0", "..example.test", "*.", "*.:1", ".", "..",
    ]  # fmt: skip
    cases = {
        f"address, {text!r}": Case([here], environment={"HTTPS_PROXY": CLOSED, "NO_PROXY": text}) for text in addresses
    }
    cases |= {f"name, {text!r}": Case([far], environment={"HTTPS_PROXY": proxy, "NO_PROXY": text}) for text in names}
    login = f"{LOGIN_IN_URL}@{stage.proxies.http_login}"
    variables: dict[str, dict[str, str]] = {
        "capitals": {"HTTPS_PROXY": proxy},
        "small letters": {"https_proxy": proxy},
        "both": {"HTTPS_PROXY": proxy, "https_proxy": CLOSED},
        "both, the other way": {"HTTPS_PROXY": CLOSED, "https_proxy": proxy},
        "an empty one before": {"HTTPS_PROXY": "", "https_proxy": proxy},
        "that of HTTP": {"HTTP_PROXY": proxy},
        "that of all": {"ALL_PROXY": proxy},
        "small no_proxy": {"HTTPS_PROXY": proxy, "no_proxy": "*"},
        "both of no_proxy": {"HTTPS_PROXY": proxy, "NO_PROXY": "x", "no_proxy": "*"},
        "an empty no_proxy before": {"HTTPS_PROXY": proxy, "NO_PROXY": "", "no_proxy": "*"},
        "without a scheme": {"HTTPS_PROXY": stage.proxies.http},
        "a login without a scheme": {"HTTPS_PROXY": login},
        "a name without a scheme": {"HTTPS_PROXY": f"localhost:{stage.proxies.http.rpartition(':')[2]}"},
        "a login": {"HTTPS_PROXY": f"http://{login}"},
        "capitals in it": {"HTTPS_PROXY": f"HTTP://{stage.proxies.http}"},
        "SOCKS": {"HTTPS_PROXY": f"socks5://{stage.proxies.socks}"},
        "SOCKS with names": {"HTTPS_PROXY": f"socks5h://{stage.proxies.socks}"},
        "SOCKS with a login": {"HTTPS_PROXY": f"socks5://{LOGIN_IN_URL}@{stage.proxies.socks_login}"},
        "SOCKS with names and a login": {"HTTPS_PROXY": f"socks5h://{LOGIN_IN_URL}@{stage.proxies.socks_login}"},
        "SOCKS of no version": {"HTTPS_PROXY": f"socks://{stage.proxies.socks}"},
        "a blank before": {"HTTPS_PROXY": f" {proxy}"},
        "slashes alone": {"HTTPS_PROXY": f"//{stage.proxies.http}"},
    }
    cases |= {f"variable, {name}": Case([far], environment=given) for name, given in variables.items()}
    for name, url in {"a port": "http://p:x", "a bracket": "http://[::1"}.items():
        cases[f"variable, broken, {name}"] = Case([here], environment={"HTTPS_PROXY": url})
    # kubectl goes without a proxy where it cannot read the variable, and speaks HTTP to one of another scheme.
    for name, url in {"another scheme": f"ftp://{stage.proxies.http}", "an escape": f"http://{SECRET}%zz@p:1"}.items():
        cases[f"variable, {name}"] = Case(
            [here],
            environment={"HTTPS_PROXY": url},
            ours=NOBODY,
            documented="an environment variable that names no HTTP or SOCKS proxy",
        )
    spellings = {
        "localhost": "localhost", "localhost.": "localhost.", "mapped": "[::ffff:127.0.0.1]", "127.0.0.2": "127.0.0.2",
    }  # fmt: skip
    for name, host in spellings.items():
        document = stage.kubeconfig(user, {"server": f"https://{host}:{port}", "tls-server-name": "127.0.0.1"})
        cases[f"this machine, {name}"] = Case([document], environment={"HTTPS_PROXY": CLOSED})
    six = stage.kubeconfig(user, {"server": f"https://[fd00::1]:{port}", "tls-server-name": "127.0.0.1"})
    for text in (
        "fd00::1",
        "[fd00::1]",
        f"[fd00::1]:{port}",
        "[fd00::1]:1",
        "::/0",
        "fd00::/8",
        "0.0.0.0/0",
        "fd00:0:0:0:0:0:0:1",
        "x",
    ):
        cases[f"IPv6, {text!r}"] = Case([six], environment={"HTTPS_PROXY": proxy, "NO_PROXY": text})
    cases["this machine"] = Case([near], environment={"HTTPS_PROXY": CLOSED})
    return cases


def _names(stage: Stage) -> dict[str, Case]:
    """Whom to act as, in letters of all kinds."""
    names = {
        "Latin": "jürgen",
        "beyond Latin": "日本",
        "beyond the first plane": "a😀",
        "one byte": "ÿ",
        "a blank within": "a b",
        "a tab": "a\tb",
        "a line break": "a\nb",
        "a carriage return": "a\rb",
        "a NUL": "a\0b",
        "DEL": "a\x7fb",
        "C1": "a\x85b",
        "no-break space": "\u00a0a",
        "separator": "a\u2028b",
        "quotes": "\"a'\\",
        "colon": "system:serviceaccount:default:default",
        "percent": "a%20b",
        "long": "a" * 4000,
        "no UTF-8": "a\ud800",
    }
    cases: dict[str, Case] = {}
    for name, text in names.items():
        cases[f"user: {name}"] = Case([stage.kubeconfig({**stage.certificate, "as": text})])
        cases[f"group: {name}"] = Case([stage.kubeconfig({**stage.certificate, "as": "x", "as-groups": [text]})])
        cases[f"uid: {name}"] = Case([stage.kubeconfig({**stage.certificate, "as": "x", "as-uid": text})])
        extra = {"a": [text]}
        cases[f"extra: {name}"] = Case([stage.kubeconfig({**stage.certificate, "as": "x", "as-user-extra": extra})])
        extra = {text: ["x"]}
        cases[f"key: {name}"] = Case([stage.kubeconfig({**stage.certificate, "as": "x", "as-user-extra": extra})])
    admin = stage.kubeconfig(stage.certificate)
    for name in ("Latin", "beyond Latin", "beyond the first plane", "a tab"):
        text = names[name]
        cases[f"option: {name}"] = Case(
            [admin],
            [f"--as={text}", f"--as-group={text}", "--as-group=y"],
            {"impersonate_user": text, "impersonate_groups": (text, "y")},
        )
    # kubectl speaks HTTP/2, which keeps blanks; HTTP/1.1 drops them, and the API server would see another user.
    for text in (" ", " a", "a ", "a\t"):
        ends: dict[str, Document] = {
            "user": {"as": text},
            "group": {"as": "x", "as-groups": [text]},
            "uid": {"as": "x", "as-uid": text},
            "extra": {"as": "x", "as-user-extra": {"a": [text]}},
        }
        for name, fields in ends.items():
            cases[f"{name}: {text!r}"] = Case(
                [stage.kubeconfig({**stage.certificate, **fields})],
                ours=NOBODY,
                documented="a blank at either end of a user, group or other name to act as",
            )
    more: dict[str, Document] = {
        "no groups": {"as-groups": []},
        "an empty group": {"as-groups": [""]},
        "a group twice": {"as-groups": ["a", "a"]},
        "an empty key": {"as-user-extra": {"": ["x"]}},
        "no values": {"as-user-extra": {"a": []}},
        "an empty value": {"as-user-extra": {"a": [""]}},
        "slashes": {"as-user-extra": {"example.com/a_b~c": ["x"]}},
        "signs": {"as-user-extra": {"a!#$&'*+-.^_`|~%(),:;<=>?@[]{}": ["x"]}},
        "null": {"as-groups": None, "as-user-extra": None, "as-uid": None},
    }
    cases |= {
        f"more: {name}": Case([stage.kubeconfig({**stage.certificate, "as": "x", **each})])
        for name, each in more.items()
    }
    return cases


def _tokens(stage: Stage) -> dict[str, Case]:
    """Tokens with something around or within them."""
    good = stage.token
    texts = {
        "a line break after": f"{good}\n",
        "a line end of Windows": f"{good}\r\n",
        "a line break before": f"\n{good}",
        "a blank after": f"{good} ",
        "a blank before": f" {good}",
        "a tab after": f"{good}\t",
        "a line break within": f"{good[:20]}\n{good[20:]}",
        "a blank within": f"{good[:20]} {good[20:]}",
        "a letter beyond ASCII": f"{good}é",
        "beyond Latin": f"{good}日",
        "a NUL": f"{good}\0",
        "a byte order mark": f"\ufeff{good}",
        "Bearer before": f"Bearer {good}",
        "quotes": f'"{good}"',
        "blanks alone": "  ",
        "a line break alone": "\n",
    }
    cases: dict[str, Case] = {}
    for name, text in texts.items():
        (stage.folder / f"token-{len(cases)}").write_bytes(text.encode())
        cases[f"file: {name}"] = Case([stage.kubeconfig({"tokenFile": f"token-{len(cases)}"})])
        cases[f"member: {name}"] = Case([stage.kubeconfig({"token": text})])
    for name, text in {"a second word": f"{good} x", "a no-break space": f"{good}\u00a0"}.items():
        cases[f"stricter: {name}"] = Case(
            [stage.kubeconfig({"token": text})], ours=NOBODY, documented="a blank or a letter beyond ASCII in a token"
        )
    (stage.folder / "empty").write_bytes(b"")
    (stage.folder / "good").write_bytes(good.encode())
    (stage.folder / "latin").write_bytes(b"\xe9" + good.encode())
    users: dict[str, Document] = {
        "empty file": {"tokenFile": "empty"},
        "not UTF-8": {"tokenFile": "latin"},
        "a folder": {"tokenFile": "/"},
        "below a file": {"tokenFile": "good/x"},
        "empty file, beside a token": {"token": good, "tokenFile": "empty"},
        "missing file, beside a token": {"token": good, "tokenFile": "gone"},
        "file, beside a wrong token": {"token": "wrong", "tokenFile": "good"},
        "wrong file, beside a token": {"token": good, "tokenFile": "ca.pem"},
        "file, beside a password": {"tokenFile": "good", "username": "u", "password": SECRET},
        "file, beside a certificate": {"tokenFile": "good", **stage.certificate},
        "password of two lines": {"username": "u", "password": f"{SECRET}\nx"},
        "user beyond ASCII": {"username": "jürgen", "password": SECRET},
        "colon in the user": {"username": "a:b", "password": SECRET},
        "password alone": {"password": SECRET},
        "user alone": {"username": "u"},
        "nothing": {},
    }
    assert stage.authority
    return cases | {name: Case([stage.kubeconfig(user)]) for name, user in users.items()}


def _providers(stage: Stage) -> dict[str, Case]:
    """Providers that kubectl knows no more, and the one that it knows."""

    def token(**claims: t.Any) -> str:
        parts = [{"alg": "none"}, claims]
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join([*encoded, SECRET])

    client = {"idp-issuer-url": "https://127.0.0.1:1", "client-id": "x"}
    providers: dict[str, t.Any] = {
        "gcp": {"name": "gcp", "config": {"access-token": SECRET, "cmd-path": "gcloud"}},
        "azure": {"name": "azure", "config": {"access-token": SECRET}},
        "openstack": {"name": "openstack"},
        "no name": {"config": {}},
        "empty name": {"name": ""},
        "capitals": {"name": "OIDC", "config": {**client, "id-token": stage.token}},
        "oidc": {"name": "oidc", "config": {**client, "id-token": stage.token}},
        "oidc without an issuer": {"name": "oidc", "config": {"client-id": "x", "id-token": stage.token}},
        "oidc without a client": {
            "name": "oidc",
            "config": {"idp-issuer-url": "https://127.0.0.1:1", "id-token": stage.token},
        },
        "oidc without a config": {"name": "oidc"},
        "oidc, null": {"name": "oidc", "config": None},
        "oidc, nothing": {"name": "oidc", "config": client},
        "oidc, expired": {"name": "oidc", "config": {**client, "id-token": token(exp=1)}},
        "oidc, expired, with a refresh token": {
            "name": "oidc",
            "config": {**client, "id-token": token(exp=1), "refresh-token": SECRET},
        },
        "oidc, of nobody": {"name": "oidc", "config": {**client, "id-token": token(exp=99999999999)}},
        "oidc, without an end": {"name": "oidc", "config": {**client, "id-token": token(sub="x")}},
        "oidc, no token": {"name": "oidc", "config": {**client, "id-token": SECRET}},
        "oidc, an end that is none": {"name": "oidc", "config": {**client, "id-token": token(exp=[])}},
        "oidc, infinity": {"name": "oidc", "config": {**client, "id-token": "e30.eyJleHAiOjFlOTk5fQ.x"}},
        "oidc, two lines": {"name": "oidc", "config": {**client, "id-token": f"{stage.token}\nx"}},
        "oidc, a line break": {"name": "oidc", "config": {**client, "id-token": f"{stage.token}\n"}},
        "oidc, deep": {
            "name": "oidc",
            "config": {**client, "id-token": f"e30.{base64.urlsafe_b64encode(b'[' * 5000).decode()}.x"},
        },
        "null": None,
    }
    cases = {name: Case([stage.kubeconfig({"auth-provider": each})]) for name, each in providers.items()}
    for name in ("gcp", "openstack", "oidc without an issuer", "oidc, expired", "oidc, of nobody"):
        provider = {"auth-provider": providers[name]}
        cases[f"{name}, beside a token"] = Case([stage.kubeconfig({**provider, "token": stage.token})])
        cases[f"{name}, beside a certificate"] = Case([stage.kubeconfig({**provider, **stage.certificate})])
        cases[f"{name}, beside a password"] = Case(
            [stage.kubeconfig({**provider, "username": "u", "password": SECRET})]
        )
    return cases


GROUPS: t.Final = (_files, _texts, _types, _addresses, _proxy_urls, _environment, _names, _tokens, _providers)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # for cases that ask for it
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__.strip("_"))
def test_same_outcome(
    group: t.Callable[[Stage], dict[str, Case]], stage: Stage, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever kubectl is, we are; where it refuses, we refuse, and quote no secret; what differs is documented."""
    cases = group(stage)

    found = differences(cases, stage, cluster, monkeypatch)

    assert not found, f"{len(found)} of {len(cases)}:\n" + "\n".join(found)
