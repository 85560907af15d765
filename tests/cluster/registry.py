"""
A registry of the kind that most others are made of (CNCF distribution), with TLS and users, on a free port of 127.0.0.1.

    with start_registry({"robot": "a password"}) as registry:
        run(["skopeo", "login", "--cert-dir", registry.certificates, registry.address, ...])

Docker's client takes certificates for granted on 127.0.0.1; Go programs take ``SSL_CERT_FILE`` for the authority.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import http.client
import itertools
import json
import secrets
import ssl
import string
import tempfile
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.binaries import find_programs
from tests.cluster.errors import ClusterError, PortTaken, StartTimeout
from tests.cluster.pki import issue_server, make_authority
from tests.cluster.ports import LOOPBACK, free_ports
from tests.cluster.private_file import write_private
from tests.cluster.processes import Component
from tests.cluster.watcher import Watcher

ATTEMPTS: t.Final = 5
READY_TIMEOUT: t.Final = 30
POLL_SECONDS: t.Final = 0.02
_SALT: t.Final = f"./{string.ascii_letters}{string.digits}"


@dataclass(frozen=True)
class Registry:
    """
    A registry that answers.

    Attributes:
        address: As it stands in image names, for example ``127.0.0.1:40123``.
        directory: Where its files are, mode 0700; images are below ``data``.
        users: The password of each user.
        component: The process, a child of ours.
    """

    address: str
    directory: Path
    users: t.Mapping[str, str] = field(repr=False)
    component: Component = field(repr=False)

    @property
    def certificates(self) -> Path:
        """A folder with the authority's certificate and nothing else, as podman and skopeo want it for ``--cert-dir``."""
        return self.directory / "certificates"

    @property
    def authority(self) -> Path:
        """The authority's certificate."""
        return self.certificates / "ca.crt"


@contextlib.contextmanager
def start_registry(users: t.Mapping[str, str], *, ports: t.Iterator[int] | None = None) -> t.Iterator[Registry]:
    """
    A registry for the time of a ``with``; after it no process and no file is left, however it ends.

    Args:
        users: The password of each user; nobody else gets in.
        ports: Where it may listen, tried in this order; None for any that are free.

    Raises:
        ClusterError: It could not be built or started; the class says which, the message what to do.
    """
    program = find_programs(["registry"])["registry"]
    registry, watcher = _launch(program, users, ports or free_ports())
    try:
        yield registry
    finally:
        watcher.close()
        registry.component.reap()


def password_line(user: str, password: str) -> str:
    """
    A line of an htpasswd file, with bcrypt, the one kind that this registry reads; made by the C library's crypt(3).

    Raises:
        ClusterError: The C library knows no bcrypt.
    """
    library = ctypes.CDLL(ctypes.util.find_library("crypt"))
    library.crypt.restype = ctypes.c_char_p
    # Of the last character of a salt four bits have to be zero.
    salt = "".join(secrets.choice(_SALT) for _unused in range(21)) + "."
    hashed: bytes | None = library.crypt(password.encode(), f"$2b$05${salt}".encode())
    if hashed is None or not hashed.startswith(b"$2b$"):
        raise ClusterError("crypt(3) of this system knows no bcrypt; a registry needs it for its users")
    return f"{user}:{hashed.decode()}\n"


def _launch(program: Path, users: t.Mapping[str, str], ports: t.Iterator[int]) -> tuple[Registry, Watcher]:
    for port in itertools.islice(ports, ATTEMPTS - 1):
        with contextlib.suppress(PortTaken):
            return _launch_at(port, program, users)
    return _launch_at(next(ports), program, users)


def _launch_at(port: int, program: Path, users: t.Mapping[str, str]) -> tuple[Registry, Watcher]:
    directory = Path(tempfile.mkdtemp(prefix="regcred-registry-"))
    watcher = Watcher(directory)
    try:
        _write_files(directory, port, users)
        # No variable of the user's is left: REGISTRY_AUTH_FILE, for one, would change what the file says.
        command = ["env", "-i", "OTEL_TRACES_EXPORTER=none", str(program), "serve", "registry.json"]
        component = Component("registry", command, directory=directory, watcher=watcher)
        registry = Registry(f"{LOOPBACK}:{port}", directory, dict(users), component)
        _wait_until_ready(registry)
    except BaseException:
        watcher.close()
        raise
    return registry, watcher


def _write_files(directory: Path, port: int, users: t.Mapping[str, str]) -> None:
    authority = make_authority("registry-in-a-box")
    issue_server(authority, "registry", ("localhost", LOOPBACK)).write(directory, "server")
    write_private(directory / "certificates" / "ca.crt", authority.public)
    lines = "".join(password_line(user, password) for user, password in users.items())
    write_private(directory / "htpasswd", lines.encode())
    write_private(directory / "registry.json", json.dumps(_configuration(port)).encode())


def _configuration(port: int) -> dict[str, t.Any]:
    return {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": "data"}, "delete": {"enabled": True}},
        "auth": {"htpasswd": {"realm": "registry-in-a-box", "path": "htpasswd"}},
        "http": {
            "addr": f"{LOOPBACK}:{port}",
            "secret": secrets.token_hex(16),
            "tls": {"certificate": "server.crt", "key": "server.key"},
        },
    }


def _wait_until_ready(registry: Registry) -> None:
    deadline = time.monotonic() + READY_TIMEOUT
    context = ssl.create_default_context(cafile=registry.authority)
    while not _asks_who_is_there(registry.address, context):
        registry.component.check()
        if time.monotonic() > deadline:
            raise StartTimeout(
                f"the registry did not answer within {READY_TIMEOUT} s; the end of its log:\n{registry.component.last_lines()}"
            )
        time.sleep(POLL_SECONDS)


def _asks_who_is_there(address: str, context: ssl.SSLContext) -> bool:
    """Whether it wants a user to be named, which it does as soon as it is ready."""
    connection = http.client.HTTPSConnection(address, context=context, timeout=2)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == http.client.UNAUTHORIZED
    except ssl.SSLCertVerificationError as error:
        raise PortTaken(f"{address}: another server answers there: {error}") from error
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
