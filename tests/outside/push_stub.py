"""A push service on this machine that checks what it is sent, and browsers that can decrypt it."""

import http.server
import json
import ssl
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import http_ece
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from forum.outside import pinned_calls

HOST = "push.example.com"


@dataclass
class Browser:
    """A browser with its keys, and the messages that it could decrypt."""

    path: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen bytes 16"
    received: list[dict[str, Any]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    faults: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # answers to the next requests

    @property
    def fields(self) -> dict[str, str]:
        """What its script sends to the forum."""
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": f"https://{HOST}{self.path}", "p256dh": base64(public), "auth": base64(self.secret)}


@dataclass
class PushStub:
    """The service: its browsers by path, and the forum's public key, by which it knows who sends."""

    port: int = 0
    browsers: dict[str, Browser] = field(default_factory=dict)
    public_key: str = ""
    refused: list[str] = field(default_factory=list)
    hangs: bool = False
    on_taken: Callable[[], None] = lambda: None
    released: Event = field(default_factory=Event)

    def browser(self, name: str = "one") -> Browser:
        """A new browser that is known to the service."""
        return self.browsers.setdefault(f"/push/{name}", Browser(f"/push/{name}"))

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """The answer to a message, which is decrypted if everything about it is right."""
        browser = self.browsers.get(path)
        if browser is None:
            return 404, {}
        if browser.faults:
            return browser.faults.pop(0)
        fault = self._fault(headers, body)
        if fault:
            self.refused.append(fault)
            return 400, {}
        plain = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.secret, version="aes128gcm")
        browser.received.append(json.loads(plain))
        browser.topics.append(headers["topic"])
        self.on_taken()
        return 201, {}

    def _fault(self, headers: dict[str, str], body: bytes) -> str:
        if headers.get("content-encoding") != "aes128gcm" or len(body) > 4096:
            return "encoding or length"
        if not 0 < len(headers.get("topic", "")) <= 32 or headers.get("ttl") != "86400":
            return "topic or TTL"
        return "" if is_signed(headers.get("authorization", ""), self.public_key) else "signature"


def is_signed(authorization: str, public_key: str) -> bool:
    """Whether a header is signed by the key, for this service, and has not expired (RFC 8292)."""
    kind, _, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    claims, numbers = json.loads(decoded(signed.partition(".")[2])), decoded(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(public_key))
    pair = encode_dss_signature(int.from_bytes(numbers[:32]), int.from_bytes(numbers[32:]))
    try:
        key.verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    is_valid = 0 < claims["exp"] - datetime.now(UTC).timestamp() <= 86400 and bool(claims["sub"])
    return kind == "vapid" and parts["k"] == public_key and claims["aud"] == f"https://{HOST}" and is_valid


class _Handler(http.server.BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        """Take a message."""
        stub = self.server.stub
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if stub.hangs:
            stub.released.wait(20)
            return
        status, headers = stub.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    stub: PushStub


@contextmanager
def push_stub(folder: Path, monkeypatch: pytest.MonkeyPatch, *, host: str = HOST) -> Iterator[PushStub]:
    """The service on a free port, to which the forum's calls go in place of the address that the name leads to."""
    certificate = write_certificate(folder, host)
    with push_service(certificate, PushStub()) as stub:
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(pinned_calls, "PORT", stub.port)
        monkeypatch.setattr(pinned_calls, "public_address", lambda _: "127.0.0.1")
        monkeypatch.setattr(pinned_calls, "tls_context", lambda: trusting)
        yield stub


@contextmanager
def push_service(certificate: Path, stub: PushStub) -> Iterator[PushStub]:
    """The service on a free port, to which nobody is led yet."""
    server = _Server(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.stub, stub.port = stub, server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.stub
    finally:
        server.stub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def write_certificate(folder: Path, host: str) -> Path:
    """A certificate for a host that is its own authority, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, host)])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    target = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    target.write_bytes(private + built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return target


def base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
