"""
A registry of the kind that most others are made of (CNCF distribution), with TLS and users, on a free port of 127.0.0.1.

    with start_registry({"robot": "a password"}) as registry:
        run(["skopeo", "login", "--cert-dir", registry.certificates, registry.address, ...])

Its users come with each request, or, as with most public registries, fetch a bearer token for it from another server.
Docker's client takes certificates for granted on 127.0.0.1; Go programs take ``SSL_CERT_FILE`` for the authority.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import ctypes.util
import http.client
import json
import secrets
import ssl
import string
import typing as t
from dataclasses import dataclass, field

from tests.cluster.binaries import find_programs
from tests.cluster.errors import ClusterError, PortTaken
from tests.cluster.launcher import Launch, launched
from tests.cluster.pki import issue_server, make_authority
from tests.cluster.ports import LOOPBACK
from tests.cluster.private_file import write_private
from tests.cluster.processes import Component
from tests.cluster.token_server import TokenServer, serve_tokens

if t.TYPE_CHECKING:
    from pathlib import Path

Auth: t.TypeAlias = t.Literal["basic", "bearer"]
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
        token_server: Who gives tokens for it; None when users come with their passwords.
    """

    address: str
    directory: Path
    users: dict[str, str] = field(repr=False)
    component: Component = field(repr=False)
    token_server: TokenServer | None = field(default=None, repr=False)

    @property
    def certificates(self) -> Path:
        """A folder with the authority's certificate and nothing else, as podman and skopeo want it for ``--cert-dir``."""
        return self.directory / "certificates"

    @property
    def authority(self) -> Path:
        """The authority's certificate."""
        return self.certificates / "ca.crt"

    def authorization(self, scope: str) -> str:
        """The header by which the first user is let in to do this, for example ``repository:team/app:pull,push``."""
        user, password = next(iter(self.users.items()))
        if self.token_server:
            return f"Bearer {self.token_server.token(user, [scope])}"
        return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"

    def change_password(self, user: str, password: str) -> None:
        """Let this user in with this password only, from now on; the registry looks at its file anew at each request."""
        self.users[user] = password
        _write_users(self.directory, self.users)


def start_registry(
    users: t.Mapping[str, str], *, auth: Auth = "basic", ports: t.Iterator[int] | None = None
) -> t.ContextManager[Registry]:
    """
    A registry for the time of a ``with``; after it no process and no file is left, however it ends.

    Args:
        users: The password of each user; nobody else gets in.
        auth: How they show it: to the registry, or to a token server.
        ports: Where it may listen, tried in this order; None for any that are free.

    Raises:
        ClusterError: It could not be built or started; the class says which, the message what to do.
    """
    program = find_programs(["registry"])["registry"]

    def start(launch: Launch) -> Registry:
        known, directory = dict(users), launch.directory
        _write_certificates(directory)
        tokens = launch.before_end.enter_context(_token_server(directory, known, auth))
        write_private(directory / "registry.json", json.dumps(_configuration(launch.port, tokens)).encode())
        # No variable of the user's is left: REGISTRY_AUTH_FILE, for one, would change what the file says.
        command = ["env", "-i", "OTEL_TRACES_EXPORTER=none", str(program), "serve", "registry.json"]
        component = launch.run("registry", command)
        registry = Registry(f"{LOOPBACK}:{launch.port}", directory, known, component, tokens)
        context = ssl.create_default_context(cafile=registry.authority)
        launch.wait(lambda: _asks_who_is_there(registry.address, context), "the registry's first answer")
        return registry

    return launched("regcred-registry-", start, ports)


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


@contextlib.contextmanager
def _token_server(directory: Path, users: t.Mapping[str, str], auth: Auth) -> t.Iterator[TokenServer | None]:
    """What lets the users in: a token server, or else the registry's own file."""
    if auth == "basic":
        _write_users(directory, users)
        yield None
        return
    with serve_tokens(users, directory / "server.crt", directory / "server.key") as server:
        write_private(directory / "tokens.jwks", json.dumps(server.jwks).encode())
        yield server


def _write_certificates(directory: Path) -> None:
    authority = make_authority("registry-in-a-box")
    issue_server(authority, "registry", ("localhost", LOOPBACK)).write(directory, "server")
    write_private(directory / "certificates" / "ca.crt", authority.public)


def _write_users(directory: Path, users: t.Mapping[str, str]) -> None:
    lines = "".join(password_line(user, password) for user, password in users.items())
    write_private(directory / "htpasswd", lines.encode())


def _configuration(port: int, token_server: TokenServer | None) -> dict[str, t.Any]:
    by_file = {"htpasswd": {"realm": "registry-in-a-box", "path": "htpasswd"}}
    return {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": "data"}, "delete": {"enabled": True}},
        "auth": {"token": token_server.settings} if token_server else by_file,
        "http": {
            "addr": f"{LOOPBACK}:{port}",
            "secret": secrets.token_hex(16),
            "tls": {"certificate": "server.crt", "key": "server.key"},
        },
    }


def _asks_who_is_there(address: str, context: ssl.SSLContext) -> bool:
    """Whether it wants a user to be named, which it does as soon as it is ready."""
    connection = http.client.HTTPSConnection(address, context=context, timeout=60)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == http.client.UNAUTHORIZED
    except ssl.SSLCertVerificationError as error:
        raise PortTaken(f"{address}: another server answers there: {error}") from error
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
