"""Blocks of addresses, ranges, e-mail domains: what they stop, who may make and lift them, what the refused read."""

import ipaddress
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.admin.undo.actions import find_logged, undo
from forum.infra import clock
from forum.infra.client_ip import NO_ADDRESS, ClientAddress, set_client_address
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.jobs.cleanup import purge_accounts
from forum.members import sanctions
from forum.members.bans import actions as bans
from forum.members.bans.checks import Blocked, require_may_register, require_usable_email
from forum.members.bans.values import normalised
from forum.members.email_addresses import change_email
from forum.members.signup.registration import register
from forum.models import BlockStops, LogEntry, Member, SignupBlock
from tests.admin.pages import error_at, parsed
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_member, a_newcomer, a_post, a_thread
from tests.middleware.guests import Writing
from tests.parts import examples


@pytest.fixture
def mona(app_in_context: Flask) -> Member:
    return a_member("mona", role="moderator")


@pytest.fixture(autouse=True)
def _no_address_left() -> Iterator[None]:
    yield
    set_client_address(NO_ADDRESS)


def from_address(address: str) -> None:
    set_client_address(ClientAddress(address, "a browser", ""))


def is_stopped(address: str) -> bool:
    from_address(address)
    try:
        require_may_register()
    except Blocked:
        return True
    finally:
        set_client_address(NO_ADDRESS)
    return False


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1::/120", "2001:db8:1::/64"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("Example.COM", "example.com"),
        ("@example.com", "example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("Anna@Example.com", "anna@example.com"),
    ],
)
def test_what_is_typed_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert normalised(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "x", "com", "10.0.0.0/8", "2001::/16", "300.1.1.1", "1.2.3", "a b.com", "-a.com"]
)
def test_what_is_no_address_or_too_wide_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        normalised(typed)
    assert refused.value.fields.keys() == {"value"}


@pytest.mark.parametrize("seed", range(examples(3)))
def test_who_is_in_a_blocked_range_and_nobody_else_is_stopped(mona: Member, seed: int) -> None:
    dice = random.Random(seed)
    blocked = []
    for _ in range(12):
        version = dice.choice((4, 6))
        bits, widest, narrowest = (32, 16, 32) if version == 4 else (128, 32, 64)
        network = ipaddress.ip_network((dice.getrandbits(bits), dice.randint(widest, narrowest)), strict=False)
        bans.block_address(mona, str(network), until=clock.now() + timedelta(days=1))
        blocked.append(network)
    for network in blocked:
        inside = network[dice.randrange(network.num_addresses)]
        beside = network.broadcast_address + 1
        assert is_stopped(str(inside)), (network, inside)
        assert is_stopped(str(beside)) == any(beside in each for each in blocked), (network, beside)


def test_nobody_registers_from_a_blocked_address_until_it_ends(mona: Member) -> None:
    bans.block(mona, "192.0.2.0/24", until=clock.now() + timedelta(days=3), reason="A spam wave")
    from_address("192.0.2.9")
    with pytest.raises(Blocked) as refused:
        register(username="nora", email="nora@example.org", password=PASSWORD, home="")
    day = (clock.now() + timedelta(days=3)).date()
    told = str(refused.value.message)
    assert all(part in told for part in (f"ends on {day}", "Reason: A spam wave", "/contact"))
    with clock.frozen_at(clock.now() + timedelta(days=3, seconds=1)):
        register(username="nora", email="nora@example.org", password=PASSWORD, home="")


def test_a_blocked_domain_counts_for_those_below_it_and_for_changes_of_address(mona: Member) -> None:
    anna = a_member("anna")
    bans.block(mona, "spam.example", until=None, reason="Spam")
    bans.block(mona, "bob@mail.example", until=None)
    for email in ("a@spam.example", "a@deep.SPAM.example", "Bob@mail.example"):
        with pytest.raises(Invalid) as refused:
            require_usable_email(email)
        assert refused.value.fields.keys() == {"email"}
        with pytest.raises(Invalid):
            register(username="nora", email=email, password=PASSWORD, home="")
    for email in ("a@notspam.example", "ann@mail.example", "a@example"):
        require_usable_email(email)
    with pytest.raises(Invalid, match="correct the fields"):
        change_email(anna, password=PASSWORD, email="anna@spam.example", home="")


def test_only_new_members_posts_are_stopped_and_only_where_the_block_says_so(mona: Member) -> None:
    anna, nora, thread = a_member(), a_newcomer(), a_thread()
    bans.block(mona, "192.0.2.7", until=clock.now() + timedelta(days=1))
    from_address("192.0.2.7")
    a_post(thread=thread, by=nora)
    from_address("198.51.100.1")
    bans.block(mona, "192.0.2.7", until=clock.now() + timedelta(days=1), stops=BlockStops.POSTING)
    from_address("192.0.2.7")
    a_post(thread=thread, by=anna)
    with pytest.raises(Blocked, match="New members cannot post"):
        a_post(thread=thread, by=nora)


def test_a_later_block_of_the_same_replaces_the_earlier_but_the_cleaner_keeps_a_longer_one(mona: Member) -> None:
    first = bans.block(mona, "192.0.2.7", until=clock.now() + timedelta(days=9))
    assert bans.block_address(mona, "192.0.2.7", until=clock.now() + timedelta(days=2)) is None
    longer = bans.block_address(mona, "192.0.2.7", until=clock.now() + timedelta(days=20), reason="Cleaned")
    assert longer is not None
    open_ones = session.scalars(select(SignupBlock.id).where(SignupBlock.ended_at.is_(None))).all()
    assert open_ones == [longer.id]
    assert first.id != longer.id


def test_no_moderator_shuts_out_themselves_a_proxy_or_an_address_for_good(mona: Member) -> None:
    from_address("192.0.2.9")
    with pytest.raises(Invalid) as refused:
        bans.block(mona, "192.0.0.0/16", until=clock.now() + timedelta(days=1))
    assert "own address" in str(refused.value.fields["value"][0])
    for until in (None, clock.now()):
        with pytest.raises(Invalid) as refused:
            bans.block(mona, "198.51.100.0/24", until=until)
        assert refused.value.fields.keys() == {"until"}
    bans.block(a_member(role="admin"), "198.51.100.0/24", until=None)
    with pytest.raises(Forbidden):
        bans.block(a_member(), "203.0.113.1", until=clock.now() + timedelta(days=1))


def test_a_block_is_lifted_once_and_that_can_be_undone(mona: Member) -> None:
    row = bans.block(mona, "192.0.2.7", until=clock.now() + timedelta(days=9), reason="Spam")
    bans.lift_block(mona, row)
    assert not is_stopped("192.0.2.7")
    with pytest.raises(Conflict):
        bans.lift_block(mona, row)
    session.flush()
    entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    assert "192.0.2.7" not in str(entry.details) + entry.target, "not everybody who reads the log may see addresses"
    undo(mona, find_logged(mona, entry.id, actions=()))
    assert is_stopped("192.0.2.7")


def test_ended_blocks_are_deleted_after_a_while(app_in_context: Flask, mona: Member) -> None:
    row = bans.block(mona, "192.0.2.7", until=clock.now() + timedelta(days=1))
    kept = bans.block(mona, "spam.example", until=None)
    bans.lift_block(mona, row)
    for days, left in ((29, 2), (31, 1)):
        with clock.frozen_at(clock.now() + timedelta(days=days)):
            bans.forget_ended()
        assert session.scalar(select(func.count()).select_from(SignupBlock)) == left
    assert session.get(SignupBlock, kept.id) is not None


def test_the_job_deletes_them(app: Flask, writing: Writing) -> None:
    with writing():
        bans.block(a_member(role="moderator"), "192.0.2.7", until=clock.now() + timedelta(days=1))
    with clock.frozen_at(clock.now() + timedelta(days=60)), app.app_context():
        purge_accounts()
        assert session.scalars(select(SignupBlock)).all() == []


def test_the_list_shows_all_bans_and_lifts_blocks(client: FlaskClient, writing: Writing) -> None:
    with writing():
        anna = a_member("anna")
        a_member("mona", role="moderator")
        olaf = a_member("olaf", role="admin")
        sanctions.impose_ban(olaf, anna, reason="Insults")
        bans.block(olaf, "198.51.100.0/24", until=clock.now() + timedelta(days=4), reason="A wave")
    log_in(client, "mona")
    page = client.get("/moderation/bans")
    token = token_in(page.text)
    assert "Insults" in page.text
    assert "A wave" in page.text
    assert "198.51.100" not in page.text, "only those with the right see addresses"
    assert "A wave" not in client.get("/moderation/bans?q=198.51.100.5").text
    wrong = client.post("/moderation/bans", data={"csrf_token": token, "value": "10.0.0.0/8", "reason": "Kept"})
    assert error_at(wrong, "value")
    assert 'value="Kept"' in wrong.text
    sent = {"csrf_token": token, "value": "spam.example", "reason": "Pills", "until": ""}
    page = client.post("/moderation/bans", data=sent, follow_redirects=True)
    assert "spam.example" in page.text
    for query, is_found in (("q=deep.spam.example", True), ("q=other.example", False), ("kind=members", False)):
        assert ("Pills" in client.get(f"/moderation/bans?{query}").text) == is_found, query
    assert "Insults" in client.get("/moderation/bans?q=ann").text
    button = parsed(page).select_one('[formaction="/moderation/bans/2/lift"]')
    assert button is not None
    page = client.post("/moderation/bans/2/lift", data={"csrf_token": token}, follow_redirects=True)
    assert "Pills" not in str(parsed(page).select_one("ul.rows"))
    olaf_browser = client.application.test_client()
    log_in(olaf_browser, "olaf")
    assert "198.51.100.0/24" in olaf_browser.get("/moderation/bans?q=198.51.100.5").text
    anna_browser = client.application.test_client()
    assert anna_browser.get("/moderation/bans").status_code in {302, 303, 401}


def test_the_form_to_register_says_why_and_until_when(client: FlaskClient, writing: Writing) -> None:
    with writing():
        bans.block(a_member(role="admin"), "127.0.0.1", until=clock.now() + timedelta(days=4), reason="A wave")
    token = token_in(client.get("/register").text)
    sent = {"csrf_token": token, "username": "nora", "email": "nora@example.org", "password": PASSWORD}
    refused = client.post("/register", data=sent)
    assert refused.status_code == 403
    assert "Nobody can register from your address" in refused.text
    assert "A wave" in refused.text
    assert 'value="nora"' in refused.text
    assert client.get("/").status_code == 200
