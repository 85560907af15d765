"""Keys, certificates and tokens of one cluster; all keys are on the curve P-256."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import typing as t
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.cluster.private_file import write_private

if t.TYPE_CHECKING:
    from pathlib import Path

VALIDITY: t.Final = datetime.timedelta(days=365)
# A certificate is good an hour before it was made, for clocks that are a little behind.
LEEWAY: t.Final = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class KeyPair:
    """A certificate (or the bare public key) and its private key, both as PEM."""

    public: bytes
    private: bytes = field(repr=False)

    def write(self, folder: Path, name: str) -> KeyPair:
        """Write ``NAME.crt`` and ``NAME.key``."""
        write_private(folder / f"{name}.crt", self.public)
        write_private(folder / f"{name}.key", self.private)
        return self

    @classmethod
    def read(cls, folder: Path, name: str) -> KeyPair:
        """What `write` wrote."""
        return cls((folder / f"{name}.crt").read_bytes(), (folder / f"{name}.key").read_bytes())


def make_authority(name: str) -> KeyPair:
    """A certificate authority of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    subject = x509.Name([_common_name(name)])
    builder = _builder(subject, key.public_key()).issuer_name(subject)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return _sign(builder.add_extension(usage, critical=True), key, key)


def issue_server(authority: KeyPair, name: str, hosts: t.Iterable[str]) -> KeyPair:
    """A server certificate for these host names and IP addresses, for example ``("localhost", "127.0.0.1")``."""
    names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    return _issue(authority, [_common_name(name)], ExtendedKeyUsageOID.SERVER_AUTH, names)


def issue_client(authority: KeyPair, user: str, groups: t.Iterable[str] = ()) -> KeyPair:
    """A client certificate that Kubernetes reads as this user (its common name) in these groups (its organizations)."""
    subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return _issue(authority, [*subject, _common_name(user)], ExtendedKeyUsageOID.CLIENT_AUTH)


def make_key() -> KeyPair:
    """A key without a certificate, such as the one that signs ServiceAccount tokens."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(public, _pem(key))


def sign_token(key: KeyPair, claims: t.Mapping[str, t.Any], key_id: str = "") -> str:
    """A JSON Web Token with these claims, signed with ES256 (RFC 7518, section 3.4); the id, if any, says with which key."""
    header = {"alg": "ES256", "typ": "JWT", **({"kid": key_id} if key_id else {})}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    signed = b".".join(_base64url(part) for part in parts)
    r, s = decode_dss_signature(_load(key).sign(signed, ec.ECDSA(hashes.SHA256())))
    return b".".join((signed, _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big")))).decode()


def public_jwk(key: KeyPair, key_id: str) -> dict[str, str]:
    """The public half as a JSON Web Key (RFC 7518, section 6.2), for who checks what `sign_token` signed."""
    numbers = _load(key).public_key().public_numbers()
    places = {
        name: _base64url(value.to_bytes(32, "big")).decode() for name, value in (("x", numbers.x), ("y", numbers.y))
    }
    return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key_id, **places}


def _issue(
    authority: KeyPair, subject: list[x509.NameAttribute[str]], usage: x509.ObjectIdentifier, *more: x509.ExtensionType
) -> KeyPair:
    key, issuer = ec.generate_private_key(ec.SECP256R1()), x509.load_pem_x509_certificate(authority.public)
    # Python 3.13 refuses a certificate that does not say which key signed it (RFC 5280, 4.2.1.1).
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(_load(authority).public_key())
    builder = _builder(x509.Name(subject), key.public_key()).issuer_name(issuer.subject)
    for extension in (signer, x509.ExtendedKeyUsage([usage]), *more):
        builder = builder.add_extension(extension, critical=False)
    return _sign(builder, key, _load(authority))


def _common_name(name: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, name)


def _builder(subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
    )
    return builder.not_valid_before(now - LEEWAY).not_valid_after(now + VALIDITY)


def _sign(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, authority_key: ec.EllipticCurvePrivateKey
) -> KeyPair:
    certificate = builder.sign(authority_key, hashes.SHA256())
    return KeyPair(certificate.public_bytes(serialization.Encoding.PEM), _pem(key))


def _load(pair: KeyPair) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pair.private, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the keys of a cluster are on an elliptic curve")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # Python's ssl, Go and kubectl all read PKCS 8.
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
