"""Deployment settings, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import field as attribute
from pathlib import Path
from urllib.parse import urlsplit

from forum.infra import setting_urls as urls
from forum.infra import setting_values as values
from forum.infra.setting_values import WEAK_KEYS, BadSetting, Network

__all__ = ["WEAK_KEYS", "BadSetting", "Network", "Settings", "describe", "from_environment"]


def _setting(name: str, help_text: str) -> dict[str, str]:
    return {"name": name, "help": help_text}


@dataclass(frozen=True)
class Settings:
    """The deployment's settings; each field's metadata holds its environment variable and help text."""

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
            "Public address, e.g. https://forum.example (default: the request's host, only on loopback).",
        ),
    )
    site_name: str = attribute(
        default="", metadata=_setting("FORUM_SITE_NAME", "Name of the forum (default: the one in the site settings).")
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
    inbox_url: str = attribute(
        default="",
        repr=False,
        metadata=_setting(
            "FORUM_INBOX_URL", "imaps://user:password@host/INBOX for answers and failures (default: none are read)."
        ),
    )
    inbox_address: str = attribute(
        default="",
        metadata=_setting(
            "FORUM_INBOX_ADDRESS", "Address of that mailbox, which takes address+word@host (default: FORUM_MAIL_FROM)."
        ),
    )
    limits: bool = attribute(
        default=True, metadata=_setting("FORUM_LIMITS", "Flood and rate limits: on, or off for load tests.")
    )
    trusted_proxies: tuple[Network, ...] = attribute(
        default=(),
        metadata=_setting(
            "FORUM_TRUSTED_PROXIES", "Comma-separated addresses or networks whose X-Forwarded-For is trusted."
        ),
    )
    database_replica_url: str = attribute(
        default="",
        metadata=_setting("FORUM_DATABASE_REPLICA_URL", "A streaming replica to read guests' pages from (PostgreSQL)."),
    )
    shared_cache_seconds: int = attribute(
        default=0,
        metadata=_setting(
            "FORUM_SHARED_CACHE_SECONDS",
            "Seconds for which a CDN may serve a guest's page to other guests (default: 0).",
        ),
    )
    hsts_subdomains: bool = attribute(
        default=False,
        metadata=_setting("FORUM_HSTS_SUBDOMAINS", "on: browsers use TLS for all subdomains, too (default: off)."),
    )
    security_contact: str = attribute(
        default="",
        metadata=_setting(
            "FORUM_SECURITY_CONTACT",
            "E-mail or https://… contacts for security.txt, separated by spaces (default: no security.txt).",
        ),
    )
    metrics_token: str = attribute(
        default="",
        repr=False,
        metadata=_setting("FORUM_METRICS_TOKEN", "Bearer token that can read /metrics (default: only admins can)."),
    )
    log_format: str = attribute(
        default="plain", metadata=_setting("FORUM_LOG_FORMAT", "json or plain (default: json, plain on a terminal).")
    )
    access_log: bool = attribute(
        default=False, metadata=_setting("FORUM_ACCESS_LOG", "on: log a line for each request and job (default: off).")
    )
    log_addresses: bool = attribute(
        default=False,
        metadata=_setting(
            "FORUM_LOG_ADDRESSES", "on: log the client's address with each request, for fail2ban (default: off)."
        ),
    )
    seed: str = attribute(
        default="document", metadata=_setting("FORUM_SEED", "document, defaults, or a folder in the archive format.")
    )

    @property
    def is_sqlite(self) -> bool:
        """Whether the content database is SQLite."""
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        """Whether the public URL uses HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The public host with its port; empty if FORUM_BASE_URL is not set."""
        return urlsplit(self.base_url).netloc


def describe() -> list[tuple[str, str]]:
    """Every setting's environment variable and help text."""
    return [(item.metadata["name"], item.metadata["help"]) for item in fields(Settings)]


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises BadSetting with a one-line message."""
    env = values.require_utf8(os.environ if environ is None else environ)
    data = Path(env.get("FORUM_DATA") or "forum-data").resolve()
    database_url = urls.database_url(env.get("FORUM_DATABASE_URL", ""), data)
    base_url, mail_url = urls.base_url(env.get("FORUM_BASE_URL", "")), env.get("FORUM_MAIL_URL", "")
    return Settings(
        data=data,
        database_url=database_url,
        redis_url=urls.redis_url(env.get("FORUM_REDIS_URL", "")),
        base_url=base_url,
        site_name=values.site_name(env.get("FORUM_SITE_NAME", "")),
        mail_url=urls.mail_url(mail_url, home=base_url),
        mail_from=urls.mail_from(env.get("FORUM_MAIL_FROM", ""), url=mail_url, home=base_url),
        inbox_url=urls.inbox_url(env.get("FORUM_INBOX_URL", ""), mail=mail_url),
        inbox_address=urls.address("FORUM_INBOX_ADDRESS", env.get("FORUM_INBOX_ADDRESS", "")),
        limits=values.on_or_off("FORUM_LIMITS", env.get("FORUM_LIMITS") or "on"),
        trusted_proxies=values.networks(env.get("FORUM_TRUSTED_PROXIES", "")),
        database_replica_url=urls.replica_url(env.get("FORUM_DATABASE_REPLICA_URL", ""), of=database_url),
        shared_cache_seconds=values.seconds("FORUM_SHARED_CACHE_SECONDS", env.get("FORUM_SHARED_CACHE_SECONDS", "")),
        hsts_subdomains=values.on_or_off("FORUM_HSTS_SUBDOMAINS", env.get("FORUM_HSTS_SUBDOMAINS") or "off"),
        security_contact=urls.contacts("FORUM_SECURITY_CONTACT", env.get("FORUM_SECURITY_CONTACT", "")),
        metrics_token=values.token("FORUM_METRICS_TOKEN", env.get("FORUM_METRICS_TOKEN", "")),
        log_format=values.log_format(env.get("FORUM_LOG_FORMAT", "")),
        access_log=values.on_or_off("FORUM_ACCESS_LOG", env.get("FORUM_ACCESS_LOG") or "off"),
        log_addresses=values.on_or_off("FORUM_LOG_ADDRESSES", env.get("FORUM_LOG_ADDRESSES") or "off"),
        seed=env.get("FORUM_SEED") or "document",
        secret_key=values.secret_key(env.get("FORUM_SECRET_KEY"), data),  # last: it may write a file
    )
