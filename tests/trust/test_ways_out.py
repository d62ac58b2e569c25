"""What is hidden from a visitor is in no answer: all addresses that can be read, over random boards, lists, groups."""

import random
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from urllib.parse import urldefrag

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from forum.admin.notices.notice_actions import create_notice
from forum.admin.rules import OPERATOR
from forum.archive.check import check, position_gaps
from forum.archive.role_lists import store_list
from forum.infra.database.db import session, transaction
from forum.infra.paging import SIZE
from forum.models import Board, Member, ReviewItem, Thread, Visibility
from forum.moderation import tools
from forum.moderation.reports.making import report_post
from forum.reactions.actions import react
from forum.site.access import AccessEntry
from forum.site.actions import bump_version
from forum.threads import actions
from tests.access_rule import Entries, expected_acts, random_list
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_board, a_group, a_member, a_post, a_thread, hide, join
from tests.parts import in_ci

pytestmark = pytest.mark.slow
VISITORS = (None, "nora", "gary", "mona", "carl", "olaf")  # guest, member, in groups, moderator, banned, admin
STARTERS = ("gary", "olaf")  # who started a thread in each board
UNAPPROVED = (Visibility.HELD, Visibility.REJECTED)
# as whom olaf views the forum, by seed; with these seeds gary has every kind of access, and in one guests see a board
# without its threads
VIEWED = {2100: None, 2097: "gary"}
SEEDS = [*VIEWED] if in_ci() else [2097]
SHARED = "harbour treasure"  # in every title and text, so that search and similar threads find all of them
# searches and lists that depend on more than the path
QUERIES = (
    *(f"/search?q=harbour&sort={sort}" for sort in ("relevance", "newest")),
    *(f"/search?q=member:olaf+{word}" for word in ("treasure", "harbour")),
    "/suggest/threads?title=harbour+treasure",
    "/suggest?q=ha",
    "/whats-new?unread=yes",
    "/api/v1/search?q=harbour",
    "/api/v1/threads?unread=true",
    "/api/v1/suggest?q=harbour",
)
# arguments that name no content, with a value for each
# where members read what staff decided about them
TOLD = ("/api/v1/me/decisions", "/alerts", "/notifications", "/api/v1/notifications", "/account/decisions")
PLAIN_ARGUMENTS: Mapping[str, object] = {
    "slug": "x",
    "token": "1-reply-aaaaaaaaaaaaaaaaaaaa",  # of a mail: its pages name what their own member may see
    "version": "0",
    "digest": "0",
    "name": "app.css",
    "filename": "app.css",
    "secret": "unknown-secret",
    "kind": "reactions",
    "row_id": 1,
    "number": 1,
    "number_of_part": 1,
    "group_id": 1,
    "notice_id": 1,
    "session_id": 1,
    "entry_id": 1,
    "decision_id": 1,
    "notification_id": 1,
    "subscription_id": 1,
    "note_id": 1,
    "warning_id": 1,
    "mail_id": 1,
    "picture": "logo",
    "token_id": 1,
    "key": "like",
    "letter": "a",
    "job_name": "send-mail",
    "conversation_id": 1,  # test_conversations_are_in_no_answer_to_others reads them
    "position": 1,
}


@dataclass(frozen=True)
class Piece:
    """A thread or post: its board's number, who started the thread, who wrote it, and who else sees it."""

    board: int
    starter: str
    author: str
    visibility: Visibility = Visibility.PUBLIC


@dataclass
class Scene:
    """A forum in which each piece of content is known by a word of its own."""

    ids: dict[str, list[int]] = field(
        default_factory=lambda: {"board_id": [], "thread_id": [], "post_id": [], "item_id": []}
    )
    shown: dict[int, str] = field(default_factory=dict)  # by board: the word of its title, description and notice
    pieces: dict[str, Piece] = field(default_factory=dict)  # by its word: a thread with public replies, or a reply
    # by visitor, and whether olaf views the forum as they see it: the words they may read
    allowed: dict[tuple[str | None, bool], set[str]] = field(default_factory=dict)


def word(kind: str, number: int) -> str:
    """A word that occurs nowhere else: letters only, as texts are tokenised and escaped."""
    return f"zq{kind}{chr(97 + number // 26)}{chr(97 + number % 26)}qz"


def a_scene(dice: random.Random) -> Scene:
    """Boards with threads, hidden ones too, written while everything was open; then the lists are set."""
    scene = Scene()
    people: dict[str, Member] = {name: a_member(name) for name in ("nora", "gary", "carl")}
    people |= {"mona": a_member("mona", role="moderator"), "olaf": a_member("olaf", role="admin")}
    groups = [a_group(None, people["gary"]), a_group(), a_group()]
    join(people["gary"], groups[1])
    boards: list[Board] = []
    for number in range(5):
        parent = dice.choice([*boards, None])
        shown = scene.shown[number] = word("shown", number)
        boards.append(a_board(f"Board {shown}", description=shown, parent_id=parent.id if parent else None))
        create_notice(OPERATOR, {"body": f"Notice {shown}", "place": "boards", "board_ids": [boards[-1].id]})
        threads = add_content(scene, boards[-1], number, people)
        add_unapproved(scene, threads[STARTERS[number % 2]], number, people, dice)
    scene.ids["board_id"] = [board.id for board in boards]
    lists = {board.id: random_list(dice, [group.id for group in groups]) for board in boards if dice.random() < 0.6}
    for board_id, entries in lists.items():
        store_list(board_id, tuple(AccessEntry(group, *entry) for group, entry in entries.items()))
    assert has_every_kind(people["gary"], boards, lists), "choose other seeds"
    a_ban(people["carl"])
    bump_version()
    for name in VISITORS:
        visitor = people[name] if name else None
        scene.allowed[name, False] = words_for(visitor, boards, lists, scene)
        scene.allowed[name, True] = words_for(visitor, boards, lists, scene, has_own=False)
    return scene


def has_every_kind(actor: Member, boards: list[Board], lists: Mapping[int, Entries]) -> bool:
    """Whether there are boards that a member does not see, sees with their own threads only or with all, moderates."""
    acts = [expected_acts(actor, board, boards, lists) for board in boards]
    return len({tuple(act in each for act in ("see", "own_only", "moderate")) for each in acts}) == 4


def add_content(scene: Scene, board: Board, number: int, people: Mapping[str, Member]) -> dict[str, Thread]:
    """A thread by each starter, with posts, an edit, reactions, alerts for all; a deleted post and a deleted thread."""
    threads: dict[str, Thread] = {}
    for starter in STARTERS:
        shown = word(f"by{starter}", number)
        scene.pieces[shown] = Piece(number, starter, starter)
        thread = threads[starter] = a_thread(by=people[starter], board=board, **texts(shown, people))
        post = a_post(thread=thread, by=people["nora"], body=texts(shown, people)["body"])
        actions.edit_post(people["mona"], post, body=f"{SHARED} {shown} once more")
        scene.ids["thread_id"].append(thread.id)
        scene.ids["post_id"].append(post.id if starter == "olaf" else post.id - 1)
        scene.ids["item_id"].append(report_post(people["gary"], post, kind="spam", words="pills").item_id)
    for name in ("gary", "mona", "olaf"):
        react(people[name], post, kind="like")
    gone = word("gone", number)
    scene.pieces[gone] = Piece(number, starter, "gary", Visibility.DELETED)
    deleted = a_post(thread=thread, by=people["gary"], body=texts(gone, people)["body"])
    scene.ids["item_id"].append(report_post(people["nora"], deleted, kind="spam", words="pills").item_id)
    actions.delete_post(people["mona"], deleted, reason=gone)
    removed = a_thread(by=people[starter], board=board, title=f"{SHARED} {gone}", body=f"{SHARED} {gone}")
    tools.delete_thread(people["mona"], removed, reason=gone)
    tools.pin(people["mona"], thread)
    scene.ids["thread_id"].append(removed.id)
    scene.ids["post_id"].append(deleted.id)
    return threads


def texts(known_by: str, people: Mapping[str, Member]) -> dict[str, str]:
    """The title and body of a thread or post that alerts everybody."""
    everybody = " ".join(f"@{name}" for name in people)
    return {"title": f"{SHARED} {known_by}", "body": f"{SHARED} {known_by} {everybody}"}


def add_unapproved(
    scene: Scene, thread: Thread, number: int, people: Mapping[str, Member], dice: random.Random
) -> None:
    """A held or rejected reply by nora to a thread, and such a thread by gary with a public reply."""
    starter = STARTERS[number % 2]
    reply_word, thread_word = word("reply", number), word("thread", number)
    scene.pieces[reply_word] = Piece(number, starter, "nora", dice.choice(UNAPPROVED))
    scene.pieces[thread_word] = Piece(number, "gary", "gary", dice.choice(UNAPPROVED))
    if number == 0:
        fill_page(thread, people["olaf"])
    reply = a_post(thread=thread, by=people["nora"], body=texts(reply_word, people)["body"])
    react(people["gary"], reply, kind="like")
    started = a_thread(by=people["gary"], board=thread.board, **texts(thread_word, people))
    answer = a_post(thread=started, by=people["nora"], body=texts(thread_word, people)["body"])
    scene.ids["thread_id"].append(started.id)
    scene.ids["post_id"] += [reply.id, answer.id]
    hide(reply, visibility=scene.pieces[reply_word].visibility)
    hide(started, visibility=scene.pieces[thread_word].visibility)
    add_waiting(scene, thread, number, people)


def add_waiting(scene: Scene, thread: Thread, number: int, people: Mapping[str, Member]) -> None:
    """A reply by nora that waits for approval and was never public."""
    known_by = word("wait", number)
    scene.pieces[known_by] = Piece(number, STARTERS[number % 2], "nora", Visibility.HELD)
    thread.board.approval = "all"
    waiting = a_post(thread=thread, by=people["nora"], body=texts(known_by, people)["body"])
    thread.board.approval = ""
    assert waiting.position < 0
    scene.ids["post_id"].append(waiting.id)
    scene.ids["item_id"] += session.scalars(select(ReviewItem.id).where(ReviewItem.post_id == waiting.id))


def fill_page(thread: Thread, author: Member) -> None:
    """Fill the first page of a thread."""
    for _ in range(SIZE - thread.last_position):
        a_post(thread=thread, by=author)


def words_for(
    actor: Member | None, boards: list[Board], lists: Mapping[int, Entries], scene: Scene, *, has_own: bool = True
) -> set[str]:
    """The words that a visitor may read, by the rule read literally; with `has_own`, also as starter and author."""
    name, words = actor.username if actor and has_own else None, set()
    for number, board in enumerate(boards):
        acts = expected_acts(actor, board, boards, lists)
        words |= {scene.shown[number]} if "see" in acts else set()
        here = {each: piece for each, piece in scene.pieces.items() if piece.board == number}
        words |= {each for each, piece in here.items() if may_read(name, piece, acts)}
    return words


def told(scene: Scene, name: str | None) -> set[str]:
    """The words of what staff deleted or edited of a member, who is told the reason and keeps the text.

    mona has edited posts by nora in every board, which have the words of their threads.
    """
    edited = (
        {word(f"by{starter}", number) for starter in STARTERS for number in scene.shown} if name == "nora" else set()
    )
    deleted = {each: piece for each, piece in scene.pieces.items() if piece.visibility == Visibility.DELETED}
    return edited | {each for each, piece in deleted.items() if name in {piece.author, piece.starter}}


def may_read(name: str | None, piece: Piece, acts: Set[str]) -> bool:
    """Whether somebody may read a piece of content in a board in which they may do this."""
    if "see" not in acts or ("own_only" in acts and piece.starter != name):
        return False
    is_own = piece.author == name and piece.visibility in UNAPPROVED
    return piece.visibility == Visibility.PUBLIC or is_own or "moderate" in acts


def addresses(app: Flask, scene: Scene) -> Iterator[str]:
    """Every address that can be read, with each id; a route with an argument that is not classified here fails."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" in (rule.methods or ()) and rule.endpoint != "log_out":
            yield from filled(app, rule, scene)
    yield from QUERIES


def filled(app: Flask, rule: Rule, scene: Scene) -> Iterator[str]:
    ids = scene.ids | {"member_id": [1, 2, 3, 4, 5]}
    varied = [name for name in rule.arguments if name in ids]
    unknown = rule.arguments - set(ids) - set(PLAIN_ARGUMENTS)
    assert not unknown, f"{rule.rule}: say in this test what {unknown} names"
    assert len(varied) <= 1, f"{rule.rule}: say in this test how its ids belong together"
    for number in ids[varied[0]] if varied else [0]:
        values = {name: PLAIN_ARGUMENTS.get(name, number) for name in rule.arguments}
        with app.test_request_context():
            yield app.url_map.bind("localhost").build(rule.endpoint, values, method="GET")


def read(client: FlaskClient, address: str, known: set[str]) -> str:
    """What an address answers, with headers, and what those answer to which it redirects, unless they are known."""
    answer = client.get(address)
    is_overloaded = address == "/health/ready" and answer.status_code == 503  # its checks have a time limit
    assert answer.status_code < 500 or is_overloaded, (address, answer.status_code)
    text, target = (
        f"{answer.headers}\n{answer.get_data().decode(errors='replace')}",
        urldefrag(answer.location or "").url,
    )
    if not target or target in known:
        return text
    known.add(target)
    return text + read(client, target, known)


def view_as(client: FlaskClient, name: str | None) -> None:
    """Log in as olaf, and view the forum as somebody else."""
    log_in(client, "olaf")
    token = token_in(client.get("/account").text)
    assert client.post("/admin/view-as", data={"csrf_token": token, "member": name or ""}).status_code == 303


@pytest.mark.parametrize("seed", SEEDS)
def test_hidden_content_is_in_no_answer_and_shown_content_is_in_one(app: Flask, seed: int) -> None:
    with app.app_context(), transaction():
        scene = a_scene(random.Random(seed))
        assert [*check(), *position_gaps()] == []
    every_word = re.compile("|".join((*scene.shown.values(), *scene.pieces)))
    everywhere = list(addresses(app, scene))
    for name, is_viewed in [*((name, False) for name in VISITORS), (VIEWED[seed], True)]:
        client = app.test_client()
        if is_viewed:
            view_as(client, name)
        elif name not in {None, "carl"}:  # the banned cannot log in
            log_in(client, str(name))
        allowed = scene.allowed[name, is_viewed]
        found: set[str] = set()
        known: set[str] = set()
        for address in everywhere:
            words = set(every_word.findall(read(client, address, known)))
            may_know = allowed | (told(scene, name) if address.startswith(TOLD) else set())
            assert words <= may_know, (seed, name, address, words - may_know)
            found |= words & allowed
        assert found == allowed, (seed, name, allowed - found)
