"""Mail goes over TLS, to a server whose certificate is valid for its name."""

import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from forum.infra import smtp
from tests.parts import require_part
from tests.servers import LOOPBACK, Mailbox, free_port

MAKE = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for the loopback address and one for another name."""
    made = tmp_path_factory.mktemp("certificates")
    for name, subject in (("own", f"IP:{LOOPBACK}"), ("other", "DNS:mail.example")):
        files = ["-keyout", f"{name}.key", "-out", f"{name}.crt"]
        command = [require_part("OpenSSL"), *MAKE.split(), f"subjectAltName={subject}", *files]
        subprocess.run(command, cwd=made, check=True, capture_output=True)
    return made


@contextmanager
def server(folder: Path, certificate: str, scheme: str) -> Iterator[tuple[str, Mailbox]]:
    """A mail server with TLS from the start (smtps) or after STARTTLS (smtp)."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / f"{certificate}.crt", folder / f"{certificate}.key")
    port = free_port()
    mailbox = Mailbox(url=f"{scheme}://{LOOPBACK}:{port}")
    tls = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    controller = Controller(mailbox, hostname=LOOPBACK, port=port, **tls)
    controller.start()
    try:
        yield mailbox.url, mailbox
    finally:
        controller.stop()


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "forum@forum.example", "anna@example.org", "Hello"
    message.set_content("Hello.")
    return message


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
def test_a_message_is_delivered_over_tls(folder: Path, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "own.crt"))
    with server(folder, "own", scheme) as (url, mailbox):
        with smtp.connect(url) as connection:
            assert smtp.send(connection, a_message(), to="anna@example.org").startswith("250")
            assert isinstance(connection.sock, ssl.SSLSocket)
        assert [message["Subject"] for message in mailbox.letters] == ["Hello"]


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
def test_a_certificate_for_another_name_is_refused(folder: Path, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "other.crt"))
    with server(folder, "other", scheme) as (url, mailbox):
        with pytest.raises(ssl.SSLCertVerificationError):
            smtp.connect(url)
        assert mailbox.letters == []


def test_smtplib_still_calls_what_the_connection_replaces() -> None:
    assert {"data", "close", "_get_socket"} <= vars(smtplib.SMTP).keys()
