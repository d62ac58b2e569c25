"""The document's thread suggests exactly the five threads of its source page, whatever else the forum contains."""

import json
import random
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from forum.app import create_app
from forum.archive.load import load
from forum.infra.database.db import session, transaction
from forum.infra.paths import SEED
from forum.infra.settings import Settings
from forum.models import Board, Thread
from forum.similar import actions as similar
from forum.similar.queries import similar_to, suggest
from forum.similar.refresh_jobs import EmbeddingJob
from tests.conftest import settings_in
from tests.factories import a_member, a_thread
from tests.migrated import NO_SEED, close, copy_migrated, migrated_postgres
from tests.parts import in_ci
from tests.presence.backends import DATABASES

TITLE = "Russia, China agree to build lunar station together"
FIVE = [
    "Biden space advisers urge cooperation with China",
    "CHINA & RUSSIA TO SIGN AGREEMENT TO BUILD LUNAR BASE (MOON) TOGETHER AGAINST US !",
    "China is aiming to attract partners for an international lunar research station",
    "China is aiming to attract partners for an international lunar research station",
    "Russia, China to sign agreement on international lunar research station, "
    "Russia opts for lunar project with China over continued cooperation with ISS",
]
COUNTRIES = re.split(
    ",",
    "China,Russia,India,Pakistan,Turkey,Iran,Japan,Israel,France,Germany,Egypt,Brazil,Ukraine,Poland,Vietnam,Indonesia,"
    "Malaysia,Saudi Arabia,the US,the UK,South Korea,North Korea,Australia,Canada",
)
TALK = re.split(
    r"\|",
    "Election results in {one}|New fighter jet for the air force of {one}|"
    "Parliament of {one} votes on the defence budget|"
    "Rocket launch delayed again, says {one}|Navy of {one} commissions a frigate|Mars mission of {one} sends images|"
    "Prime minister of {one} resigns|Tank upgrade programme in {one}|Satellite launch by {one} successful|"
    "Border clash between {one} and {other}|{one} and {other} hold a joint military exercise|"
    "Sanctions against {one} discussed at the UN|{one} tests a ballistic missile|Space budget of {one} cut|"
    "Foreign minister of {one} visits {other}|{one} opens a new air base|Astronauts from {one} arrive at the ISS|"
    "{one} buys drones from {other}|Trade war between {one} and {other}|Space telescope of {one} finds water|"
    "Army chief of {one} retires|{one} signs an arms deal with {other}|Submarine of {one} spotted near {other}|"
    "Space station of {one}: news|Lunar probe of {one} lands|{one} and {other} fly to the moon",
)
SAID = re.split(
    r"\|",
    "What do members think about this?|I read it in the newspaper this morning.|Please post your sources.|"
    "The details are in the link below.|Let us keep the discussion civil.|The budget was voted on last week.|"
    "The army showed pictures of it.|Nobody expected this so early.|The minister did not comment.|"
    "A space agency in {one} builds a lunar rover.|Officials of {one} told reporters about an agreement.|"
    "The space station costs billions; {other} will take part in the research.|{one} and {other} want to cooperate.|"
    "Scientists from {one} plan a base on the moon together with {other}.|The president of {other} visited {one}.",
)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Each database."""
    return str(request.param)


def settings_for(database: str, tmp_path: Path, seed: str) -> Settings:
    """Settings of a new forum with the rows of a seed."""
    if database == "sqlite":
        copy_migrated(tmp_path / "data", seed)
        return settings_in(tmp_path / "data")
    return settings_in(tmp_path / "data", FORUM_DATABASE_URL=migrated_postgres(f"similar_{seed}", seed))


@pytest.fixture
def seeded(database: str, tmp_path: Path) -> Iterator[None]:
    """A forum that contains the document."""
    with opened(settings_for(database, tmp_path, "document")):
        yield


@pytest.fixture
def busy(database: str, tmp_path: Path) -> Iterator[None]:
    """A forum that contains the document, many other threads, and a few posted since."""
    chance = random.Random(5)
    with opened(settings_for(database, tmp_path, NO_SEED)):
        load(archive_with(260 if in_ci() else 30, tmp_path / "archive", chance))
        with transaction():
            talk(40 if in_ci() else 10, chance)
        yield


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """A forum with its app context entered."""
    app = create_app(settings)
    with app.app_context():
        yield
    close(app)


def the_thread() -> Thread:
    """The document's own thread."""
    return session.scalars(select(Thread).where(Thread.title == TITLE)).one()


def shown() -> list[str]:
    """The titles shown to a guest, sorted."""
    return sorted(thread.title for thread in similar_to(None, the_thread()))


def archive_with(threads: int, folder: Path, chance: random.Random) -> Path:
    """A copy of the document's archive with other threads about politics, space and the military."""
    shutil.copytree(SEED / "document", folder)
    boards = [json.loads(line)["title"] for line in (folder / "boards.jsonl").read_text().splitlines()]
    with (folder / "threads.jsonl").open("a") as heads, (folder / "posts.jsonl").open("a") as posts:
        for number in range(1_000, 1_000 + threads):
            title, body = a_topic(chance)
            by, at = "qwerrty", "2021-03-09T00:00:00Z"
            head = {"id": number, "board": chance.choice(boards), "title": title, "starter": by, "started_at": at}
            post = {"id": number, "thread": number, "position": 1, "author": by, "created_at": at, "source": body}
            heads.write(json.dumps(head) + "\n")
            posts.write(json.dumps(post) + "\n")
    return folder


def talk(threads: int, chance: random.Random) -> None:
    """Post other threads about the same subjects."""
    boards, starter = list(session.scalars(select(Board).where(~Board.is_category))), a_member()
    for _ in range(threads):
        title, body = a_topic(chance)
        a_thread(by=starter, board=chance.choice(boards), title=title, body=body)


def a_topic(chance: random.Random) -> tuple[str, str]:
    """A title and a first post."""
    one, other = chance.sample(COUNTRIES, 2)
    return chance.choice(TALK).format(one=one, other=other), _said(chance, one, other)


def _said(chance: random.Random, one: str, other: str) -> str:
    return " ".join(chance.sample(SAID, 4)).format(one=one, other=other)


@pytest.mark.usefixtures("seeded")
def test_the_document_suggests_its_five() -> None:
    assert shown() == FIVE
    lunar = [thread for thread in similar_to(None, the_thread()) if "lunar" in thread.title.lower()]
    assert all(the_thread() in similar_to(None, thread) for thread in lunar)


@pytest.mark.slow
@pytest.mark.usefixtures("busy")
def test_the_document_suggests_its_five_among_many_others() -> None:
    assert shown() == FIVE
    with transaction():
        similar.refresh(the_thread().id)
    assert shown() == FIVE
    with transaction():
        similar.refresh_all(lambda *_: None)
    assert shown() == FIVE
    learn = EmbeddingJob()
    while learn():
        pass
    assert shown() == FIVE
    assert TITLE in [thread.title for thread in suggest(None, "China and Russia build a lunar station")]


@pytest.mark.usefixtures("seeded")
def test_the_five_are_in_the_order_of_the_document() -> None:
    assert [thread.view_count for thread in similar_to(None, the_thread())] == [307, 225, 264, 452, 502]
