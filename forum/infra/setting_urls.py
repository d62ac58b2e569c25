"""Parses the settings that are URLs. BadSetting never quotes one: it can contain a password."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from forum.infra.setting_values import BadSetting

POSTGRESQL = ("postgresql+psycopg", "postgresql", "postgres")
HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?"
SENDER = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{HOST}"


def database_url(url: str, data: Path) -> str:
    """The URL of the content database."""
    name = "FORUM_DATABASE_URL"
    if not url:
        return f"sqlite:///{data / 'forum.sqlite3'}"
    if url.startswith("sqlite:"):
        return _sqlite_url(name, url)
    return _postgresql_url(name, url, or_else="postgresql+psycopg://… or sqlite:///…")


def replica_url(url: str, *, of: str) -> str:
    """The URL of the read replica."""
    name = "FORUM_DATABASE_REPLICA_URL"
    if url and of.startswith("sqlite"):
        raise BadSetting(f"{name}: SQLite has no replica; set FORUM_DATABASE_URL to the replica's primary.")
    return _postgresql_url(name, url, or_else="postgresql+psycopg://…") if url else ""


def _sqlite_url(name: str, url: str) -> str:
    path, mark, _ = url.removeprefix("sqlite:///").partition("?")
    if not url.startswith("sqlite:///") or mark or path in {"", ":memory:"} or path.startswith("file:"):
        raise BadSetting(f"{name}: use sqlite:///PATH with the path of a file, and nothing after it.")
    return url


def _postgresql_url(name: str, url: str, *, or_else: str) -> str:
    """The URL with SQLAlchemy's driver name."""
    from sqlalchemy import make_url  # noqa: PLC0415 - not needed for `forum --help`
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in POSTGRESQL:
        raise BadSetting(f"{name}: use {or_else}")
    known = f"{POSTGRESQL[0]}://{rest}"
    try:
        port = make_url(known).port
    except (ArgumentError, ValueError) as error:
        raise BadSetting(
            f"{name}: use postgresql+psycopg://user:password@host:port/name, the port a number."
        ) from error
    if port is not None and not 0 < port < 2**16:
        raise BadSetting(f"{name}: the port is a number from 1 to 65535.")
    return known


def redis_url(url: str) -> str:
    """The URL of Redis."""
    message = "FORUM_REDIS_URL: use redis://host:6379/0, rediss://… for TLS, or unix:///path."
    if not url:
        return ""
    parts = _split(url, message)
    if parts.scheme not in {"redis", "rediss", "unix"} or not (
        parts.path if parts.scheme == "unix" else parts.hostname
    ):
        raise BadSetting(message)
    return url


def base_url(url: str) -> str:
    """The public URL, without a trailing slash."""
    message = "FORUM_BASE_URL: use http://host or https://host, without a path."
    if not url:
        return ""
    parts = _split(url, message)
    is_plain = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc or url[-1] in "?#")
    if parts.scheme not in {"http", "https"} or not is_plain or not _is_host(parts.hostname or ""):
        raise BadSetting(message)
    return url.rstrip("/")


def mail_url(url: str, *, home: str) -> str:
    """The URL of the mail server. Links in mail need FORUM_BASE_URL: a request's Host header can be forged."""
    message = "FORUM_MAIL_URL: use smtp://user:password@host:587, or smtps://… for TLS from the start."
    if not url:
        return ""
    parts = _split(url, message)
    is_plain = not (parts.path.strip("/") or parts.query or parts.fragment)
    if parts.scheme not in {"smtp", "smtps"} or not is_plain or not _is_host(parts.hostname or ""):
        raise BadSetting(message)
    if not unquote(parts.netloc).isascii():
        raise BadSetting("FORUM_MAIL_URL: a mail server takes a user and a password of ASCII characters only.")
    if not home:
        raise BadSetting("FORUM_MAIL_URL: set FORUM_BASE_URL too; the links in mail need the forum's public address.")
    return url


def inbox_url(url: str, *, mail: str) -> str:
    """The URL of a mailbox that is read by IMAP."""
    message = "FORUM_INBOX_URL: use imaps://user:password@host/INBOX, or imap://… for STARTTLS."
    if not url:
        return ""
    parts = _split(url, message)
    is_plain = not (parts.query or parts.fragment) and parts.path.count("/") <= 1 and parts.username
    if parts.scheme not in {"imap", "imaps"} or not is_plain or not _is_host(parts.hostname or ""):
        raise BadSetting(message)
    if not mail:
        raise BadSetting("FORUM_INBOX_URL: set FORUM_MAIL_URL too; answers to mail come only if mail is sent.")
    return url


def address(name: str, given: str) -> str:
    """One e-mail address, or none."""
    if given and not re.fullmatch(SENDER, given):
        raise BadSetting(f"{name}: use one plain address such as forum@example.org.")
    return given


def mail_from(given: str, *, url: str, home: str) -> str:
    """The sender's address; may only be empty if the public host is a name, for the default forum@ that host."""
    address("FORUM_MAIL_FROM", given)
    if url and not given and _is_ip_address(urlsplit(home).hostname or ""):
        raise BadSetting("FORUM_MAIL_FROM: set it; mail cannot come from the IP address in FORUM_BASE_URL.")
    return given


def contacts(name: str, given: str) -> str:
    """Space-separated contact URLs; e-mail addresses become mailto: URLs."""
    message = f"{name}: use e-mail addresses or https://… addresses, with spaces between them."
    urls = [
        f"mailto:{contact}" if re.fullmatch(SENDER, contact) else contact
        for contact in given.strip(" ").split(" ")
        if contact
    ]
    for contact in urls:
        is_mail = re.fullmatch(f"mailto:{SENDER}", contact) is not None
        parts = _split(contact, message)
        if not is_mail and not (parts.scheme == "https" and _is_host(parts.hostname or "") and contact.isascii()):
            raise BadSetting(message)
    return " ".join(urls)


def _split(url: str, message: str) -> SplitResult:
    """The parts of a URL; raises BadSetting if the port is invalid or the URL contains spaces."""
    try:
        parts = urlsplit(url)
        is_whole = parts.port != 0 and not re.search(r"[\s\x00-\x1f\\]", url)
    except ValueError as error:
        raise BadSetting(message) from error
    if not is_whole:
        raise BadSetting(message)
    return parts


def _is_host(name: str) -> bool:
    """Whether a name or IP address is valid in a Host header."""
    if ":" not in name:
        return re.fullmatch(HOST, name) is not None
    try:
        return isinstance(ipaddress.ip_address(name), ipaddress.IPv6Address)
    except ValueError:
        return False


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
