"""The codes of authenticator apps."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from forum.infra import clock
from forum.members.credentials import totp, two_factor

RFC_SECRET = b32encode(b"12345678901234567890").decode()
# RFC 6238, appendix B: the last six of its eight digits
RFC_CODES = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 20000000000: "353130"}


@pytest.mark.parametrize("second", RFC_CODES)
def test_the_codes_are_those_of_the_standard(second: int) -> None:
    assert totp.code_at(RFC_SECRET, second // totp.STEP_SECONDS) == RFC_CODES[second]


def test_a_code_is_right_in_its_step_and_the_ones_beside_it() -> None:
    secret, middle = totp.new_secret(), datetime(2031, 5, 6, 7, 8, 15, tzinfo=UTC)
    with clock.frozen_at(middle):
        step, code = totp.current_step(), totp.code_at(secret, totp.current_step())
    for seconds, found in ((-61, None), (-31, step), (0, step), (31, step), (61, None)):
        with clock.frozen_at(middle + timedelta(seconds=seconds)):
            assert totp.matching_step(secret, code) == found, seconds


def test_a_secret_has_160_bits_and_another_one_each_time() -> None:
    assert len({totp.new_secret() for _ in range(50)}) == 50
    assert all(len(totp.new_secret()) == 32 for _ in range(50))


def test_apps_read_issuer_account_and_secret_from_the_address() -> None:
    parts = urlsplit(totp.address("SECRET", issuer="Tea: & cake", account="Zoë"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Tea%20%20%26%20cake%3AZo%C3%AB")
    assert parse_qs(parts.query) == {"secret": ["SECRET"], "issuer": ["Tea  & cake"]}


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456", "١٢٣٤٥٦"])
def test_a_code_may_be_typed_in_groups_and_in_the_digits_of_any_script(typed: str) -> None:
    assert two_factor.digits_of(typed) == "123456"
