"""Password hashes, and which legacy formats are still verified."""

import time
import unicodedata

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from forum.infra import password as passwords
from tests.parts import examples

pytestmark = pytest.mark.usefixtures("real_password_cost")


def test_a_hash_is_argon2id_with_owasps_parameters_and_a_random_salt() -> None:
    first, second = passwords.hash_password("the same words"), passwords.hash_password("the same words")
    assert first != second
    found = extract_parameters(first)
    assert first.startswith("$argon2id$v=19$")
    assert found.memory_cost >= 19456
    assert found.time_cost >= 2
    assert found.parallelism >= 1
    assert found.salt_len == 16
    assert first.split("$")[4] != second.split("$")[4]


def test_the_dummy_comparison_costs_as_much_as_a_real_one() -> None:
    assert not passwords.needs_rehash(passwords.DUMMY_HASH)
    found = extract_parameters(passwords.DUMMY_HASH)
    assert found == extract_parameters(passwords.hash_password("anything"))


@pytest.mark.parametrize(
    "old",
    [
        PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("old words here"),
        generate_password_hash("old words here", method="pbkdf2:sha256:1000"),
        generate_password_hash("old words here", method="scrypt:1024:8:1"),
    ],
    ids=["weaker argon2id", "pbkdf2", "scrypt"],
)
def test_legacy_hashes_are_verified_and_reported_as_outdated(old: str) -> None:
    assert passwords.verify(old, "old words here")
    assert not passwords.verify(old, "old words herE")
    assert passwords.needs_rehash(old)


@pytest.mark.parametrize(
    "broken", ["", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "pbkdf2:sha256", "pbkdf2:md99:1$a$b"]
)
def test_an_invalid_hash_matches_no_password(broken: str) -> None:
    assert not passwords.verify(broken, "anything")
    assert passwords.needs_rehash(broken)


def test_passwords_are_not_truncated_case_folded_or_trimmed() -> None:
    long = "Twelve words, " * 5 + "in a row!!"
    assert len(long) == 80
    stored = passwords.hash_password(long)
    assert passwords.verify(stored, long)
    for other in (long[:72], long.lower(), long + " ", " " + long, long[:-1]):
        assert not passwords.verify(stored, other)


def test_composed_and_decomposed_accents_are_the_same_password() -> None:
    word = "çà et là, éléphant"
    stored = passwords.hash_password(unicodedata.normalize("NFD", word))
    assert passwords.verify(stored, unicodedata.normalize("NFC", word))


@pytest.mark.parametrize(
    "word",
    [
        "ordinary words " * 4 + "1234",
        "words with spaces " * 7,
        "🐘🐘🐘🐘🐘🐘🐘🐘",
        "пароль из слов",
        "\ud800 lone half",
    ],
)
def test_long_and_non_ascii_passwords_work(word: str) -> None:
    assert passwords.verify(passwords.hash_password(word), word)


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_only_the_same_password_matches(one: str, two: str) -> None:
    is_same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", two)
    assert passwords.verify(passwords.hash_password(one), two) is is_same


def test_an_overlong_password_is_refused_before_it_is_hashed() -> None:
    stored = passwords.hash_password("a short one")
    begun = time.perf_counter()
    assert not passwords.verify(stored, "x" * 100_000)
    passwords.verify_dummy("x" * 100_000)
    assert time.perf_counter() - begun < 0.02


@pytest.mark.parametrize(
    "stored",
    [
        "$2b$12$C6UzMDM.H6dfI/f/IKcEeO8dGJ8G5F6c8nTqS3oQd3x7bq5nqVn5y",
        "$P$B1234567890123456789012345678901",
        "md5$abc$d41d8cd98f00b204e9800998ecf8427e",
        "pbkdf2:nodigest:1000$salt$abcdef",
        "scrypt:broken",
        "$argon2id$v=19$m=19456,t=2,p=1$!!$??",
        "$argon2id$",
        "secret",
        "",
    ],
)
def test_an_unsupported_hash_format_is_detected(stored: str) -> None:
    assert not passwords.is_readable(stored)
    assert not passwords.verify(stored, "secret")


@pytest.mark.parametrize("method", ["pbkdf2:sha256:1000", "pbkdf2:sha512", "scrypt:1024:8:1"])
def test_every_supported_hash_format_is_detected(method: str) -> None:
    assert passwords.is_readable(generate_password_hash("old words here", method=method))
    for kind in (Type.ID, Type.I, Type.D):
        stored = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=kind).hash("old words here")
        assert passwords.is_readable(stored)
        assert passwords.verify(stored, "old words here")
