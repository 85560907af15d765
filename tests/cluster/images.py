"""Images made here, without a download: one static program that waits."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import json
import platform
import ssl
import subprocess
import tarfile
import typing as t
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.binaries import CGO_PACKAGES
from tests.cluster.errors import BuildError, ClusterError
from tests.environment.cache import build_once, cache_root
from tests.environment.packages import install_packages

if t.TYPE_CHECKING:
    from tests.cluster.registry import Registry

SOURCE: t.Final = Path(__file__).parent / "pause.c"
ARCHITECTURES: t.Final[t.Mapping[str, str]] = {"x86_64": "amd64", "aarch64": "arm64"}
MANIFEST: t.Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: t.Final = "application/vnd.oci.image.index.v1+json"
CONFIG: t.Final = "application/vnd.oci.image.config.v1+json"
LAYER: t.Final = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Image:
    """
    An image in the form of the Open Container Initiative.

    Attributes:
        manifest: The JSON that names the blobs.
        blobs: Configuration and layer, by digest.
    """

    manifest: bytes
    blobs: t.Mapping[str, bytes] = field(repr=False)


def make_image(label: str = "") -> Image:
    """
    An image whose only program waits until it gets a signal to end.

    Args:
        label: Images with different labels are different images, so that what a node knows of one says nothing of the other.

    Raises:
        NotInstallable: There is no compiler here, and none can be installed.
        BuildError: The program could not be compiled.
    """
    layer = _tar({"pause": waiting_program().read_bytes()})
    configuration = _encode(
        {
            "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": {"Entrypoint": ["/pause"], "Labels": {"regcred": label}},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(CONFIG, configuration),
        "layers": [_descriptor(LAYER, layer)],
    }
    return Image(_encode(manifest), {_digest(blob): blob for blob in (configuration, layer)})


def archive(image: Image, name: str) -> bytes:
    """A tar file of the image under this full name, for example ``images.example.test/pause:1``, as ``ctr images import`` wants it."""
    entry = {**_descriptor(MANIFEST, image.manifest), "annotations": {"io.containerd.image.name": name}}
    blobs = {**image.blobs, _digest(image.manifest): image.manifest}
    files = {f"blobs/{digest.replace(':', '/')}": blob for digest, blob in blobs.items()}
    files["oci-layout"] = _encode({"imageLayoutVersion": "1.0.0"})
    files["index.json"] = _encode({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]})
    return _tar(files)


def push_image(registry: Registry, repository: str, tag: str, image: Image) -> None:
    """
    Store the image in a registry, as the first of its users.

    Raises:
        ClusterError: The registry refused it; the message says with what.
    """
    context = ssl.create_default_context(cafile=registry.authority)
    with contextlib.closing(http.client.HTTPSConnection(registry.address, context=context, timeout=300)) as connection:
        upload = _Upload(connection, registry.authorization(f"repository:{repository}:pull,push"))
        for digest, blob in image.blobs.items():
            headers = upload.send("POST", f"/v2/{repository}/blobs/uploads/", b"", "", http.HTTPStatus.ACCEPTED)
            place = urllib.parse.urlsplit(headers["Location"])
            path = f"{place.path}?{place.query}&digest={digest}"
            upload.send("PUT", path, blob, "application/octet-stream", http.HTTPStatus.CREATED)
        path = f"/v2/{repository}/manifests/{tag}"
        upload.send("PUT", path, image.manifest, MANIFEST, http.HTTPStatus.CREATED)


@dataclass(frozen=True)
class _Upload:
    connection: http.client.HTTPSConnection
    authorization: str

    def send(self, method: str, path: str, content: bytes, content_type: str, wanted: int) -> http.client.HTTPMessage:
        headers = {"Authorization": self.authorization, **({"Content-Type": content_type} if content else {})}
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        reason = answer.read().decode(errors="replace")
        if answer.status != wanted:
            raise ClusterError(f"{self.connection.host}: {method} {path.partition('?')[0]}: {answer.status}: {reason}")
        return answer.headers


def waiting_program() -> Path:
    """
    A program that waits until it gets a signal to end, the one in the images.

    Raises:
        NotInstallable: There is no compiler here, and none can be installed.
        BuildError: It could not be compiled.
    """
    source = SOURCE.read_bytes()
    key = hashlib.sha256(source + platform.machine().encode()).hexdigest()[:12]
    return build_once(cache_root() / "bin" / f"pause-{key}", _compile, what="the program of the images") / "pause"


def _compile(folder: Path) -> None:
    install_packages(CGO_PACKAGES, what="about 10 s, 1 MB")
    command = ["gcc", "-static", "-Os", "-s", "-o", str(folder / "pause"), str(SOURCE)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"{SOURCE}: gcc ended with {done.returncode}:\n{done.stderr}")


def _tar(files: t.Mapping[str, bytes]) -> bytes:
    """Executable files of root without a time, so that the same files give the same digest."""
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode="w") as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    return result.getvalue()


def _descriptor(kind: str, content: bytes) -> dict[str, t.Any]:
    return {"mediaType": kind, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _encode(document: t.Mapping[str, t.Any]) -> bytes:
    return json.dumps(document, sort_keys=True).encode()
