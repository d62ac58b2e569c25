"""What the environment says is taken, or refused with a line that names the setting."""

from pathlib import Path

import pytest

from forum.base.settings import BadSetting, Settings, from_environment


def taken(folder: Path, **environ: str) -> Settings:
    return from_environment({"FORUM_DATA": str(folder)} | environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORUM_DATABASE_REPLICA_URL", "postgresql://replica/forum"),  # beside SQLite
        ("FORUM_DATABASE_URL", "mysql://somewhere/forum"),
        ("FORUM_SHARED_CACHE_SECONDS", "61"),
        ("FORUM_SHARED_CACHE_SECONDS", "-1"),
        ("FORUM_SHARED_CACHE_SECONDS", "soon"),
        ("FORUM_METRICS_TOKEN", "short"),
        ("FORUM_LOG_FORMAT", "xml"),
        ("FORUM_ACCESS_LOG", "yes"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=name):
        taken(tmp_path, **{name: value})


def test_a_replica_stands_beside_a_postgresql(tmp_path: Path) -> None:
    urls = {"FORUM_DATABASE_URL": "postgres://one/forum", "FORUM_DATABASE_REPLICA_URL": "postgres://two/forum"}
    assert taken(tmp_path, **urls).database_replica_url == "postgresql+psycopg://two/forum"


def test_the_log_is_json_where_nobody_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    assert taken(tmp_path).log_format == "json"
    assert taken(tmp_path, FORUM_LOG_FORMAT="plain").log_format == "plain"


def test_secrets_do_not_stand_in_what_is_printed(tmp_path: Path) -> None:
    settings = taken(tmp_path, FORUM_METRICS_TOKEN="a token that nobody reads")
    assert "a token that nobody reads" not in repr(settings)
    assert settings.secret_key not in repr(settings)
