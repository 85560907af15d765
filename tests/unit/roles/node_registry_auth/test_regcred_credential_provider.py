"""The credential provider that comes with the role, run as a kubelet runs it."""

from __future__ import annotations

import base64
import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.unit.conftest import ROOT

PROGRAM = ROOT / "roles" / "node_registry_auth" / "files" / "regcred-credential-provider"
GROUP = "credentialprovider.kubelet.k8s.io"
SECRET = "made-up:Secr€t"


class Provider:
    """The program and its file."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "credentials.json"

    def write(self, content: t.Any, mode: int = 0o600) -> None:
        """Make the file."""
        self.config.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        self.config.chmod(mode)

    def ask(self, version: str = "v1", **others: t.Any) -> subprocess.CompletedProcess[str]:
        """Ask for an image."""
        request = {"kind": "CredentialProviderRequest", "apiVersion": f"{GROUP}/{version}", "image": "r/i", **others}
        return self.send(json.dumps(request) + "\n")

    def send(self, text: str) -> subprocess.CompletedProcess[str]:
        """Write to its standard input."""
        command = [str(PROGRAM), "--config", str(self.config)]
        return subprocess.run(command, check=False, capture_output=True, input=text, text=True, timeout=30)


@pytest.fixture(name="provider")
def _provider(tmp_path: Path) -> Provider:
    return Provider(tmp_path)


def auth(text: str, *, padded: bool = True) -> str:
    """As docker login writes it."""
    encoded = base64.b64encode(text.encode()).decode()
    return encoded if padded else encoded.rstrip("=")


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_response(provider: Provider, version: str) -> None:
    """All credentials of the file, in the version of the request; entries without one are left out."""
    provider.write(
        {
            "auths": {
                "https://index.docker.io/v1/": {"auth": auth(f"robot:{SECRET}"), "email": "x"},
                "*.example.com/team": {"username": "robot", "password": SECRET},
                "both.example.com": {"auth": auth("a:b", padded=False), "username": "x", "password": "y"},
                "helper.example.com": {},
            },
            "credsStore": "desktop",
        }
    )
    done = provider.ask(version)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "kind": "CredentialProviderResponse",
        "apiVersion": f"{GROUP}/{version}",
        "cacheKeyType": "Global",
        "auth": {
            "https://index.docker.io/v1/": {"username": "robot", "password": SECRET},
            "*.example.com/team": {"username": "robot", "password": SECRET},
            "both.example.com": {"username": "a", "password": "b"},
        },
    }


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f'{{"auths": "{SECRET}', "credentials.json: is not JSON"),
        ("[" * 200_000 + "]" * 200_000, "credentials.json: is nested too deeply to be read"),
        ({"quay.io": {"auth": SECRET}}, "credentials.json: has no auths"),
        ([SECRET], "credentials.json: has no auths"),
        (
            {"auths": {"a": {}, "b": {"auth": f"!{SECRET}"}}},
            "entry 2 of auths has an auth that is not base64 of a text",
        ),
        (
            {"auths": {"a": {"auth": auth("Secr€t")}}},
            "entry 1 of auths has an auth that is not base64 of username:password",
        ),
        ({"auths": {"a": {"username": [SECRET]}}}, "entry 1 of auths has a field that is no text"),
        ({"auths": {f"https://u:{SECRET}@a": SECRET}}, "entry 1 of auths is no JSON object"),
    ],
)
def test_broken_file(provider: Provider, content: t.Any, problem: str) -> None:
    """It says what is wrong and quotes nothing, since the kubelet writes it to its log; there is no half of a response."""
    provider.write(content)
    done = provider.ask()
    assert (done.returncode, done.stdout) == (1, "")
    assert problem in done.stderr
    assert "Secr" not in done.stderr


def test_who_may_read_the_file(provider: Provider) -> None:
    """A file that everybody can read or write is not used; one that is missing is named."""
    assert "credentials.json: No such file or directory" in provider.ask().stderr
    provider.write({"auths": {}}, mode=0o604)
    assert "credentials.json: is open to everybody; set its mode to 0600" in provider.ask().stderr
    provider.write({"auths": {}}, mode=0o640)
    assert json.loads(provider.ask().stdout)["auth"] == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not JSON"),
        ("[]", "holds no CredentialProviderRequest"),
        ('{"kind": "CredentialProviderResponse"}', "holds no CredentialProviderRequest"),
        ('{"kind": "CredentialProviderRequest", "apiVersion": "x/v9"}', "has an unknown apiVersion; known are"),
    ],
)
def test_broken_request(provider: Provider, text: str, problem: str) -> None:
    """What no kubelet sends is refused."""
    provider.write({"auths": {}})
    done = provider.send(text)
    assert (done.returncode, done.stdout) == (1, "")
    assert problem in done.stderr
