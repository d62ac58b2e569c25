"""Parses the values of settings; raises BadSetting with one line that names the setting and the expected value."""

import ipaddress
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from forum.infra.text.messages import one_line

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WEAK_KEYS = frozenset({"dev", "secret", "changeme", "change-me", "secret-key", "password", "forum"})
MIN_KEY_LENGTH = 32
MIN_TOKEN_LENGTH = 16
MAX_NAME_LENGTH = 100
MAX_SHARED_SECONDS = 60  # the longest a deleted post may stay visible behind a CDN
TZIF_MAGIC = b"TZif"  # the magic number of time zone files (RFC 8536)


class BadSetting(ValueError):
    """An invalid setting; the message names it and says what is expected."""


def require_utf8(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment; raises BadSetting if a setting is not UTF-8, which would otherwise fail much later."""
    for name, value in environ.items():
        if name.startswith("FORUM_"):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise BadSetting(f"{name}: not valid UTF-8.") from error
    return environ


def require_time_zone(given: str) -> None:
    """Raise BadSetting if TZ is the path of something other than a time zone file: importing Babel would fail."""
    path = Path(given.removeprefix(":"))
    try:
        if not given.removeprefix(":") or not path.exists():
            return  # a zone name; unknown names mean UTC
        is_zone = path.is_file() and path.read_bytes()[: len(TZIF_MAGIC)] == TZIF_MAGIC
    except (OSError, ValueError):
        is_zone = False
    if not is_zone:
        raise BadSetting(f"TZ: {given} is not a time zone. Use a name such as Europe/Berlin, or leave it unset.")


def secret_key(given: str | None, data: Path) -> str:
    """The given key, or the one in the data folder, which is created if missing."""
    if given is not None:
        if len(given) < MIN_KEY_LENGTH or given.lower() in WEAK_KEYS or len(set(given)) < 8:
            raise BadSetting(f"FORUM_SECRET_KEY: use at least {MIN_KEY_LENGTH} random characters, or leave it unset.")
        return given
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError as error:
        raise BadSetting(f"FORUM_DATA: {data} is not a folder.") from error
    except OSError as error:
        raise BadSetting(f"FORUM_DATA: {data} cannot be created: {error.strerror}.") from error
    path = data / "secret-key"
    try:
        return _read_key(path) if path.exists() else _make_key(path)
    except OSError as error:
        raise BadSetting(f"FORUM_DATA: {path} cannot be used: {error.strerror}.") from error


def _make_key(path: Path) -> str:
    """Create the key file atomically: another process may start at the same time."""
    draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    try:
        os.link(draft, path)
    except FileExistsError:
        return _read_key(path)
    finally:
        draft.unlink()
    return key


def _read_key(path: Path) -> str:
    advice = "remove it to have a new key created (logs everybody out)."
    try:
        key = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise BadSetting(f"{path} is not text: {advice}") from error
    if len(key) < MIN_KEY_LENGTH:
        raise BadSetting(f"{path} is empty or too short: {advice}")
    return key


def site_name(given: str) -> str:
    """The forum's name; raises BadSetting if it is too long."""
    name = one_line(given)
    if len(name) > MAX_NAME_LENGTH:
        raise BadSetting(f"FORUM_SITE_NAME: use at most {MAX_NAME_LENGTH} characters.")
    return name


def seconds(name: str, given: str) -> int:
    """A number of seconds, 0 to MAX_SHARED_SECONDS."""
    is_number = given.isascii() and given.isdigit() and len(given) < 9
    if given and not (is_number and int(given) <= MAX_SHARED_SECONDS):
        raise BadSetting(f"{name}: use a number from 0 to {MAX_SHARED_SECONDS}.")
    return int(given or 0)


def token(name: str, given: str) -> str:
    """A secret token chosen by the operator."""
    if given and (len(given) < MIN_TOKEN_LENGTH or not given.isascii() or not given.isprintable()):
        raise BadSetting(f"{name}: use at least {MIN_TOKEN_LENGTH} random characters of ASCII.")
    return given


def log_format(given: str) -> str:
    """The log format; the default is plain on a terminal, else json."""
    if given not in {"", "json", "plain"}:
        raise BadSetting("FORUM_LOG_FORMAT: use json or plain.")
    return given or ("plain" if sys.stderr.isatty() else "json")


def on_or_off(name: str, value: str) -> bool:
    """Parse "on" or "off"."""
    if value.lower() not in {"on", "off"}:
        raise BadSetting(f"{name}: use on or off.")
    return value.lower() == "on"


def networks(text: str) -> tuple[Network, ...]:
    """Parse comma-separated IP addresses and networks."""
    try:
        return tuple(ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip())
    except ValueError as error:
        raise BadSetting(f"FORUM_TRUSTED_PROXIES: {error}.") from error
