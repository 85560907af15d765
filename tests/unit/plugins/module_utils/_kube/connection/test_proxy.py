"""Which proxy, and as whom there."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.proxy import (
    OF_KUBECONFIG,
    proxy_in_environment,
    read_proxy,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem


def test_password_in_the_url() -> None:
    """User and password are taken out of the URL, and sent to the proxy alone."""
    proxy = read_proxy("http://user:hunt%40er@proxy.example.com:3128", "proxy")

    assert proxy.url == "http://proxy.example.com:3128"
    assert proxy.headers == {"Proxy-Authorization": "Basic dXNlcjpodW50QGVy"}
    assert set(proxy.secrets) == {"hunt%40er", "hunt@er", "dXNlcjpodW50QGVy"}
    assert "hunt" not in repr(proxy)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ""),
        ("proxy:3128", "http://proxy:3128"),
        ("https://proxy", "https://proxy"),
        ("http://[::1]:1/", "http://[::1]:1/"),
        ("HTTP://proxy:1", "http://proxy:1"),
        ("socks5://proxy", "socks5://proxy"),
        ("socks5h://proxy:1080", "socks5h://proxy:1080"),
    ],
)
def test_url(url: str, expected: str) -> None:
    """A proxy without a scheme is one of HTTP, as for kubectl."""
    assert read_proxy(url, "proxy").url == expected


@pytest.mark.parametrize(
    "url",
    [
        "socks4://u:hunter2@proxy",
        "ftp://u:hunter2@proxy",
        " http://u:hunter2@proxy",
        "http://",
        "http://u:hunter2@",
        "http://u:hunter2@p:x",
        "http://p\nhunter2",
        "http://u:1/hunter2@p:1",
    ],
)
def test_no_proxy_url(url: str) -> None:
    """What is no URL of a proxy is refused, and not quoted."""
    expected = (
        "proxy: is no URL of an HTTP or SOCKS proxy; give one such as http://proxy.example.com:3128 or"
        " socks5://proxy.example.com:1080"
    )
    with pytest.raises(ConnectionProblem) as caught:
        read_proxy(url, "proxy")

    assert str(caught.value) == expected


@pytest.mark.parametrize("url", ["proxy:3128", "localhost:3128", "//proxy:3128", "socks5h://proxy"])
def test_of_a_kubeconfig(url: str) -> None:
    """The proxy of a kubeconfig has a scheme, of fewer than that of the environment: so kubectl wants it."""
    with pytest.raises(ConnectionProblem, match=r"^its cluster: is no URL of an HTTP or SOCKS proxy; "):
        read_proxy(url, "its cluster", OF_KUBECONFIG)


def test_login_for_socks() -> None:
    """A SOCKS proxy gets user and password as they are, and no header."""
    proxy = read_proxy("socks5://us%40er:hunt%3Aer@proxy.example.com", "proxy")

    assert (proxy.url, proxy.login, proxy.headers) == ("socks5://proxy.example.com", ("us@er", "hunt:er"), {})
    assert {"hunt%3Aer", "hunt:er"} <= set(proxy.secrets)
    assert "hunt" not in repr(proxy)


@pytest.mark.parametrize(
    ("host", "no_proxy", "is_used"),
    [
        ("https://api.example.com:6443", "", True),
        ("https://api.example.com:6443", "other.example.com, example.org", True),
        ("https://api.example.com:6443", "a, EXAMPLE.com", False),
        ("https://api.example.com:6443", ".example.com", False),
        ("https://api.example.com:6443", "*.example.com", False),
        ("https://example.com", ".example.com", True),
        ("https://example.com", "example.com", False),
        ("https://notexample.com", "example.com", True),
        ("https://api.example.com:6443", "*", False),
        ("https://api.example.com:6443", "api.example.com:6443", False),
        ("https://api.example.com:6443", "api.example.com:443", True),
        ("https://api.example.com", "api.example.com:443", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", False),
        ("https://11.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", False),
        ("https://10.1.2.3:6443", "10.1.2.3:6444", True),
        ("https://[fd00::1]:6443", "fd00::/8", False),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", False),
        ("https://10.1.2.3:6443", "not/a/network", True),
        ("https://10.1.2.3:6443", " 10.0.0.0/8 , x", False),
        ("https://10.1.2.3:6443", "010.0.0.0/08", False),
        ("https://10.1.2.3:6443", "10.0.0.0/255.0.0.0", True),
        ("https://10.1.2.3:6443", "10.0.0.0/", True),
        ("https://10.1.2.3:6443", "10.0.0.0/33", True),
        ("https://10.1.2.3:6443", "::ffff:10.1.2.3", False),
        ("https://[::ffff:10.1.2.3]:6443", "10.0.0.0/8", False),
        ("https://10.1.2.3:6443", "2.3", True),
        ("https://10.1.2.3:6443", ".3", True),
        ("https://10.1.2.3:6443", "[10.1.2.3]", True),
        ("https://[fd00::1]:6443", "[fd00::1]", True),
        ("https://[fd00::1]:6443", "fd00::1", False),
        ("https://[fd00::1]:6443", "0.0.0.0/0", True),
        ("https://api.example.com:6443", "[api.example.com]:6443", False),
        ("https://api.example.com:6443", "0.0.0.0/0", True),
        ("https://localhost:6443", "", False),
        ("https://127.0.0.1:6443", "", False),
        ("https://[::1]:6443", "", False),
    ],
)
def test_no_proxy(host: str, no_proxy: str, is_used: bool) -> None:
    """``NO_PROXY`` is read as Go reads it, and what is on this machine takes no proxy."""
    found = proxy_in_environment(host, {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": no_proxy}).url

    assert found == ("http://proxy:1" if is_used else "")


def test_variables() -> None:
    """Each scheme has its variable, of which the one in capitals counts first."""
    environment = {"HTTPS_PROXY": "http://a", "https_proxy": "http://b", "http_proxy": "http://c", "no_proxy": "x"}

    assert proxy_in_environment("https://h", environment).url == "http://a"
    assert proxy_in_environment("http://h", environment).url == "http://c"
    assert proxy_in_environment("https://x", environment).url == ""
    assert proxy_in_environment("https://h", {"HTTP_PROXY": "http://c", "ALL_PROXY": "http://d"}).url == ""


def test_broken_variable() -> None:
    """A variable that cannot be used is named, and not quoted."""
    with pytest.raises(
        ConnectionProblem,
        match=r"^the environment variable HTTPS_PROXY: is no URL of an HTTP or SOCKS proxy; give one such as [^;]+$",
    ) as caught:
        proxy_in_environment("https://h", {"HTTPS_PROXY": "ftp://u:hunter2@proxy"})

    assert "hunter2" not in str(caught.value)
