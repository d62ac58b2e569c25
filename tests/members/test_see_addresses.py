"""From where members use the forum: who may look, who else was there, and that each look is logged."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.audit_log import record
from forum.infra import clock
from forum.infra.client_ip import NO_ADDRESS, ClientAddress, set_client_address
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, NotFound
from forum.members.bans import addresses
from forum.members.credentials import sessions
from forum.models import LogEntry, Member
from forum.site.actions import set_value
from tests.conftest import log_in, token_in
from tests.factories import a_member
from tests.middleware.guests import Writing

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def was_at(member: Member, *used: str) -> None:
    """Let a member do something that is logged, and log in, from some addresses."""
    for address in used:
        set_client_address(ClientAddress(address, FIREFOX, ""))
        record("login", actor=member, target=f"member:{member.id}")
        sessions.start(member, persistent=False)
    set_client_address(NO_ADDRESS)
    session.flush()


def looked_at(actor: Member, member: Member) -> addresses.Seen:
    addresses.begin_look(actor, member)
    seen = addresses.seen_of(actor, member)
    assert seen is not None
    return seen


def names(seen: addresses.Seen, address: str) -> list[str]:
    return [other.member.username for other in seen.others.get(address, [])]


def test_who_used_the_same_address_or_the_same_64_is_shown(app_in_context: Flask) -> None:
    olaf, anna, ben, carl, dora = (
        a_member(role="admin"),
        a_member("anna"),
        a_member("ben"),
        a_member("c"),
        a_member("d"),
    )
    was_at(anna, "192.0.2.7", "192.0.2.7", "2001:db8:1:2::9", "2001:db8::1")
    was_at(ben, "192.0.2.7")
    was_at(carl, "192.0.2.8", "2001:db8:1:2:3:4:5:6", "2001:db8:0:1::1")
    was_at(dora, "2001:db8:1:3::9", "2001:db8::ffff")
    seen = looked_at(olaf, anna)
    assert set(seen.addresses) == {"192.0.2.7", "2001:db8:1:2::9", "2001:db8::1"}
    assert seen.addresses["192.0.2.7"].times == 4
    assert names(seen, "192.0.2.7") == ["ben"]
    assert names(seen, "2001:db8:1:2::9") == ["c"]
    assert names(seen, "2001:db8::1") == ["d"]
    [(device, used)] = seen.devices.items()
    assert (device, used.times) == ("Firefox · Linux", 4)


def test_expired_addresses_are_not_shown(app_in_context: Flask) -> None:
    olaf, anna, ben = a_member(role="admin"), a_member(), a_member()
    was_at(anna, "192.0.2.7")
    was_at(ben, "192.0.2.7")
    set_value("address_days", 7)
    with clock.frozen_at(clock.now() + timedelta(days=8)):
        seen = looked_at(olaf, anna)
        assert (seen.addresses, seen.others) == ({}, {})


def test_only_those_with_the_right_look_and_each_look_is_logged(app_in_context: Flask) -> None:
    olaf, mona, anna = a_member(role="admin"), a_member(role="moderator"), a_member()
    for actor in (mona, anna):
        with pytest.raises(Forbidden):
            addresses.begin_look(actor, anna)
        with pytest.raises(Forbidden):
            addresses.seen_of(actor, anna)
    assert addresses.seen_of(olaf, anna) is None
    for _ in range(2):
        addresses.begin_look(olaf, anna)
    with clock.frozen_at(clock.now() + timedelta(minutes=16)):
        assert addresses.seen_of(olaf, anna) is None
    looks = session.scalars(select(LogEntry).where(LogEntry.action == "see-addresses")).all()
    assert [(look.actor_id, look.target) for look in looks] == [(olaf.id, f"member:{anna.id}")] * 2
    with pytest.raises(NotFound):
        addresses.find_account(999)


def test_the_page_names_others_and_leads_to_the_block(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        a_member("olaf", role="admin")
        a_member("mona", role="moderator")
        was_at(anna, "192.0.2.7")
        was_at(ben, "192.0.2.7")
    log_in(client, "olaf")
    assert 'href="/members/1-anna/addresses"' in client.get("/members/1-anna").text
    assert 'href="/members/1-anna/addresses"' in client.get("/admin/members/1").text
    page = client.get("/members/1-anna/addresses").text
    assert "192.0.2.7" not in page, "only once the look is in the log"
    page = client.post("/members/1-anna/addresses", data={"csrf_token": token_in(page)}, follow_redirects=True).text
    assert "ben" in page
    assert "/moderation/bans?value=192.0.2.7" in page
    assert 'value="192.0.2.7"' in client.get("/moderation/bans?value=192.0.2.7").text
    assert "Looked at the addresses of" in client.get("/moderation/log").text
    mona = app.test_client()
    log_in(mona, "mona")
    assert mona.get("/members/1-anna/addresses").status_code == 403
    assert "/addresses" not in mona.get("/members/1-anna").text
