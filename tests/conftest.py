"""Fixtures for all tests: a fresh forum on a real database, and a client."""

import gc
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.app import create_app
from forum.infra import password
from forum.infra.database import migrate
from forum.infra.database.db import db, session, start_writing, transaction
from forum.infra.ephemeral import ephemeral_store
from forum.infra.settings import Settings, from_environment
from forum.search.index import index_language
from forum.site.queries import invalidate
from tests import databases
from tests.compiled_templates import share_compiled_templates
from tests.factories import PASSWORD, forget_password_hashes
from tests.job_limits import let_jobs_end
from tests.migrated import KEY, close, copy_migrated
from tests.parts import (
    examples,
    in_ci,
    mark_process_starters,
    pytest_runtest_setup,
    pytest_sessionfinish,
    pytest_terminal_summary,
)
from tests.rewritten_asserts import share_rewriting
from tests.site_rows import insert_site_rows

__all__ = ["KEY", "close", "pytest_runtest_setup", "pytest_sessionfinish", "pytest_terminal_summary"]


CHEAP = {"memory_kib": 8, "time_cost": 1}


def pytest_configure(config: pytest.Config) -> None:
    """Hash passwords in a thousandth of the time, as thousands of tests log in; compile templates once; let jobs end.

    Hypothesis has a profile of its own for CI. Outside it tries fewer examples, and also fails none for being slow.
    """
    password.use_cost(**CHEAP)
    share_compiled_templates()
    let_jobs_end()
    share_rewriting(config)
    hypothesis.settings.register_profile("developer", max_examples=examples(100), deadline=None)
    if not in_ci():
        hypothesis.settings.load_profile("developer")


@pytest.fixture
def real_password_cost() -> Iterator[None]:
    """Passwords are hashed as in a forum that runs."""
    password.use_cost()
    forget_password_hashes()
    yield
    password.use_cost(**CHEAP)
    forget_password_hashes()


LONGEST = ("test_describe.py", "test_ways_out.py", "test_document.py")  # minutes: not at the end


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that start a process, deselect those that do not apply to this run's database; the longest begin."""
    mark_process_starters(items)
    others = databases.excluded_items(items)
    config.hook.pytest_deselected(items=others)
    left_out = set(others)
    items[:] = sorted((item for item in items if item not in left_out), key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish() -> None:
    """Let the garbage collector run less often, and pass over what stays until the end: an eighth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def settings_in(folder: Path, **more: str) -> Settings:
    """Settings of a forum in a folder; rate limits are off unless a test sets them."""
    return from_environment({"FORUM_DATA": str(folder), "FORUM_SECRET_KEY": KEY, "FORUM_LIMITS": "off"} | more)


def settings_on(folder: Path, **more: str) -> Settings:
    """Settings of a forum in a folder, on the database this test run uses."""
    return settings_in(folder, **databases.database_settings(), **more)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database that holds only the rows an operator tunes; created once per session."""
    settings = settings_on(tmp_path_factory.mktemp("blank"))
    if settings.is_sqlite:
        copy_migrated(settings.data)
    app = create_app(settings)
    with app.app_context():
        if not settings.is_sqlite:
            migrate.upgrade(db.engine)
        start_writing()
        insert_site_rows()
        session.commit()
    close(app)
    databases.make_template(settings)
    return settings.data / "forum.sqlite3"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that all forums of one test process use, one after the other."""
    return tmp_path_factory.mktemp("home") / "data"


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of this test's forum."""
    return settings_on(home)


_shared_apps: dict[str, Flask] = {}  # keyed by database URL


@pytest.fixture
def app(settings: Settings, blank: Path, home: Path) -> Iterator[Flask]:
    """The forum on a fresh copy of the blank database; the app object is reused by all tests in `home`."""
    shutil.rmtree(settings.data, ignore_errors=True)
    settings.data.mkdir(parents=True)
    databases.copy_blank(blank, settings)
    made = shared_app(settings) if settings.data == home else create_app(settings)
    with made.app_context():
        invalidate()
        index_language.forget()
    yield made
    close(made)


def shared_app(settings: Settings) -> Flask:
    """The shared app for these settings: creating one takes longer than most tests."""
    made = _shared_apps.get(settings.database_url)
    if made is None:
        made = _shared_apps[settings.database_url] = create_app(settings)
        with made.app_context():  # a process's tests use twice as many statements as an engine keeps compiled
            db.engine.update_execution_options(compiled_cache={})
    else:
        made.extensions["forum.settings"] = settings  # caches are keyed by the settings object: start empty
        with made.extensions["forum.ephemeral"].connect() as connection, connection.begin():
            ephemeral_store.note_start(connection)
    return made


@pytest.fixture
def elsewhere(settings: Settings, app: Flask) -> Iterator[Flask]:
    """The forum in another process: an app of its own, with its own snapshot."""
    other = create_app(replace(settings))  # caches belong to a settings object
    yield other
    close(other)


@pytest.fixture
def app_in_context(app: Flask) -> Iterator[Flask]:
    """The forum with its app context entered and a write transaction begun, for tests without HTTP."""
    with app.app_context():
        start_writing()
        yield app
        session.rollback()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts."""
    return app.test_client()


@pytest.fixture
def writing(app: Flask) -> Callable[[], AbstractContextManager[None]]:
    """A context manager that creates members and threads for a test with HTTP and commits at the end."""

    @contextmanager
    def enter() -> Iterator[None]:
        with app.app_context(), transaction():
            yield

    return enter


def log_in(client: FlaskClient, name: str, word: str = PASSWORD, *, remember: bool = False) -> None:
    """Log a client in through the form, as a browser does."""
    form = {"csrf_token": token_in(client.get("/login").text)} | ({"remember": "1"} if remember else {})
    answer = client.post("/login", data={"username": name, "password": word, **form})
    assert answer.status_code == 303, answer.text


def token_in(html: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html) or re.search(
        r'name="csrf-token" content="([^"]+)"', html
    )
    assert found, "no form token in the page"
    return found[1]
