"""What is hidden from a visitor is in no answer: all addresses that can be read, over random boards, lists, groups."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from forum.archive.role_lists import store_list
from forum.infra.database.db import transaction
from forum.models import Board, Member
from forum.moderation import tools
from forum.reactions.actions import react
from forum.site.access import AccessEntry
from forum.site.actions import bump_version
from forum.threads import actions
from tests.access_rule import Entries, expected_acts, random_list
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_board, a_group, a_member, a_post, a_thread, join

pytestmark = pytest.mark.slow
VISITORS = (None, "nora", "gary", "mona", "carl", "olaf")  # guest, member, in groups, moderator, banned, admin
STARTERS = ("gary", "olaf")  # who started a thread in each board
VIEWED = ((None,), ("gary",))  # as whom olaf views the forum, by seed
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
PLAIN_ARGUMENTS: Mapping[str, object] = {
    "slug": "x",
    "version": "0",
    "name": "app.css",
    "filename": "app.css",
    "secret": "unknown-secret",
    "kind": "reactions",
    "row_id": 1,
    "number": 1,
    "number_of_part": 1,
    "group_id": 1,
    "session_id": 1,
    "token_id": 1,
    "key": "like",
    "letter": "a",
    "job_name": "send-mail",
}


@dataclass
class Scene:
    """A forum in which each board's content is known by words of its own."""

    ids: dict[str, list[int]] = field(default_factory=lambda: {"board_id": [], "thread_id": [], "post_id": []})
    shown: dict[int, str] = field(default_factory=dict)  # by board: the word of its title and description
    threads: dict[tuple[int, str], str] = field(default_factory=dict)  # by board and starter: the word of a thread
    deleted: dict[int, str] = field(default_factory=dict)  # by board: the word of deleted content
    # by visitor, and whether olaf views the forum as they see it: the words they may read
    allowed: dict[tuple[str | None, bool], set[str]] = field(default_factory=dict)


def word(kind: str, number: int) -> str:
    """A word that occurs nowhere else: letters only, as texts are tokenised and escaped."""
    return f"zq{kind}{chr(97 + number // 26)}{chr(97 + number % 26)}qz"


def a_scene(dice: random.Random) -> Scene:
    """Boards with threads, deleted ones too, written while everything was open; then the lists are set."""
    scene = Scene()
    people: dict[str, Member] = {name: a_member(name) for name in ("nora", "gary", "carl")}
    people |= {"mona": a_member("mona", role="moderator"), "olaf": a_member("olaf", role="admin")}
    groups = [a_group(None, people["gary"]), a_group(), a_group()]
    join(people["gary"], groups[1])
    boards: list[Board] = []
    for number in range(5):
        parent = dice.choice([*boards, None])
        scene.shown[number], scene.deleted[number] = word("shown", number), word("gone", number)
        scene.threads |= {(number, name): word(f"by{name}", number) for name in STARTERS}
        title = f"Board {scene.shown[number]}"
        boards.append(a_board(title, description=scene.shown[number], parent_id=parent.id if parent else None))
        add_content(scene, boards[-1], number, people)
    lists = {board.id: random_list(dice, [group.id for group in groups]) for board in boards if dice.random() < 0.6}
    for board_id, entries in lists.items():
        store_list(board_id, tuple(AccessEntry(group, *entry) for group, entry in entries.items()))
    a_ban(people["carl"])
    bump_version()
    for name in VISITORS:
        visitor = people[name] if name else None
        scene.allowed[name, False] = words_for(visitor, boards, lists, scene)
        scene.allowed[name, True] = words_for(visitor, boards, lists, scene, has_threads=False)
    return scene


def add_content(scene: Scene, board: Board, number: int, people: Mapping[str, Member]) -> None:
    """A thread with posts, an edit, reactions, alerts for everybody; a deleted post and a deleted thread."""
    gone, olaf = scene.deleted[number], people["olaf"]
    everybody = " ".join(f"@{name}" for name in people)
    scene.ids["board_id"].append(board.id)
    for starter in STARTERS:
        shown = scene.threads[number, starter]
        thread = a_thread(
            by=people[starter], board=board, title=f"{SHARED} {shown}", body=f"{SHARED} {shown} {everybody}"
        )
        post = a_post(thread=thread, by=people["nora"], body=f"{SHARED} {shown} {everybody}")
        actions.edit_post(people["mona"], post, body=f"{SHARED} {shown} once more")
        scene.ids["thread_id"].append(thread.id)
        scene.ids["post_id"] += [post.id - 1, post.id]
    for name in ("gary", "mona", "olaf"):
        react(people[name], post, kind="like")
    deleted = a_post(thread=thread, by=people["gary"], body=f"{SHARED} {gone} {everybody}")
    actions.delete_post(people["mona"], deleted, reason=gone)
    removed = a_thread(by=olaf, board=board, title=f"{SHARED} {gone}", body=f"{SHARED} {gone}")
    tools.delete_thread(people["mona"], removed, reason=gone)
    tools.pin(people["mona"], thread)
    scene.ids["thread_id"].append(removed.id)
    scene.ids["post_id"].append(deleted.id)


def words_for(
    actor: Member | None, boards: list[Board], lists: Mapping[int, Entries], scene: Scene, *, has_threads: bool = True
) -> set[str]:
    """The words that a visitor may read, by the rule read literally; with `has_threads`, those of their own threads."""
    words = set()
    for number, board in enumerate(boards):
        acts = expected_acts(actor, board, boards, lists)
        words |= {scene.shown[number]} if "see" in acts else set()
        words |= {scene.deleted[number]} if "moderate" in acts else set()
        own_only, own = "own_only" in acts, actor.username if actor and has_threads else ""
        seen = [name for name in STARTERS if "see" in acts and (not own_only or own == name)]
        words |= {scene.threads[number, name] for name in seen}
    return words


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


def read(client: FlaskClient, address: str) -> str:
    """What an address answers, with headers, following redirects to the addresses with full names."""
    answer = client.get(address, follow_redirects=True)
    # without a process for jobs, it is not ready any more a minute after the test began
    assert answer.status_code < 500 or address == "/health/ready", (address, answer.status_code)
    return f"{answer.headers}\n{answer.get_data().decode(errors='replace')}"


def view_as(client: FlaskClient, name: str | None) -> None:
    """Log in as olaf, and view the forum as somebody else."""
    log_in(client, "olaf")
    token = token_in(client.get("/account").text)
    assert client.post("/admin/view-as", data={"csrf_token": token, "member": name or ""}).status_code == 303


@pytest.mark.parametrize("seed", range(2))
def test_hidden_content_is_in_no_answer_and_shown_content_is_in_one(app: Flask, seed: int) -> None:
    with app.app_context(), transaction():
        scene = a_scene(random.Random(seed))
    every_word = {*scene.shown.values(), *scene.deleted.values(), *scene.threads.values()}
    for name, is_viewed in [*((name, False) for name in VISITORS), *((name, True) for name in VIEWED[seed])]:
        client = app.test_client()
        if is_viewed:
            view_as(client, name)
        elif name not in {None, "carl"}:  # the banned cannot log in
            log_in(client, str(name))
        found: set[str] = set()
        for address in addresses(app, scene):
            text = read(client, address)
            words = {each for each in every_word if each in text}
            assert words <= scene.allowed[name, is_viewed], (seed, name, address)
            found |= words
        assert found == scene.allowed[name, is_viewed], (seed, name)
