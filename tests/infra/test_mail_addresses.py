"""All forms of an e-mail address have one key."""

import pytest

from forum.infra.text.mail_addresses import address_key, needs_smtputf8, with_ascii_domain, with_unicode_domain

FORMS = (
    (
        "user@münchen.example",
        "user@xn--mnchen-3ya.example",
        "USER@XN--MNCHEN-3YA.EXAMPLE",
        "user@MU\u0308NCHEN。example",
    ),
    ("jürgen@example.org", "Ju\u0308rgen@Example.org", "JÜRGEN@EXAMPLE.ORG"),
    ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
)


@pytest.mark.parametrize("forms", FORMS)
def test_all_forms_have_one_key(forms: tuple[str, ...]) -> None:
    assert len({address_key(form) for form in forms}) == 1


def test_other_addresses_have_other_keys() -> None:
    others = ("a@straße.example", "a@strasse.example", "jurgen@example.org", "jürgen@example.org", "a@münchen.example")
    assert len({address_key(each) for each in others}) == len(others)


def test_a_domain_is_sent_to_in_ascii_and_shown_in_unicode() -> None:
    assert with_ascii_domain("Jürgen@münchen.example") == "Jürgen@xn--mnchen-3ya.example"
    assert with_unicode_domain("a@xn--mnchen-3ya.example") == "a@münchen.example"
    assert with_unicode_domain("a@example.org") == with_ascii_domain("a@example.org") == "a@example.org"


@pytest.mark.parametrize(
    "odd", ["", "@", "a@", "ü", "a@ü..example", "a@\u200d.example", "a@xn--zzzzzzzz.example", "a@" + "ü" * 300]
)
def test_an_invalid_domain_is_left_unchanged(odd: str) -> None:
    assert with_ascii_domain(odd) == with_unicode_domain(odd) == odd
    assert address_key(odd) == odd


def test_only_letters_before_the_at_need_smtputf8() -> None:
    assert [needs_smtputf8(each) for each in ("a@b.org", "a@münchen.example", "ü@b.org")] == [False, False, True]
