"""seed/document matches the source page; the expected values were typed from that page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum.archive import check, setup
from forum.archive.export import export
from forum.archive.load import load
from forum.infra import paths
from forum.infra.database.db import session
from forum.infra.errors import BadFile
from forum.markup.plain_text import plain_text
from forum.models import Board, Member, Post, Thread
from forum.site.queries import snapshot
from tests.archive.forums import contents, empty_forum

DAY = datetime(2021, 3, 9, tzinfo=UTC)
TITLE = "Russia, China agree to build lunar station together"
ISS = (
    "Russia, China to sign agreement on international lunar research station, "
    "Russia opts for lunar project with China over continued cooperation with ISS"
)
PARTNERS = "China is aiming to attract partners for an international lunar research station"
SIMILAR = [
    (
        "CHINA & RUSSIA TO SIGN AGREEMENT TO BUILD LUNAR BASE (MOON) TOGETHER AGAINST US !",
        "Daniel808",
        5,
        307,
        "Daniel808",
    ),
    (ISS, "beijingwalker", 5, 225, "vostok"),
    (PARTNERS, "onebyone", 2, 264, "Riz"),
    (PARTNERS, "onebyone", 3, 452, "Brainsucker"),
    ("Biden space advisers urge cooperation with China", "beijingwalker", 9, 502, "Tai Hai Chen"),
]
ARTICLE = """\
dw.com
Russia, China agree to build lunar station together | DW | 09.03.2021
Deutsche Welle (www.dw.com)
2-3 minutes
Russia and China are reaching for the moon, with plans to construct a "complex of experimental research facilities" \
there as they strive to expand their presence in space.
Russia has signed a memorandum of understanding with China to construct a joint lunar space station, the national \
space agency, Roscosmos, announced on Tuesday.
The station is envisioned as a "complex of experimental research facilities created on the surface and/or in the \
orbit of the moon," according to a statement from Roscosmos.
The countries have agreed to cooperate closely on designing, implementing and presenting the project, according to \
the statement.
China's ambassador to Russia confirmed the agreement, the Russian news agency Interfax reported.
'A worthy partner'
In July 2020, Roscosmos chief Dmitry Rogozin had reportedly said his agency was in talks with China about potentially \
developing a joint lunar base.
The project would involve developing a space monitoring system and should also help with deep space exploration, \
Rogozin said. He hinted at cooperation on asteroid and comet security.
"The Chinese have grown a lot in recent years, we respect their results, and in principle they are a worthy partner \
for us," Rogozin was quoted as saying by Interfax.
Beijing and the Kremlin have sought to strengthen their ties since 2014 after Russia's annexation of Ukraine's Crimea \
strained its relations with the West.
Space rivals, space allies
The announcement came hours after France's space studies organization, CNES, reported that Paris and Beijing were \
committed to cooperating in the space exploration field, according to Reuters.
Russia also cooperates with the US when it comes to space exploration. NASA is currently planning to build a lunar \
station in cooperation with Japan, Canada and Europe.
In February, an EU official told Reuters that the bloc would set up an alliance in the space industry to prevent being \
outweighed by the US and Chinese technologies.
Russia's move comes as it loses its monopoly over trips to the International Space Station following the US SpaceX \
mission launch."""
REPLY = (
    "Russia and China are Comprehensive Strategic Partners and although they have not officially signed a military "
    "pact as suggested by Putin, they do massive military exercises together annually before the pandemic. "
)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The document's forum, in its app context; tests do not change it."""
    with empty_forum(tmp_path_factory.mktemp("document")):
        setup.prepare_database()
        yield


pytestmark = pytest.mark.usefixtures("document")


def _member(name: str) -> Member:
    return session.scalars(select(Member).where(Member.username == name)).one()


def test_qwerrty_matches_the_page() -> None:
    member = _member("qwerrty")
    assert member.joined_at == datetime(2010, 5, 12, tzinfo=UTC)
    assert (member.message_count, member.negative_reactions, member.positive_reactions) == (3074, 9, 7740)
    assert snapshot().title_of(member) == "SENIOR MEMBER"
    assert (member.country, member.location) == ("", "")


def test_capricorn_88_matches_the_page() -> None:
    member = _member("CAPRICORN-88")
    assert member.joined_at == datetime(2015, 8, 19, tzinfo=UTC)
    assert (member.message_count, member.negative_reactions, member.positive_reactions) == (1827, 3, 4090)
    assert snapshot().title_of(member) == "FULL MEMBER"
    assert (member.country, member.location) == ("Singapore", "Malaysia")


def test_seven_members_have_only_a_name() -> None:
    others = session.scalars(select(Member).where(Member.joined_at.is_(None)).order_by(Member.username)).all()
    assert [member.username for member in others] == [
        "Brainsucker", "Daniel808", "Riz", "Tai Hai Chen", "beijingwalker", "onebyone", "vostok",
    ]  # fmt: skip
    for member in others:
        values = (member.message_count, member.reaction_score, member.country, member.about, member.email)
        assert (*values, snapshot().title_of(member)) == (0, 0, "", "", None, "")


def test_there_are_no_other_members_and_no_accounts() -> None:
    assert len(session.scalars(select(Member)).all()) == 9
    assert session.scalars(select(Member).where(Member.password_hash.is_not(None))).all() == []


def test_the_thread_has_the_article_and_the_reply() -> None:
    thread = session.scalars(select(Thread).where(Thread.title == TITLE).options(joinedload(Thread.starter))).one()
    assert (thread.starter.username, thread.started_at, thread.reply_count) == ("qwerrty", DAY, 1)
    posts = session.scalars(select(Post).options(joinedload(Post.author)).order_by(Post.position)).all()
    assert [(post.position, post.author.username, post.created_at) for post in posts] == [
        (1, "qwerrty", DAY),
        (2, "CAPRICORN-88", DAY),
    ]
    assert plain_text(posts[0].html) == ARTICLE
    assert plain_text(posts[1].html).startswith(REPLY.strip())


def test_the_article_has_its_link_card_headings_and_quotes() -> None:
    html = session.scalars(select(Post.html).where(Post.position == 1)).one()
    card, article = html.split("</div>", 1)
    assert card.startswith('<div class="link-card">')
    assert "Russia, China agree to build lunar station together | DW | 09.03.2021</a>" in card
    assert 'href="https://www.dw.com/"' in card
    assert ">'A worthy partner'</h" in article
    assert ">Space rivals, space allies</h" in article
    assert '"complex of experimental research facilities"' in article


def test_the_coffee_is_a_smilie() -> None:
    post = session.scalars(select(Post).where(Post.position == 2)).one()
    assert post.source == f"{REPLY}:coffee:"
    assert 'class="smilie"' in post.html
    assert "☕" in post.html


def test_five_similar_threads_have_only_a_summary() -> None:
    threads = session.scalars(
        select(Thread)
        .where(Thread.base_post_count > 0)
        .options(joinedload(Thread.starter), joinedload(Thread.last_poster))
        .order_by(Thread.id)
    ).all()
    found = [(t.title, t.starter.username, t.reply_count, t.view_count, t.last_poster.username) for t in threads]
    assert found == SIMILAR
    assert {(thread.last_posted_at, thread.last_post_id) for thread in threads} == {(DAY, None)}
    assert [thread.last_position for thread in threads] == [6, 6, 3, 4, 10]


def test_four_boards_are_in_the_pages_order() -> None:
    boards = session.scalars(select(Board).order_by(Board.order)).all()
    assert [board.title for board in boards] == ["Pakistan Defence", "Pakistan Affairs", "Military Forum", "Country"]
    assert [board.thread_count for board in boards] == [0, 0, 0, 6]
    assert boards[3].post_count == 2 + 6 + 6 + 3 + 4 + 10


def test_the_site_has_the_name_from_the_page() -> None:
    assert snapshot().name == "Pakistan Defence"


def test_every_counter_is_exact() -> None:
    assert [str(difference) for difference in check.check()] == []
    assert list(check.position_gaps()) == []


@pytest.mark.parametrize("seed", setup.SEEDS)
def test_a_seed_equals_its_own_export(seed: str, tmp_path: Path) -> None:
    with empty_forum(tmp_path / seed, FORUM_SEED=seed):
        setup.prepare_database()
        export(tmp_path / "out")
    assert contents(tmp_path / "out") == contents(paths.SEED / seed)


def test_the_defaults_are_a_usable_start(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "defaults", FORUM_SEED="defaults"):
        assert setup.prepare_database()
        boards = session.scalars(select(Board)).all()
        assert {board.title for board in boards if not board.is_category} >= {"Introductions", "General discussion"}
        assert session.scalars(select(Member)).all() == []
        site = snapshot()
        assert {kind.key: kind.score for kind in site.reaction_kinds} == {
            "like": 1, "love": 1, "haha": 0, "wow": 0, "sad": 0, "angry": 0, "dislike": -1,
        }  # fmt: skip
        assert len(site.smilies) >= 30
        assert ":coffee:" in site.smilies
        assert site.text_smilies[":)"] == site.smilies[":smile:"]
        assert site.titles_by_count[0][0] == 0


def test_a_forum_with_content_is_not_seeded(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "again", FORUM_SEED="defaults"):
        assert setup.prepare_database()
        assert not setup.prepare_database()


def test_a_seed_can_be_any_folder_and_a_missing_one_is_named(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "own", FORUM_SEED=str(paths.SEED / "document")):
        assert load(setup.seed_folder()) == 80
    with empty_forum(tmp_path / "none", FORUM_SEED="/no/such/folder"), pytest.raises(BadFile, match="FORUM_SEED"):
        setup.prepare_database()
