"""Checks of the services the forum connects to: database, replica, Redis and mail server."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from forum.health.checks import Check, Level
from forum.infra import clock, smtp
from forum.infra.database import migrate
from forum.infra.database.engines import engine_options, with_timeouts
from forum.infra.ephemeral.outage_log import first_line
from forum.infra.imap import mailbox
from forum.infra.settings import Settings

QUICK_CHECK_SECONDS = 20.0
MAX_CLOCK_SECONDS = 5.0  # between the clocks of a node and its database
PROGRESS_OPCODES = 100_000  # SQLite VM instructions between checks of the time


def database(settings: Settings, *, integrity_seconds: float = QUICK_CHECK_SECONDS) -> Iterator[Check]:
    """Whether the database answers, has this version's schema, is undamaged, and its clock agrees."""
    engine = with_timeouts(create_engine(settings.database_url, **engine_options(settings)))
    try:
        yield _answers(engine, settings)
        yield _schema(engine)
        if settings.is_sqlite:
            yield _integrity(str(make_url(settings.database_url).database), integrity_seconds)
        yield _clock(engine, settings)
    except SQLAlchemyError as error:
        yield Check("database", Level.FAULT, first_line(error))
    finally:
        engine.dispose()


def _answers(engine: Engine, settings: Settings) -> Check:
    began = time.monotonic()
    with engine.connect() as connection:
        version = connection.execute(text("SELECT sqlite_version()" if settings.is_sqlite else "SHOW server_version"))
        name = f"{'SQLite' if settings.is_sqlite else 'PostgreSQL'} {version.scalar()}"
    return Check("database", Level.OK, f"{name} responds in {(time.monotonic() - began) * 1000:.0f} ms")


def _schema(engine: Engine) -> Check:
    try:
        migrate.require_tables(engine)
    except migrate.SchemaMismatch as error:
        return Check("schema", Level.FAULT, str(error))
    return Check("schema", Level.OK, f"{migrate.newest_revision()}, up to date")


def _integrity(path: str, seconds: float) -> Check:
    """SQLite's quick_check, interrupted after `seconds` as it takes long on a large database."""
    end = time.monotonic() + seconds
    with closing(sqlite3.connect(path)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > end, PROGRESS_OPCODES)
        try:
            report = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            words = f"no damage found in {seconds:.0f} s; `forum backup` checks the whole file"
            return Check("integrity", Level.OK, words)
        except sqlite3.DatabaseError as error:
            report = str(error)
    if report != "ok":
        return Check("integrity", Level.FAULT, f"{report.splitlines()[-1]}: restore a backup (`forum restore FILE`)")
    return Check("integrity", Level.OK, "no damage found")


def _clock(engine: Engine, settings: Settings) -> Check:
    """Compare PostgreSQL's clock with ours; for SQLite, check that the newest post is not in the future."""
    with engine.connect() as connection:
        if not settings.is_sqlite:
            theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            offset = (theirs - clock.now()).total_seconds()
            level = Level.FAULT if abs(offset) > MAX_CLOCK_SECONDS else Level.OK
            return Check("clock", level, f"the database is {abs(offset):.1f} s {'ahead' if offset > 0 else 'behind'}")
        newest = connection.execute(text("SELECT max(last_posted_at) FROM thread")).scalar()
    if newest and str(newest) > f"{clock.now():%Y-%m-%d %H:%M:%S.%f}":
        words = f"the newest post is dated {str(newest)[:16]} UTC: a clock was ahead, or this one is behind"
        return Check("clock", Level.FAULT, words)
    return Check("clock", Level.OK, f"{clock.now():%Y-%m-%d %H:%M} UTC")


def replica(settings: Settings) -> Iterator[Check]:
    """Whether the replica answers, if configured."""
    if not settings.database_replica_url:
        return
    engine = with_timeouts(create_engine(settings.database_replica_url))
    try:
        with engine.connect() as connection:
            is_replica = connection.execute(text("SELECT pg_is_in_recovery()")).scalar()
        yield Check("replica", *((Level.OK, "replicating") if is_replica else (Level.FAULT, "not a replica")))
    except SQLAlchemyError as error:
        yield Check("replica", Level.FAULT, first_line(error))
    finally:
        engine.dispose()


def redis(settings: Settings) -> Iterator[Check]:
    """Whether Redis answers, if configured."""
    if not settings.redis_url:
        return
    from redis import Redis  # noqa: PLC0415 - most forums have no Redis
    from redis.exceptions import RedisError  # noqa: PLC0415

    began = time.monotonic()
    try:
        with Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2) as client:
            version = client.info("server")["redis_version"]
    except (RedisError, OSError) as error:
        yield Check("redis", Level.FAULT, first_line(error))
        return
    yield Check("redis", Level.OK, f"{version} responds in {(time.monotonic() - began) * 1000:.0f} ms")


def mail(settings: Settings, *, timeout: float = smtp.RESPONSE_TIMEOUT_SECONDS) -> Check:
    """Whether the mail server accepts the connection and login; sends nothing."""
    if not settings.mail_url:
        return Check("mail", Level.WARNING, "FORUM_MAIL_URL is not set: mail is kept in FORUM_DATA/outbox")
    parts = urlsplit(settings.mail_url)
    where = parts.netloc.rpartition("@")[2]
    try:
        with smtp.connect(settings.mail_url, timeout=timeout) as server:
            is_tls = parts.scheme == "smtps" or server.has_extn("starttls")
    except smtp.SMTP_ERRORS as error:
        return Check("mail", Level.FAULT, f"{where}: {smtp.error_text(error)}")
    words = [f"{where} responds", "with TLS" if is_tls else "unencrypted", "login accepted" if parts.username else ""]
    return Check("mail", Level.OK if is_tls or not parts.username else Level.WARNING, ", ".join(filter(None, words)))


def inbox(settings: Settings, *, timeout: float = mailbox.RESPONSE_SECONDS) -> Iterator[Check]:
    """Whether the mailbox for answers can be opened, if configured; changes nothing in it."""
    if not settings.inbox_url:
        return
    parts = urlsplit(settings.inbox_url)
    where = parts.netloc.rpartition("@")[2]
    try:
        with mailbox.opened(settings.inbox_url, timeout=timeout, total=3 * timeout) as inbox_:
            count = len(inbox_.unread())
    except mailbox.IMAP_ERRORS as error:
        yield Check("inbox", Level.FAULT, f"{where}: {mailbox.error_text(error)}")
        return
    yield Check("inbox", Level.OK, f"{where} responds, login accepted, {count} unread")
