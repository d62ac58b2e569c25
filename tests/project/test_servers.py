"""The test servers start quickly, work and leave nothing behind."""

import smtplib
import time
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
import redis
from sqlalchemy import create_engine, text

from tests.parts import PARTS, require_part
from tests.servers import free_port, postgres_server, redis_server, smtp_server


@pytest.mark.postgres
def test_postgres_starts_stores_text_in_all_scripts_and_stops() -> None:
    started = time.monotonic()
    with postgres_server() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT lower('ÄΩЖ') || '月面'")) == "äωж月面"
        engine.dispose()
    assert time.monotonic() - started < 10
    with pytest.raises(Exception, match="refused"), create_engine(url).connect():
        pass


@pytest.mark.redis
def test_redis_starts_stores_a_value_and_stops() -> None:
    with redis_server() as url, redis.Redis.from_url(url) as client:
        assert client.set("word", "luna")
        assert client.get("word") == b"luna"
    with pytest.raises(redis.ConnectionError), redis.Redis.from_url(url) as client:
        client.ping()


def test_the_mail_server_stores_every_message() -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "forum@example.org", "anna@example.org", "Grüße vom Mond"
    letter.set_content("Ein Brief.")
    with smtp_server() as mailbox:
        parts = urlsplit(mailbox.url)
        with smtplib.SMTP(parts.hostname or "", parts.port or 0) as client:
            client.send_message(letter)
        (kept,) = mailbox.letters
    assert kept["Subject"] == "Grüße vom Mond"
    assert kept.get_content().strip() == "Ein Brief."


def test_free_port_returns_a_different_port_each_time() -> None:
    assert len({free_port() for _ in range(20)}) > 1


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_program_is_skipped_by_name_and_fails_under_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setitem(PARTS, "Redis", lambda: None)
    with pytest.raises(outcome, match="not installed: Redis"):
        require_part("Redis")
