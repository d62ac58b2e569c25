"""What each site setting changes, as somebody would notice it; test_settings.py changes them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from forum.conversations import actions as conversations
from forum.digests.readers import due_for, reader_of
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.ephemeral.rate_limits import reset_limit
from forum.infra.errors import Forbidden, Invalid, TooSoon
from forum.jobs.mail import send_mail
from forum.members.credentials import login_limits
from forum.members.queries import member_by_name
from forum.members.signup import robot_check
from forum.members.signup.invitations import may_invite
from forum.members.signup.newcomers import is_new
from forum.members.signup.questions import is_answered
from forum.models import Channel, ConversationMessage, Decision, Mail, MemberSession, SpamModel
from forum.moderation.appeals import making as appeals
from forum.moderation.illegal_content import notices
from forum.moderation.reminders import remind
from forum.moderation.reports.making import report_post
from forum.notifications import expiry
from forum.notifications.choices import choices_of
from forum.notifications.queries import unseen_count
from forum.permissions import may_administer, may_edit_post
from forum.site.actions import set_value
from forum.site.queries import snapshot
from forum.site.terms import must_accept_terms
from forum.spam.current_model import ONE_ROW
from forum.threads import actions
from forum.threads.queries import find_post
from forum.watching.queries import level_of_thread
from tests.conftest import log_in
from tests.factories import a_member, a_newcomer, a_post, a_thread, news_for


def in_page(path: str, pattern: str) -> Callable[[FlaskClient], object]:
    return lambda client: re.findall(pattern, client.get(path).text)


def policy(client: FlaskClient) -> object:
    return client.get("/members").headers["Content-Security-Policy"]


def appearance(client: FlaskClient) -> object:
    sheets = re.findall(r'<link rel="stylesheet" href="(/appearance/[^"]+)', client.get("/").text)
    return [client.get(sheet).text for sheet in sheets] or "app.css alone"


def may_still_edit(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        anna = a_member()
        post = find_post(anna, a_thread(by=anna).last_post_id or 0)
        with clock.frozen_at(clock.now() + timedelta(minutes=30)):
            return bool(may_edit_post(anna, post, window_minutes=snapshot().edit_window_minutes))


def sends_in_a_run(client: FlaskClient) -> object:
    """How many of three messages that tell a member what is new are sent."""
    with client.application.app_context():
        reset_limit("mail-all")
        with transaction():
            session.execute(delete(Mail))
            anna = a_member()
            anna.email = anna.email_key = f"anna@{anna.id}.example"
            for _ in range(3):
                news_for(anna)
        return send_mail()


def keeps_last_week(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        a_post(thread=a_thread())
        with clock.frozen_at(clock.now() + timedelta(days=7)):
            return expiry.first_expired() is None


def tells_of_replies(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        anna = a_member()
        a_post(thread=a_thread(by=anna))
        return bool(unseen_count(anna))


def mails_of_replies(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        chosen = choices_of(a_member(), for_staff=False)
        return [choice.kind.name for choice in chosen if choice.channels[Channel.MAIL]]


def seconds_to_wait(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        member, thread = a_newcomer(), a_thread()
        actions.reply(member, thread, body="One post.")
        try:
            actions.reply(member, thread, body="Another post.")
        except TooSoon as error:
            return error.retry_after
    return 0


def may_administer_without_it(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        return bool(may_administer(a_member(role="admin")))


def with_terms(client: FlaskClient, name: str = "") -> FlaskClient:
    """A client of a forum whose members have to accept the terms; with a name, that of a new member."""
    with client.application.app_context(), transaction():
        set_value("terms", "Be kind.")
        set_value("terms_must_be_accepted", value=True)
        if name:
            a_member(name)
    if name:
        log_in(client, name)
    return client


def must_accept(client: FlaskClient) -> object:
    with with_terms(client).application.app_context(), transaction():
        return must_accept_terms(a_member())


def day_of_terms(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("terms_version", 1)
        name = f"anna {snapshot().terms_date}"
    browser = with_terms(client.application.test_client(), name)
    return re.findall(r"changed on [^.]*", browser.get("/account/terms").text)


def day_of_joining(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        path = a_member(joined_at=datetime(2021, 3, 9, 1, tzinfo=UTC)).path
    return re.findall(r"Mar \d+, 2021", client.get(path).text)


def asks_at_registration(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("terms", "Be kind.")
    return "accepts_terms" in client.get("/register").text


def takes_neptune(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("registration_question", "Which planet?")
        return is_answered("Neptune")


def may_a_member_invite(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        return bool(may_invite(a_member()))


def address_of_login(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        name = a_member().username
    browser = client.application.test_client()
    log_in(browser, name)
    with client.application.app_context():
        return session.scalar(select(MemberSession.address).order_by(MemberSession.id.desc()).limit(1))


def writes_first(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        path = a_thread().path
    return client.get(f"{path}/reply").status_code


def is_hidden_when_reported(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        post = a_post(thread=a_thread())
        report_post(a_member(), post, kind="spam")
        return post.is_public


def reminds_after_an_hour(client: FlaskClient) -> object:
    with client.application.app_context():
        with transaction():
            a_member(role="moderator")
            item = report_post(a_member(), a_post(thread=a_thread()), kind="spam").item
            item.opened_at = clock.now() - timedelta(hours=1, minutes=1)
        return remind()


def may_appeal_now(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        anna = a_member()
        actions.delete_post(a_member(role="moderator"), a_post(thread=a_thread(), by=anna), reason="Rude")
        decision = session.scalars(select(Decision).where(Decision.member_id == anna.id)).one()
        return bool(appeals.may_appeal(anna, decision))


def deadline_of_a_notice(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        entry = notices.Entry(
            addresses=a_thread().path, words="Mine.", name="N", email="n@example.org", in_good_faith=True
        )
        notice = notices.find(notices.send(None, entry, home="", mail_home=""))
        return notice.due_at and notice.due_at - notice.created_at


def waits_as_newcomer(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        try:
            return actions.reply(a_newcomer(), a_thread(), body="Hello, look: https://example.org/").visibility
        except Invalid:
            return "refused"


def waits_as_spam(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        session.merge(SpamModel(id=ONE_ROW, version=0, threshold_version=0, threshold=-1000.0))  # everything is spam
        return actions.reply(a_newcomer(), a_thread(), body="Hello").visibility


def refuses_of_newcomer(body: str) -> Callable[[FlaskClient], object]:
    """Whether a new member's post is refused."""

    def look(client: FlaskClient) -> object:
        with client.application.app_context(), transaction():
            set_value("remote_images", value=True)  # else pictures are shown as links
            if member_by_name("ann") is None:
                a_member("ann")
            try:
                actions.reply(a_newcomer(), a_thread(), body=body)
            except Invalid as error:
                return [str(words) for words in error.fields["body"]]
        return "accepted"

    return look


def signs_of_registration(email: str) -> Callable[[FlaskClient], object]:
    """What happens to a registration with an address."""

    def look(client: FlaskClient) -> object:
        with client.application.app_context(), transaction():
            try:
                return robot_check.check(robot_check.Evidence(), email)
            except Invalid as error:
                return error.fields

    return look


def registers_from_one_address(client: FlaskClient) -> object:
    with client.application.app_context():
        try:
            return [login_limits.spend_registration(is_invited=False) for _ in range(2)]
        except TooSoon as error:
            return error.status


def confirms(client: FlaskClient) -> object:
    with client.application.app_context():
        try:
            login_limits.spend_confirmation_mail()
            login_limits.spend_confirmation_mail()
        except TooSoon as error:
            return error.status
    return "accepted"


def counts_as_new(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        return is_new(a_member(message_count=7)), is_new(a_member(message_count=100))


def asked_of_applicants(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("registration", "approval")
    return re.search(r"Why \w+", client.get("/register").text)


def waits_as_third_copy(client: FlaskClient) -> object:
    text = "Our garden shop sells cheap roses, tulips and lilies, so write to us today, number {0}"
    with client.application.app_context(), transaction():
        thread = a_thread()
        return [actions.reply(a_newcomer(), thread, body=text.format(number)).visibility for number in range(3)]


# name: two values, and where the difference is visible


def digests_while_away(client: FlaskClient) -> bool:
    """Whether somebody who has chosen nothing gets a digest of the forum after two weeks."""
    now = clock.now()
    with client.application.app_context(), transaction():
        reader = reader_of(a_member(last_seen_at=now - timedelta(days=14)).id)
        return reader is not None and due_for(reader, now, is_weekly=True).has_popular


def watches_after_writing(client: FlaskClient) -> str:
    """What somebody watches who has started a thread and answered another."""
    with client.application.app_context(), transaction():
        starter, answerer, others = a_member(), a_member(), a_thread()
        own = a_thread(by=starter, board=others.board)
        a_post(thread=others, by=answerer)
        return str([level_of_thread(starter, own), level_of_thread(answerer, others)])


def starts_conversations(*, is_new: bool = False, others: int = 1) -> Callable[[FlaskClient], object]:
    """What becomes of two conversations that somebody starts one after the other."""

    def start(client: FlaskClient) -> object:
        with client.application.app_context(), transaction():
            starter = a_newcomer() if is_new else a_member()
            told = []
            for number in range(2):
                names = ",".join(a_member().username for _ in range(others))
                try:
                    conversations.start(starter, names=names, title="Hi", body=f"Number {number} of {starter.id}")
                    told.append("started")
                except (Forbidden, Invalid, TooSoon) as error:
                    told.append(type(error).__name__ + str(error.fields if isinstance(error, Invalid) else ""))
                session.execute(update(ConversationMessage).values(created_at=datetime(2020, 1, 1, tzinfo=UTC)))
            return told

    return start
