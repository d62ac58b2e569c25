"""Structured data and metadata for search engines and link previews, parsed with the tools they use."""

import json
import re
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.models import Member, Post
from forum.threads import actions
from forum.threads.queries import find_post
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread

with warnings.catch_warnings():  # raised by its dependencies
    warnings.simplefilter("ignore")
    import extruct  # type: ignore[import-untyped]

Writing = Callable[[], AbstractContextManager[None]]
Data = dict[str, Any]
# https://developers.google.com/search/docs/appearance/structured-data: discussion-forum, profile-page, breadcrumb.
# Required and recommended properties, as far as a forum has them. Dots lead into nested objects.
REQUIRED = {
    "DiscussionForumPosting": ("author", "author.name", "datePublished", "text"),
    "Comment": ("author", "author.name", "datePublished", "text"),
    "ProfilePage": ("mainEntity", "mainEntity.name"),
    "BreadcrumbList": ("itemListElement",),
    "ListItem": ("position", "name"),
    "InteractionCounter": ("interactionType", "userInteractionCount"),
}
RECOMMENDED = {
    "DiscussionForumPosting": ("author.url", "comment", "headline", "interactionStatistic", "url"),
    "Comment": ("author.url", "url"),
    "ProfilePage": (
        "dateCreated",
        "mainEntity.agentInteractionStatistic",
        "mainEntity.description",
        "mainEntity.identifier",
        "mainEntity.image",
        "mainEntity.interactionStatistic",
    ),
}
KNOWN = {*REQUIRED, "Person"}
MOMENTS = {"datePublished", "dateModified", "dateCreated"}
ADDRESSES = {"url", "item", "image"}


def structured_data(client: FlaskClient, path: str) -> dict[str, Data]:
    """The structured data of a page by type, each object checked against the tables."""
    answer = client.get(path)
    assert answer.status_code == 200
    found = extruct.extract(answer.text, base_url=f"http://localhost{path}", syntaxes=["json-ld"])["json-ld"]
    things = [thing for each in found for thing in each["@graph"]]
    for thing in things:
        check(thing)
    return {thing["@type"]: thing for thing in things}


def check(thing: Data) -> None:
    """Check that an object and all objects in it have the properties that the tables require."""
    kind = thing["@type"]
    assert kind in KNOWN
    for path in (*REQUIRED.get(kind, ()), *RECOMMENDED.get(kind, ())):
        value: Any = thing
        for name in path.split("."):
            value = value[name]
        assert value not in ("", None), (kind, path)
    for name, value in thing.items():
        if name in MOMENTS:
            assert datetime.fromisoformat(value).tzinfo is not None
        if name in ADDRESSES:
            assert value.startswith("http://localhost/"), value
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                check(inner)


@pytest.fixture
def path(writing: Writing) -> str:
    """A thread of 25 posts by three members, in a nested board."""
    with writing():
        anna, ben, cleo = a_member("anna", about="I look at the moon."), a_member("ben"), a_member("cleo")
        board = a_board("Moon", parent_id=a_board("Space", is_category=True).id)
        thread = a_thread(by=anna, board=board, title="Where <is> the moon & why", body="It was **there** yesterday.")
        for number in range(2, 26):
            a_post(thread=thread, by=(ben, cleo)[number % 2], body=f"Word number {number}.")
        return thread.path


def test_a_thread_names_its_first_post_and_the_comments_of_the_page(client: FlaskClient, path: str) -> None:
    posting = structured_data(client, path)["DiscussionForumPosting"]
    assert (posting["headline"], posting["text"]) == ("Where <is> the moon & why", "It was there yesterday.")
    assert posting["url"] == f"http://localhost{path}"
    assert "dateModified" not in posting
    assert posting["author"]["name"] == "anna"
    assert posting["interactionStatistic"]["userInteractionCount"] == 24
    assert [each["text"] for each in posting["comment"]] == [f"Word number {number}." for number in range(2, 21)]
    assert {each["author"]["name"] for each in posting["comment"]} == {"ben", "cleo"}


def test_an_edited_first_post_has_its_modification_date(client: FlaskClient, path: str, writing: Writing) -> None:
    with writing():
        anna = session.query(Member).filter_by(username="anna").one()
        post = find_post(anna, session.query(Post.id).filter_by(position=1).scalar() or 0)
        actions.edit_post(anna, post, body="It is back.")
        edited_at = post.edited_at
    posting, other = (structured_data(client, path + query)["DiscussionForumPosting"] for query in ("", "?page=2"))
    assert edited_at is not None
    assert abs(datetime.fromisoformat(posting["dateModified"]) - edited_at) < timedelta(seconds=1)
    assert "dateModified" not in other  # there the title stands in for its text


def test_page_two_names_the_same_first_post_and_its_own_comments(client: FlaskClient, path: str) -> None:
    first, second = (structured_data(client, path + query)["DiscussionForumPosting"] for query in ("", "?page=2"))
    for name in ("headline", "url", "author", "datePublished"):
        assert second[name] == first[name]
    assert second["text"] == second["headline"]
    assert [each["text"] for each in second["comment"]] == [f"Word number {number}." for number in range(21, 26)]
    for comment in second["comment"]:
        target = client.get(comment["url"].removeprefix("http://localhost"))
        assert f"{path}?page=2#post-" in target.headers["Location"]


def test_structured_data_holds_nothing_that_the_page_hides(client: FlaskClient, writing: Writing, path: str) -> None:
    with writing():
        mona = a_member("mona", role="moderator")
        thread = a_thread(by=mona, title="Spoilers", body="Before :::spoiler\nhidden\n:::")
        a_post(thread=thread, by=mona, body=":::spoiler It\nwas the butler\n:::\n\nI did not know.")
        gone = a_post(thread=thread, by=mona, body="Soon gone.")
        actions.delete_post(mona, gone)
        spoiled = thread.path
    comments = structured_data(client, spoiled)["DiscussionForumPosting"]["comment"]
    assert [each["text"] for each in comments] == ["I did not know."]


def test_text_cannot_close_its_script_element(client: FlaskClient, writing: Writing) -> None:
    with writing():
        title = "</script><script>alert(1)</script><!--"
        path = a_thread(by=a_member("anna"), title=title, body="`</script>` <!-- \u2028 &amp;").path
    assert structured_data(client, path)["DiscussionForumPosting"]["headline"] == title
    assert "<script>alert" not in client.get(path).text


def test_a_page_has_breadcrumbs(client: FlaskClient, path: str) -> None:
    steps = structured_data(client, path)["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in steps] == [1, 2, 3, 4]
    assert [step["name"] for step in steps] == ["Forums", "Space", "Moon", "Where <is> the moon & why"]
    assert ["item" in step for step in steps] == [True, True, True, False]
    board = steps[2]["item"].removeprefix("http://localhost")
    assert [step["name"] for step in structured_data(client, board)["BreadcrumbList"]["itemListElement"]] == [
        "Forums",
        "Space",
        "Moon",
    ]


def test_a_profile_has_structured_data(client: FlaskClient, path: str) -> None:
    link = BeautifulSoup(client.get(path).text, "html.parser").select_one("#post-1 h2 a")
    assert link is not None
    profile = structured_data(client, str(link["href"]))["ProfilePage"]
    person = profile["mainEntity"]
    assert (person["name"], person["description"]) == ("anna", "I look at the moon.")
    assert person["agentInteractionStatistic"]["interactionType"] == "https://schema.org/WriteAction"
    assert client.get(person["image"].removeprefix("http://localhost")).mimetype == "image/svg+xml"


def test_members_are_not_sent_data_for_search_engines(client: FlaskClient, path: str) -> None:
    log_in(client, "ben")
    assert "application/ld+json" not in client.get(path).text


def test_only_a_few_long_posts_are_included_so_that_the_page_stays_small(client: FlaskClient, writing: Writing) -> None:
    with writing():
        thread = a_thread(by=a_member("anna"), title="Twenty long posts", body="word " * 200)
        for number in range(19):
            a_post(thread=thread, by=a_member(f"member{number}"), body="word " * 200)
        path = thread.path
    comments = structured_data(client, path)["DiscussionForumPosting"]["comment"]
    assert len(comments) == 1  # the posts alone use up the size limit
    assert all(40 < len(each["text"]) <= 100 for each in comments)
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', client.get(path).text)
    assert script is not None
    assert json.loads(script[1])["@context"] == "https://schema.org"
    assert len(script[1].encode()) < 2_200


def shared(client: FlaskClient, path: str) -> dict[str, str]:
    """The properties that link previews show."""
    page = BeautifulSoup(client.get(path).text, "html.parser")
    return {str(each["property"]): str(each["content"]) for each in page.select("meta[property]")}


def test_a_shared_thread_has_a_title_a_picture_and_its_dates(client: FlaskClient, path: str) -> None:
    found = shared(client, path)
    assert found["og:title"] == "Where <is> the moon & why"
    assert found["og:type"] == "article"
    assert found["og:description"] == "It was there yesterday."
    published, modified = found["article:published_time"], found["article:modified_time"]
    assert datetime.fromisoformat(published) <= datetime.fromisoformat(modified)
    picture = client.get(found["og:image"].removeprefix("http://localhost"))
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert shared(client, "/members")["og:title"] == "Members"
    assert shared(client, "/")["og:title"] == "The Test Forum"


def test_every_page_has_a_description(client: FlaskClient, writing: Writing, path: str) -> None:
    pages = ["/", "/whats-new", "/members", "/terms", "/help", "/contact", "/keys", path, f"{path}?page=2"]
    pages += [f"/boards/{number}" for number in (1, 2)] + [f"/members/{number}" for number in (1, 2, 3)]
    found = {}
    for page in pages:
        answer = client.get(page, follow_redirects=True)
        assert answer.status_code == 200, page
        meta = BeautifulSoup(answer.text, "html.parser").select_one('meta[name="description"]')
        assert meta is not None
        found[page] = str(meta["content"])
    assert all(len(text) > 12 for page, text in found.items() if page != "/"), found
    for one, other in pairwise(sorted(found.values())):
        assert one != other, found
