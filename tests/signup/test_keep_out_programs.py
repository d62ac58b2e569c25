"""What keeps programs from registering, and what becomes of people who look like one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import altcha
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from forum.infra import clock
from forum.infra.client_ip import NO_ADDRESS, ClientAddress, set_client_address
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.ephemeral.rate_limits import range_key
from forum.infra.errors import Invalid, TooSoon
from forum.members.credentials import login_limits
from forum.members.signup import disposable, form_stamp, proof, questions, signs
from forum.models import Mail, Member, SignupRecord, UsedProof
from tests.admin.pages import parsed
from tests.conftest import token_in
from tests.factories import a_newcomer
from tests.middleware.guests import Writing
from tests.signup.conftest import Settings, a_code, named, registration

NAMES = [f"Nora{one}{two}" for one in "bdgkmprt" for two in "afhsuwxz"]
Register = Callable[..., TestResponse]


@pytest.fixture
def app(app: Flask) -> Flask:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    return app


@pytest.fixture
def open_form(app: Flask, set_up: Settings) -> Callable[..., dict[str, str]]:
    """The hidden fields of a form that was opened `ago` seconds ago."""
    set_up(proof_of_work="low", registrations_per_address=100)

    def fields(client: FlaskClient, *, ago: int = 30) -> dict[str, str]:
        with clock.frozen_at(clock.now() - timedelta(seconds=ago)):
            page = client.get("/register")
        stamp = parsed(page).select_one("input[name=stamp]")
        assert stamp is not None
        return {"csrf_token": token_in(page.text), "stamp": str(stamp["value"])}

    return fields


@pytest.fixture
def register(app: Flask, open_form: Callable[..., dict[str, str]]) -> Register:
    """Register in a new browser, with a proof unless one is given."""

    def send(name: str = "Carl", *, ago: int = 30, client: FlaskClient | None = None, **more: str) -> TestResponse:
        browser = client or app.test_client()
        form = open_form(browser, ago=ago)
        if "proof" not in more:
            more["proof"] = solved(browser.get("/register/proof").get_json())
        return browser.post("/register", data=registration(name) | form | more)

    return send


def solved(challenge: dict[str, Any]) -> str:
    """What a browser sends for a challenge."""
    asked = altcha.v2.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(asked)
    assert solution is not None
    return altcha.v2.Payload(asked, solution).to_base64()


def record_of(app: Flask, name: str) -> tuple[list[str], bool]:
    """The codes of the signs of a member's registration, and whether their posts wait."""
    with app.app_context():
        row = session.get_one(SignupRecord, named(name).id)
        return row.signs.splitlines(), row.holds_posts


def test_who_computes_the_proof_is_a_member_and_nothing_is_noted(app: Flask, register: Register) -> None:
    assert register().status_code == 303
    assert record_of(app, "Carl") == ([], False)


def test_a_proof_works_once(app: Flask, client: FlaskClient, register: Register) -> None:
    challenge = client.get("/register/proof").get_json()
    solution = solved(challenge)
    taken = register("Carl", email="nonsense", proof=solution)
    assert taken.status_code == 422, "a refusal uses nothing up"
    assert register("Carl", proof=solution).status_code == 303
    again = register("Dora", proof=solution)
    assert (again.status_code, "This form was sent before." in again.text) == (422, True)
    assert 'value="Dora"' in again.text
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Member).where(Member.username == "Dora")) == 0


def test_of_two_processes_that_get_a_proof_at_once_one_takes_it(app: Flask) -> None:
    end = clock.now() + timedelta(minutes=20)

    def take(_: int) -> bool:
        with app.app_context(), transaction():
            start_writing()
            return proof.use("n" * 32, end)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [False, False, False, True]


@pytest.mark.parametrize("broken", ["", "x", "e30=", "bnVsbA==", "{" * 3000, "ImEi", "W10="])
def test_what_is_no_proof_is_no_error_and_the_question_is_asked(register: Register, broken: str) -> None:
    answer = register(proof=broken)
    assert answer.status_code == 422
    if len(broken) <= proof.MAX_PROOF:
        assert "Answer this question in its place." in answer.text
        assert parsed(answer).select_one(".without-script") is None


def test_a_proof_that_was_changed_or_has_expired_is_none(app: Flask, client: FlaskClient, set_up: Settings) -> None:
    set_up(proof_of_work="low")
    challenge = client.get("/register/proof").get_json()
    right = solved(challenge)
    with app.app_context():
        assert proof.verified(right) is not None
        longer = altcha.v2.Payload.from_base64(right)
        longer.challenge.parameters.expires_at = longer.challenge.parameters.expires_at or 0
        longer.challenge.parameters.expires_at += 1
        assert proof.verified(longer.to_base64()) is None
        other = altcha.v2.Payload.from_base64(right)
        other.solution.derived_key = "00" * 32
        assert proof.verified(other.to_base64()) is None
        easy = altcha.create_challenge("SHA-256", 1, counter=1, hmac_secret="x")
        assert proof.verified(solved(easy.to_dict())) is None
        with clock.frozen_at(clock.now() + timedelta(seconds=proof.SECONDS_VALID + 1)):
            assert proof.verified(right) is None


def test_a_proof_is_verified_in_less_than_two_milliseconds(app: Flask, client: FlaskClient, set_up: Settings) -> None:
    set_up(proof_of_work="low")
    solution = solved(client.get("/register/proof").get_json())
    with app.app_context():
        times = []
        for _ in range(20):
            began = perf_counter()
            assert proof.verified(solution)
            times.append(perf_counter() - began)
    assert min(times) < 0.002


def test_used_proofs_are_forgotten_once_they_have_expired(app: Flask, register: Register) -> None:
    register()
    with app.app_context(), transaction():
        assert session.scalar(select(func.count()).select_from(UsedProof)) == 1
        proof.forget_expired()
        assert session.scalar(select(func.count()).select_from(UsedProof)) == 1
        with clock.frozen_at(clock.now() + timedelta(minutes=22)):
            proof.forget_expired()
        assert session.scalar(select(func.count()).select_from(UsedProof)) == 0


def test_the_computation_is_longer_while_many_register(app: Flask, set_up: Settings, writing: Writing) -> None:
    def hardest() -> int:
        return max(altcha.solve_challenge(altcha.v2.Challenge.from_dict(proof.challenge())).counter for _ in range(3))  # type: ignore[union-attr]

    set_up(proof_of_work="low")
    with app.app_context():
        assert hardest() < proof.MOST_COUNTERS["low"]
    with writing():
        for _ in range(signs.LEAST_IN_WAVE):
            signs.store(a_newcomer(), [])
    with app.app_context():
        assert hardest() >= proof.MOST_COUNTERS["low"]


def test_turned_off_nothing_is_computed(client: FlaskClient, set_up: Settings) -> None:
    set_up(proof_of_work="off")
    assert client.get("/register/proof").status_code == 404
    assert "register.js" not in client.get("/register").text


def test_a_question_takes_the_place_of_the_computation_once_per_form(
    app: Flask, client: FlaskClient, register: Register, open_form: Callable[..., dict[str, str]]
) -> None:
    form = open_form(client)
    with app.app_context():
        stamp = form_stamp.read(form["stamp"])
        assert stamp is not None
        right = next(iter(questions.built_in_question(stamp).keys))
    wrong = client.post("/register", data=registration() | form | {"answer": "99"})
    assert (wrong.status_code, "This is not the answer." in wrong.text) == (422, True)
    assert client.post("/register", data=registration() | form | {"answer": f" {right} "}).status_code == 303
    assert record_of(app, "Carl") == (["question"], False)
    other = app.test_client()
    fresh = token_in(other.get("/register").text)
    again = other.post("/register", data=registration("Dora") | form | {"answer": right, "csrf_token": fresh})
    assert (again.status_code, "This form was sent before." in again.text) == (422, True)


def test_the_operators_question_is_asked_of_everybody_and_is_one_of_several(
    app: Flask, register: Register, set_up: Settings
) -> None:
    set_up(
        registration_question="Which planet comes last?",
        registration_answers="Neptune",
        more_registration_questions="Which bird is black? = Raven | the crow\n\nWhat is 2 + 2 = 5? = no",
    )
    assert (register(answer="Pluto").status_code, register("Dora", answer="").status_code) == (422, 422)
    answers = {"Which planet comes last?": "neptune", "Which bird is black?": "THE CROW!", "What is 2 + 2 = 5?": "No"}
    seen = set()
    for number in range(30):
        browser = app.test_client()
        label = parsed(browser.get("/register")).select_one("label[for=answer]")
        assert label is not None
        seen.add(label.text)
        if number < 3:
            with app.app_context():
                stamp = form_stamp.create()
                asked = questions.question_of(stamp)
                assert asked is not None
                assert questions.is_answered(answers[str(asked.text)], stamp)
    assert seen == set(answers)


def test_a_list_of_questions_needs_their_answers(set_up: Settings) -> None:
    for line in ("Which bird?", "= Raven", "Which bird? = |"):
        with pytest.raises(Invalid) as refused:
            set_up(more_registration_questions=f"Which tree? = oak\n{line}")
        assert refused.value.fields.keys() == {"more_registration_questions"}


def test_too_quick_or_too_old_a_form_comes_back_with_everything_kept(register: Register) -> None:
    for ago, words in ((0, "too quick"), (form_stamp.MOST_SECONDS + 60, "open for too long")):
        answer = register(ago=ago)
        assert (answer.status_code, words in answer.text) == (422, True), ago
        assert 'value="carl@example.org"' in answer.text
    assert register(stamp="1.00.00").status_code == 422


def test_signs_hold_posts_and_refuse_nobody(app: Flask, register: Register) -> None:
    assert register("Carl", subject_line="Buy now").status_code == 303
    assert record_of(app, "Carl") == (["honeypot"], True)
    assert register("Dora", ago=4).status_code == 303
    assert record_of(app, "Dora") == (["quick:6"], False), "one weak sign alone holds nothing"
    assert register("Emil", email="emil@mx3.mailinator.com").status_code == 303
    assert record_of(app, "Emil") == (["disposable:mailinator.com"], True)


def test_throw_away_addresses_are_found_below_their_domain_and_exceptions_win(app: Flask, set_up: Settings) -> None:
    set_up(disposable_domains="throw.example\n*.Münch.example", trusted_mail_domains="good.mailinator.com")
    with app.app_context():
        found = {
            domain: disposable.disposable_domain(f"a@{domain}")
            for domain in (
                *("mailinator.com", "a.b.mailinator.com", "x.throw.example", "MÜNCH.example"),
                *("good.mailinator.com", "x.good.mailinator.com", "example", "example.org", "mailinator.com.example"),
            )
        }
    assert [domain for domain, listed in found.items() if listed] == [
        *("mailinator.com", "a.b.mailinator.com", "x.throw.example", "MÜNCH.example")
    ]


def test_an_admin_may_refuse_throw_away_addresses_or_take_them(
    app: Flask, register: Register, set_up: Settings
) -> None:
    set_up(disposable_mail="refuse")
    refused = register(email="carl@mailinator.com")
    assert (refused.status_code, "Use an address of another provider" in refused.text) == (422, True)
    set_up(disposable_mail="accept")
    assert register(email="carl@mailinator.com").status_code == 303
    assert record_of(app, "Carl") == ([], False)


def test_a_range_is_a_24_or_a_48() -> None:
    assert range_key("192.0.2.77") == range_key("::ffff:192.0.2.3") == "192.0.2.0/24"
    assert range_key("2001:db8:7:9::1") == range_key("2001:db8:7:ffff::2") == "2001:db8:7::/48"
    assert range_key("unix") == "unix"


def test_beyond_the_limit_of_an_address_an_invitation_lets_in_and_holds(
    app: Flask, register: Register, set_up: Settings
) -> None:
    set_up(registrations_per_address=2)
    assert [register(name).status_code for name in ("Carl", "Dora")] == [303, 303]
    refused = register("Emil")
    assert refused.status_code == 429
    assert 79_000 < int(refused.headers["Retry-After"]) <= 86_400
    assert "Try again in 24 hours, or register with an invitation." in refused.text
    assert 'value="Emil"' in refused.text
    assert register("Emil", invitation=a_code(app)).status_code == 303
    assert record_of(app, "Emil") == (["address"], True)


def test_many_from_neighbouring_addresses_wait_and_very_many_are_refused(app: Flask, register: Register) -> None:
    answers = []
    for number in range(52):
        browser = app.test_client()
        browser.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        answers.append(register(NAMES[number], client=browser).status_code)
    assert answers == [303] * 50 + [429] * 2
    assert record_of(app, NAMES[0]) == (["wave"], True), "part of the wave that it turned out to be"
    assert record_of(app, NAMES[10]) == (["range", "wave"], True)
    assert record_of(app, NAMES[49]) == (["wave", "range"], True)


def test_one_address_does_not_use_up_the_limit_of_its_neighbours(app: Flask) -> None:
    def spend(address: str) -> int:
        with app.app_context():
            set_client_address(ClientAddress(address))
            try:
                login_limits.spend_registration(is_invited=False)
            except TooSoon as error:
                return error.status
            finally:
                set_client_address(NO_ADDRESS)
        return 200

    assert [spend("203.0.113.5") for _ in range(70)].count(200) == 3
    assert spend("203.0.113.6") == 200


def test_a_wave_sends_few_mails_and_none_before_the_proof(app: Flask, register: Register, set_up: Settings) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], mail_url="smtp://mail.test")
    set_up(confirmation_mails_per_hour=2)
    assert register("Anton", proof="").status_code == 422
    assert [register(name).status_code for name in ("Carl", "Dora", "Emil")] == [303, 303, 429]
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Mail)) == 2
        assert session.scalar(select(func.count()).where(Member.username == "Emil")) == 0
