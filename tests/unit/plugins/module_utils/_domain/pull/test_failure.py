"""Why a pull failed, from what the kubelet says; the texts are those of real ones, with other names of hosts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.failure import (
    Cause,
    cause_of,
    failing_image,
    is_pull_failure,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.puller import ContainerImage, PullFailure

IMAGE = "registry.example.test/team/tiny:v1"
RESOLVE = f'failed to pull and unpack image "{IMAGE}": failed to resolve image: '
HEAD = "https://localhost:5443/v2/team/tiny/manifests/v1?ns=registry.example.test"
TOKEN = "https://localhost:5443/token?scope=repository%3Ateam%2Fbearer%3Apull&service=demo"


class FailedPull(t.NamedTuple):
    """The message of a pull that failed, and what that means."""

    cause: Cause
    message: str


CONTAINERD = {
    "no credential": FailedPull(
        "denied",
        RESOLVE + "pull access denied, repository does not exist or may require authorization: authorization failed:"
        " no basic auth credentials",
    ),
    "wrong password": FailedPull("denied", f"{RESOLVE}unexpected status from HEAD request to {HEAD}: 401 Unauthorized"),
    "no credential for a token": FailedPull(
        "denied",
        RESOLVE + "pull access denied, repository does not exist or may require authorization: server message:"
        " insufficient_scope: authorization failed",
    ),
    "wrong password for a token": FailedPull(
        "denied",
        f"{RESOLVE}failed to authorize: failed to fetch oauth token: unexpected status from GET request to {TOKEN}:"
        " 401 Unauthorized",
    ),
    "forbidden": FailedPull("denied", f"{RESOLVE}unexpected status from HEAD request to {HEAD}: 403 Forbidden"),
    "no such tag": FailedPull("not_found", f"rpc error: code = NotFound desc = {RESOLVE}{IMAGE}: not found"),
    "no server": FailedPull(
        "unreachable",
        f'{RESOLVE}failed to do request: Head "https://localhost:5443/v2/...?ns=%5BREDACTED%5D":'
        " dial tcp 127.0.0.1:5443: connect: connection refused",
    ),
    "no name": FailedPull(
        "unreachable",
        f'{RESOLVE}failed to do request: Head "{HEAD}": dial tcp: lookup registry.example.test on 10.0.0.10:53:'
        " no such host",
    ),
    "no answer": FailedPull(
        "unreachable", f'{RESOLVE}failed to do request: Head "{HEAD}": net/http: TLS handshake timeout'
    ),
    "bad gateway": FailedPull(
        "unreachable", f"{RESOLVE}unexpected status from HEAD request to {HEAD}: 502 Bad Gateway"
    ),
    "unknown certificate authority": FailedPull(
        "certificate",
        f'{RESOLVE}failed to do request: Head "{HEAD}": tls: failed to verify certificate: x509: certificate signed'
        " by unknown authority",
    ),
    "HTTP to HTTPS": FailedPull(
        "scheme",
        f"{RESOLVE}unexpected status from HEAD request to http://localhost:5443/v2/team/tiny/manifests/v1:"
        " 400 Bad Request",
    ),
    "HTTPS to HTTP": FailedPull(
        "scheme",
        f'{RESOLVE}failed to do request: Head "{HEAD}": http: server gave HTTP response to HTTPS client',
    ),
    "a bad request over HTTPS": FailedPull(
        "other", f"{RESOLVE}unexpected status from HEAD request to {HEAD}: 400 Bad Request"
    ),
    "another platform": FailedPull("platform", f"{RESOLVE}no match for platform in manifest: not found"),
    "limit of Docker Hub": FailedPull(
        "throttled",
        f"{RESOLVE}unexpected status from HEAD request to {HEAD}: 429 Too Many Requests - Server message:"
        " toomanyrequests: You have reached your unauthenticated pull rate limit.",
    ),
    "the kubelet's own limit": FailedPull("throttled", "pull QPS exceeded"),
    "an answer that is no JSON": FailedPull(
        "other",
        f"{RESOLVE}failed to decode token response: invalid character '<' looking for beginning of value",
    ),
    "disk full": FailedPull("other", f'failed to pull and unpack image "{IMAGE}": write /x: no space left on device'),
}
CRI_O = {
    "wrong password": FailedPull(
        "denied",
        f"initializing source docker://{IMAGE}: reading manifest v1 in registry.example.test/team/tiny: unauthorized:"
        " authentication required",
    ),
    "wrong password for a token": FailedPull(
        "denied",
        f"initializing source docker://{IMAGE}: Requesting bearer token: invalid status code from registry 403"
        " (Forbidden)",
    ),
    "wrong user": FailedPull(
        "denied",
        f"initializing source docker://{IMAGE}: unable to retrieve auth token: invalid username/password:"
        " unauthorized: incorrect username or password",
    ),
    "no such tag": FailedPull(
        "not_found",
        f"initializing source docker://{IMAGE}: reading manifest v1 in registry.example.test/team/tiny: manifest unknown",
    ),
    "no such repository": FailedPull(
        "not_found",
        f"initializing source docker://{IMAGE}: reading manifest v1 in registry.example.test/team/tiny: name unknown:"
        " repository name not known to registry",
    ),
    "no server": FailedPull(
        "unreachable",
        f"initializing source docker://{IMAGE}: pinging container registry registry.example.test:"
        ' Get "https://registry.example.test/v2/": dial tcp 10.0.0.1:443: i/o timeout',
    ),
    "another platform": FailedPull(
        "platform",
        f"choosing an image from manifest list docker://{IMAGE}: no image found in image index for architecture"
        ' "arm64", variant "v8", OS "linux"',
    ),
}
DOCKER = {
    "no credential": FailedPull(
        "denied",
        "rpc error: code = Unknown desc = Error response from daemon: pull access denied for team/tiny, repository does"
        " not exist or may require 'docker login': denied: requested access to the resource is denied",
    ),
    "no such tag": FailedPull(
        "not_found",
        "rpc error: code = Unknown desc = Error response from daemon: manifest for nginx:401 not found: manifest unknown",
    ),
    "an answer that is no JSON": FailedPull(
        "denied",
        "rpc error: code = Unknown desc = Error response from daemon: error parsing HTTP 403 response body: invalid"
        " character '<' looking for beginning of value",
    ),
    "another platform": FailedPull(
        "platform",
        "rpc error: code = Unknown desc = no matching manifest for linux/arm64/v8 in the manifest list entries",
    ),
}
FAILED_PULLS = [
    pytest.param(failed, id=f"{runtime}: {name}")
    for runtime, texts in (("containerd", CONTAINERD), ("CRI-O", CRI_O), ("Docker", DOCKER))
    for name, failed in texts.items()
]


@pytest.mark.parametrize("failed", FAILED_PULLS)
def test_cause(failed: FailedPull) -> None:
    """What a runtime says is understood, as it is and after a back-off."""
    back_off = f'Back-off pulling image "{IMAGE}": ErrImagePull: {failed.message}'

    assert failed.cause == cause_of("ErrImagePull", failed.message)
    assert failed.cause == cause_of("ImagePullBackOff", back_off)


@pytest.mark.parametrize(
    ("reason", "message", "expected"),
    [
        (
            "InvalidImageName",
            'couldn\'t parse image name "x/Team/tiny": invalid reference format: repository name (Team/tiny) must be lowercase',
            "invalid_name",
        ),
        (
            "ErrImageNeverPull",
            f'Container image "{IMAGE}" is not present with pull policy of Never',
            "never",
        ),
        ("RegistryUnavailable", f"image pull failed for {IMAGE} because the registry is unavailable", "unreachable"),
        (
            "RegistryUnavailable",
            f"image pull failed for {IMAGE} because the registry is unavailable: x509: certificate has expired",
            "certificate",
        ),
        (
            "SignatureValidationFailed",
            f"image pull failed for {IMAGE} because the signature validation failed: no signature",
            "other",
        ),
        ("ImageInspectError", 'Failed to inspect image "": rpc error: code = Unknown desc = no', "other"),
        ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"', "other"),
        ("ErrImagePull", "", "other"),
    ],
)
def test_cause_by_reason(reason: str, message: str, expected: Cause) -> None:
    """Some reasons say it all; of the others the message is read."""
    assert expected == cause_of(reason, message)


@pytest.mark.parametrize(
    "image",
    [
        "quay.io/team/certificate-manager:v1",
        "quay.io/access-denied/app:401",
        "quay.io/team/app-401:1.500",
        "localhost:500/eof/timeout:too-many-requests",
    ],
)
def test_names_do_not_count(image: str) -> None:
    """Words in the name of an image are not taken for the cause."""
    messages = (
        f'failed to pull and unpack image "{image}": failed to resolve image: {image}: something',
        f"initializing source docker://{image}: reading manifest in {image}: something",
        f"unexpected status from HEAD request to https://{image}: 418 I'm a teapot",
    )

    assert [cause_of("ErrImagePull", message) for message in messages] == ["other"] * len(messages)


MALFORMED = [
    "illegal base64 data at input byte 0",
    "unable to parse auth field, must be formatted as base64(username:password)",
    "json: cannot unmarshal string into Go struct field DockerConfigJSON.auths of type map[string]interface {}",
    "invalid character 'o' looking for beginning of object key string",
    "unexpected end of JSON input",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_secret(text: str) -> None:
    """A malformed Secret's error stands as reason and as message, or, from kubelets of old, as a failed pull."""
    assert is_pull_failure(text, text)
    assert cause_of(text, text) == "blocked"
    assert cause_of("ErrImagePull", text) == "blocked"
    assert cause_of("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: {text}') == "blocked"


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("ErrImagePull", "anything"),
        ("ImagePullBackOff", ""),
        ("InvalidImageName", ""),
        ("ErrImageNeverPull", ""),
        ("ImageInspectError", ""),
        ("RegistryUnavailable", ""),
        ("SignatureValidationFailed", ""),
    ],
)
def test_waits_for_its_image(reason: str, message: str) -> None:
    """The reasons of pulls are known."""
    assert is_pull_failure(reason, message)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("", ""),
        ("ContainerCreating", ""),
        ("PodInitializing", ""),
        ("CrashLoopBackOff", 'back-off 5m0s restarting failed container="app"'),
        ("CreateContainerConfigError", 'secret "app" not found'),
        ("CreateContainerError", "json: cannot unmarshal string"),
        ("RunContainerError", "invalid character 'x' looking for beginning of value"),
        ("invalid character 'x' in the name of a volume", "it has no such volume"),
        ("no volume: invalid character 'x'", "no volume: invalid character 'x'"),
    ],
)
def test_waits_for_something_else(reason: str, message: str) -> None:
    """A container that waits for anything else has no failed pull, whatever its message holds."""
    assert not is_pull_failure(reason, message)


OWN, VOLUME = "nginx", "quay.io/team/models:v1"
IMAGES = tuple(ContainerImage(image) for image in ("ghcr.io/team/data", VOLUME, "team/data", OWN))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f'Back-off pulling image "{VOLUME}": ErrImagePull: pull QPS exceeded', VOLUME),
        (f'failed to pull and unpack image "{VOLUME}": failed to resolve image: {VOLUME}: not found', VOLUME),
        (
            f"initializing source docker://{VOLUME}: reading manifest v1 in quay.io/team/models: manifest unknown",
            VOLUME,
        ),
        (f"image pull failed for {VOLUME} because the registry is unavailable", VOLUME),
        ('Container image "ghcr.io/team/data" is not present with pull policy of Never', "ghcr.io/team/data"),
        ('failed to pull and unpack image "docker.io/library/nginx:latest": no', OWN),
        ('failed to pull and unpack image "docker.io/team/data:latest": no', "team/data"),
        (f'"nginx" and "{VOLUME}"', OWN),
        ("pull QPS exceeded", OWN),
        ('"quay.io/team/models:v10"', OWN),
        ('"ghcr.io/quay.io/team/models:v1"', OWN),
    ],
)
def test_failing_image(message: str, expected: str) -> None:
    """A container waits for the image of a volume where the message names that, else for its own."""
    assert expected == failing_image(PullFailure("app", OWN, "ErrImagePull", message), IMAGES)


def test_failing_image_that_is_no_image() -> None:
    """An invalid name is nobody else's."""
    failure = PullFailure("app", "Nginx:", "InvalidImageName", 'Failed to apply default image tag "Nginx:": no')

    assert failing_image(failure, IMAGES) == "Nginx:"
