"""CSRF token masks against BREACH."""

import pytest

from forum.infra.csrf_mask import mask, unmask


def test_a_secret_is_masked_differently_each_time_and_unmasked_again() -> None:
    secret = bytes(range(32))
    written = {mask(secret) for _ in range(50)}
    assert len(written) == 50
    assert {unmask(each) for each in written} == {secret}
    assert not any(secret.hex() in each for each in written)


@pytest.mark.parametrize("text", ["", "no hexadecimal", "abc", "é"])
def test_a_malformed_mask_yields_no_secret(text: str) -> None:
    assert unmask(text) == b""
