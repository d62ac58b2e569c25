"""What deployment decides, read once from the environment."""

import ipaddress
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import field as attribute
from pathlib import Path
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WEAK_KEYS = frozenset({"dev", "secret", "changeme", "change-me", "secret-key", "password", "forum"})
MIN_KEY_LENGTH = 32
MIN_TOKEN_LENGTH = 16
_MAIL = re.compile(r"[\w.+-]+@[\w.-]+")
_CONTACT = re.compile(r"(?:mailto:[\w.+-]+@[\w.-]+|https://[^\s<>\"]+)")
MOST_SHARED_SECONDS = 60  # a post that was deleted is seen no longer than this behind a CDN


class BadSetting(ValueError):
    """A setting that cannot be used; the text names it and says what it should be."""


def _setting(name: str, help_text: str) -> dict[str, str]:
    return {"name": name, "help": help_text}


@dataclass(frozen=True)
class Settings:
    """The deployment's settings; each field's metadata names its variable and says what it does."""

    data: Path = attribute(
        metadata=_setting("FORUM_DATA", "Folder for the SQLite file, secret key, outbox and backups (./forum-data).")
    )
    database_url: str = attribute(
        metadata=_setting("FORUM_DATABASE_URL", "postgresql+psycopg://… (default: a SQLite file in FORUM_DATA).")
    )
    secret_key: str = attribute(
        repr=False, metadata=_setting("FORUM_SECRET_KEY", "At least 32 characters (default: made once in FORUM_DATA).")
    )
    redis_url: str = attribute(
        default="", metadata=_setting("FORUM_REDIS_URL", "redis://… for presence and limits on several machines.")
    )
    base_url: str = attribute(
        default="",
        metadata=_setting(
            "FORUM_BASE_URL",
            "Public address, e.g. https://forum.example (default: what the request names, on loopback).",
        ),
    )
    site_name: str = attribute(
        default="", metadata=_setting("FORUM_SITE_NAME", "Name of the forum (default: what the site's rows say).")
    )
    mail_url: str = attribute(
        default="",
        metadata=_setting(
            "FORUM_MAIL_URL", "smtp://user:password@host:587 (default: mail is kept in FORUM_DATA/outbox)."
        ),
    )
    mail_from: str = attribute(
        default="", metadata=_setting("FORUM_MAIL_FROM", "Sender of mail (default: forum@ the host of FORUM_BASE_URL).")
    )
    limits: bool = attribute(default=True, metadata=_setting("FORUM_LIMITS", "on, or off for loads and trials."))
    trusted_proxies: tuple[Network, ...] = attribute(
        default=(),
        metadata=_setting(
            "FORUM_TRUSTED_PROXIES", "Addresses or networks, comma-separated, whose X-Forwarded-For is believed."
        ),
    )
    database_replica_url: str = attribute(
        default="",
        metadata=_setting(
            "FORUM_DATABASE_REPLICA_URL", "A streaming replica that guests' pages are read from (PostgreSQL)."
        ),
    )
    shared_cache_seconds: int = attribute(
        default=0,
        metadata=_setting(
            "FORUM_SHARED_CACHE_SECONDS",
            "Seconds that a CDN may show a guest's page to other guests (default: 0).",
        ),
    )
    security_contact: str = attribute(
        default="",
        metadata=_setting(
            "FORUM_SECURITY_CONTACT",
            "E-mail or https://… for security problems, spaces between several (default: none, no security.txt).",
        ),
    )
    metrics_token: str = attribute(
        default="",
        repr=False,
        metadata=_setting(
            "FORUM_METRICS_TOKEN", "Whoever sends it as a bearer token reads /metrics (default: admins)."
        ),
    )
    log_format: str = attribute(
        default="plain", metadata=_setting("FORUM_LOG_FORMAT", "json or plain (default: json, plain on a terminal).")
    )
    access_log: bool = attribute(
        default=False, metadata=_setting("FORUM_ACCESS_LOG", "on for a line an answer and a job (default: off).")
    )
    seed: str = attribute(
        default="document", metadata=_setting("FORUM_SEED", "document, defaults, or a folder in the archive format.")
    )

    @property
    def is_sqlite(self) -> bool:
        """Whether the content lies in a SQLite file."""
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        """Whether the public address is under TLS."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The public host with its port, or nothing when FORUM_BASE_URL is not set."""
        return urlsplit(self.base_url).netloc


def describe() -> list[tuple[str, str]]:
    """Every setting's variable and what it does."""
    return [(item.metadata["name"], item.metadata["help"]) for item in fields(Settings)]


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this deployment; raises BadSetting with one clear line."""
    env = os.environ if environ is None else environ
    data = Path(env.get("FORUM_DATA") or "forum-data").resolve()
    database_url = _database_url(env.get("FORUM_DATABASE_URL", ""), data)
    return Settings(
        data=data,
        database_url=database_url,
        secret_key=_secret_key(env.get("FORUM_SECRET_KEY"), data),
        redis_url=env.get("FORUM_REDIS_URL", ""),
        base_url=_base_url(env.get("FORUM_BASE_URL", "")),
        site_name=env.get("FORUM_SITE_NAME", "").strip(),
        mail_url=env.get("FORUM_MAIL_URL", ""),
        mail_from=env.get("FORUM_MAIL_FROM", ""),
        limits=_switch("FORUM_LIMITS", env.get("FORUM_LIMITS", "on")),
        trusted_proxies=_networks(env.get("FORUM_TRUSTED_PROXIES", "")),
        database_replica_url=_replica_url(env.get("FORUM_DATABASE_REPLICA_URL", ""), of=database_url),
        shared_cache_seconds=_seconds("FORUM_SHARED_CACHE_SECONDS", env.get("FORUM_SHARED_CACHE_SECONDS", "")),
        security_contact=_contacts("FORUM_SECURITY_CONTACT", env.get("FORUM_SECURITY_CONTACT", "")),
        metrics_token=_token("FORUM_METRICS_TOKEN", env.get("FORUM_METRICS_TOKEN", "")),
        log_format=_log_format(env.get("FORUM_LOG_FORMAT", "")),
        access_log=_switch("FORUM_ACCESS_LOG", env.get("FORUM_ACCESS_LOG", "off")),
        seed=env.get("FORUM_SEED") or "document",
    )


def _database_url(url: str, data: Path) -> str:
    if not url:
        return f"sqlite:///{data / 'forum.sqlite3'}"
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise BadSetting("FORUM_DATABASE_URL: use postgresql+psycopg://… or sqlite:///…")
    return url


def _replica_url(url: str, *, of: str) -> str:
    if not url:
        return ""
    if of.startswith("sqlite"):
        raise BadSetting("FORUM_DATABASE_REPLICA_URL: SQLite has no replica; set FORUM_DATABASE_URL to its primary.")
    if not url.startswith(("postgresql+psycopg://", "postgresql://", "postgres://")):
        raise BadSetting("FORUM_DATABASE_REPLICA_URL: use postgresql+psycopg://…")
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _seconds(name: str, given: str) -> int:
    if given and not (given.isascii() and given.isdigit() and int(given) <= MOST_SHARED_SECONDS):
        raise BadSetting(f"{name}: use a number from 0 to {MOST_SHARED_SECONDS}.")
    return int(given or 0)


def _token(name: str, given: str) -> str:
    if given and len(given) < MIN_TOKEN_LENGTH:
        raise BadSetting(f"{name}: use at least {MIN_TOKEN_LENGTH} random characters.")
    return given


def _contacts(name: str, given: str) -> str:
    contacts = [f"mailto:{each}" if _MAIL.fullmatch(each) else each for each in given.strip(" ").split(" ") if each]
    if not all(_CONTACT.fullmatch(each) for each in contacts):
        raise BadSetting(f"{name}: use e-mail addresses or https://… addresses, with spaces between them.")
    return " ".join(contacts)


def _log_format(given: str) -> str:
    if given not in {"", "json", "plain"}:
        raise BadSetting("FORUM_LOG_FORMAT: use json or plain.")
    return given or ("plain" if sys.stderr.isatty() else "json")


def _secret_key(given: str | None, data: Path) -> str:
    if given is not None:
        if len(given) < MIN_KEY_LENGTH or given.lower() in WEAK_KEYS or len(set(given)) < 8:
            raise BadSetting(f"FORUM_SECRET_KEY: use at least {MIN_KEY_LENGTH} random characters, or leave it unset.")
        return given
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data / "secret-key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    with os.fdopen(handle, "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key


def _read_key(path: Path) -> str:
    key = path.read_text().strip()
    if len(key) < MIN_KEY_LENGTH:
        raise BadSetting(f"{path} is empty or too short: remove it, and a new key is made (everybody is logged out).")
    return key


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/")):
        raise BadSetting("FORUM_BASE_URL: use http://host or https://host, without a path.")
    return url.rstrip("/")


def _switch(name: str, value: str) -> bool:
    if value.lower() not in {"on", "off"}:
        raise BadSetting(f"{name}: use on or off.")
    return value.lower() == "on"


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip())
    except ValueError as error:
        raise BadSetting(f"FORUM_TRUSTED_PROXIES: {error}") from error
