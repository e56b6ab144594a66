"""Proxies on loopback addresses of their own: each sees who connected to it."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.proxies.programs import Missing, Programs, find


@pytest.fixture(scope="session")
def programs() -> Programs:
    """The two proxies, or a skip that says what is not tested and why."""
    try:
        return find()
    except Missing as reason:
        pytest.skip(f"NOT TESTED behind real proxies: {reason}")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for a day with its key: the PEM of both, and the key alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "secret.example.com")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    folder = tmp_path_factory.mktemp("tls")
    both, alone = folder / "site.pem", folder / "site.key"
    both.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    alone.write_bytes(private)
    return both, alone
