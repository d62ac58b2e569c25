"""Environment variables are accepted, or refused with a line that names the setting."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from forum.infra.setting_values import require_time_zone
from forum.infra.settings import BadSetting, Settings, from_environment

NO_DATABASES = (
    *("sqlite:///", "sqlite:///:memory:", "sqlite://", "sqlite:///x?mode=ro", "sqlite:///file:x"),
    *("postgresql://u:s3cret@host:port/x", "postgresql://host:70000/x", "postgresql"),
)
NO_ADDRESSES = (
    *("forum.example", "ftp://forum.example", "https://", "https://[", "https://forum.example/path"),
    *("https://forum.example:port", "https://forum.example:0", "https://u:s3cret@forum.example"),
    *("https://forum.example?x", "https://forum.example#", "https://forum example", "https://münchen.example"),
    *("https://evil.test\\@127.0.0.1", "https://[::x]"),
)
NO_MAIL_SERVERS = (
    *("ftp://x", "x", "smtp://", "smtp://host:port", "smtp://host/path", "smtp://u:s3cret@", "smtp://ho st"),
    *("smtp://u:s3cret%C3%BC@host", "smtp://ü:s3cret@host"),
)
NO_SENDERS = (
    "forum",
    "forum@",
    "@forum.example",
    "Forum <f@forum.example>",
    "a@b.c, d@e.f",
    "a@b.c\nBcc: d@e.f",
    "ü@b.c",
)


def taken(folder: Path, **environ: str) -> Settings:
    return from_environment({"FORUM_DATA": str(folder)} | environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORUM_DATABASE_REPLICA_URL", "postgresql://replica/forum"),  # with SQLite
        ("FORUM_DATABASE_URL", "mysql://somewhere/forum"),
        ("FORUM_SHARED_CACHE_SECONDS", "61"),
        ("FORUM_SHARED_CACHE_SECONDS", "-1"),
        ("FORUM_SHARED_CACHE_SECONDS", "soon"),
        ("FORUM_METRICS_TOKEN", "short"),
        ("FORUM_LOG_FORMAT", "xml"),
        ("FORUM_METRICS_TOKEN", "a token that nobody réads"),
        ("FORUM_ACCESS_LOG", "yes"),
        ("FORUM_LOG_ADDRESSES", "yes"),
        ("FORUM_HSTS_SUBDOMAINS", "yes"),
        ("FORUM_SHARED_CACHE_SECONDS", "9" * 5000),
        ("FORUM_SITE_NAME", "x" * 101),
        ("FORUM_SITE_NAME", "half \udcff a character"),
        ("FORUM_TRUSTED_PROXIES", "300.1.1.1"),
        *[("FORUM_DATABASE_URL", url) for url in NO_DATABASES],
        *[("FORUM_REDIS_URL", url) for url in ("notaurl", "http://cache", "redis://", "redis://cache:port", "unix://")],
        *[("FORUM_BASE_URL", url) for url in NO_ADDRESSES],
        *[("FORUM_MAIL_URL", url) for url in NO_MAIL_SERVERS],
        *[("FORUM_MAIL_FROM", sender) for sender in NO_SENDERS],
        *[("FORUM_INBOX_ADDRESS", sender) for sender in NO_SENDERS],
        *[("FORUM_INBOX_URL", url) for url in ("imaps://mail.example", "smtp://u:s3cret@mail.example", "imaps://u@")],
        ("FORUM_INBOX_URL", "imaps://user:s3cret@mail.example/INBOX"),  # no FORUM_MAIL_URL
    ],
)
def test_an_invalid_setting_is_refused_by_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=name) as refusal:
        taken(tmp_path, **({"FORUM_BASE_URL": "https://forum.example"} | {name: value}))
    assert "\n" not in str(refusal.value)
    assert "s3cret" not in str(refusal.value)
    assert not (tmp_path / "secret-key").exists(), "a refusal writes nothing"


def test_a_replica_is_allowed_with_postgresql(tmp_path: Path) -> None:
    urls = {"FORUM_DATABASE_URL": "postgres://one/forum", "FORUM_DATABASE_REPLICA_URL": "postgres://two/forum"}
    assert taken(tmp_path, **urls).database_replica_url == "postgresql+psycopg://two/forum"


def test_the_log_is_json_unless_it_goes_to_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    assert taken(tmp_path).log_format == "json"
    assert taken(tmp_path, FORUM_LOG_FORMAT="plain").log_format == "plain"


def test_secrets_are_not_in_the_repr(tmp_path: Path) -> None:
    settings = taken(tmp_path, FORUM_METRICS_TOKEN="a token that nobody reads")
    assert "a token that nobody reads" not in repr(settings)
    assert settings.secret_key not in repr(settings)


def test_mail_without_a_public_address_is_refused(tmp_path: Path) -> None:
    """Otherwise a link in mail would use whatever host a request named."""
    with pytest.raises(BadSetting, match="FORUM_MAIL_URL: set FORUM_BASE_URL too"):
        taken(tmp_path, FORUM_MAIL_URL="smtp://mail.example")


def test_mail_from_an_ip_address_needs_a_sender(tmp_path: Path) -> None:
    urls = {"FORUM_MAIL_URL": "smtp://mail.example", "FORUM_BASE_URL": "http://[::1]:8000"}
    with pytest.raises(BadSetting, match="FORUM_MAIL_FROM"):
        taken(tmp_path, **urls)
    assert taken(tmp_path, **urls, FORUM_MAIL_FROM="forum@example.org").mail_from == "forum@example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("FORUM_BASE_URL", url) for url in ("http://localhost:8000", "https://a-b.example", "http://[::1]:80")],
        *[("FORUM_REDIS_URL", url) for url in ("redis://cache", "rediss://:p@cache:6379/1", "unix:///run/redis.sock")],
        *[("FORUM_MAIL_URL", url) for url in ("smtp://mail_1", "smtps://u%40x:p%2F@mail.example:465")],
        ("FORUM_DATABASE_URL", "postgresql+psycopg:///forum?host=/run/postgresql"),
        ("FORUM_DATABASE_URL", "sqlite:////srv/forum.sqlite3"),
        ("FORUM_LIMITS", ""),
        ("FORUM_ACCESS_LOG", ""),
    ],
)
def test_valid_settings_are_accepted(name: str, value: str, tmp_path: Path) -> None:
    taken(tmp_path, **({"FORUM_BASE_URL": "https://forum.example"} | {name: value}))


@pytest.mark.parametrize("content", [b"\xff\xfe" * 40, b"", b"short"])
def test_a_secret_key_that_cannot_be_read_is_refused_by_its_path(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_bytes(content)
    with pytest.raises(BadSetting, match=r"secret-key .* remove it"):
        taken(tmp_path)


def test_a_folder_in_place_of_the_secret_key_is_refused_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "secret-key").mkdir()
    with pytest.raises(BadSetting, match="secret-key cannot be used: Is a directory"):
        taken(tmp_path)


def test_a_file_in_place_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match=r"FORUM_DATA: .* is not a folder"):
        taken(tmp_path / "file")


def test_processes_that_start_at_once_share_one_secret_key(tmp_path: Path) -> None:
    start = Barrier(8)

    def begin(_: int) -> str:
        start.wait(10)
        return taken(tmp_path).secret_key

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(begin, range(8)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


@pytest.mark.parametrize("zone", ["/etc", "..", ":/etc", "/etc/hostname"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(BadSetting, match=r"TZ: .* is not a time zone"):
        require_time_zone(zone)


@pytest.mark.parametrize(
    "zone", ["", ":", "UTC", "Europe/Berlin", "CET-1CEST", "Nowhere/Bad", "/usr/share/zoneinfo/UTC"]
)
def test_a_time_zone_by_name_or_file_is_accepted(zone: str) -> None:
    require_time_zone(zone)
