"""Secrets that the forum recognises as its own without a database lookup."""

import pytest

from forum.members.credentials.secret import MAX_LENGTH, is_signed, signed_secret

KEY = "a key of the tests, long enough to be taken"


@pytest.mark.parametrize("prefix", ["", "forum_"])
def test_an_issued_secret_is_recognised(prefix: str) -> None:
    secret = signed_secret(KEY, prefix)
    assert is_signed(secret, KEY)
    assert secret.startswith(prefix)
    assert len(secret) < MAX_LENGTH
    assert secret != signed_secret(KEY, prefix)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: "x" + secret[1:] if secret[0] != "x" else "y" + secret[1:],
        lambda secret: secret[:-1],
        lambda secret: secret + "x",
        lambda secret: secret[:-12],
        lambda secret: "é" + secret,
        lambda secret: secret + "é",
        lambda _: "",
        lambda _: "x" * 10_000,
    ],
)
def test_a_forged_secret_is_not_recognised(spoil: object) -> None:
    assert not is_signed(spoil(signed_secret(KEY)), KEY)  # type: ignore[operator]


def test_a_secret_of_another_forum_is_not_recognised() -> None:
    assert not is_signed(signed_secret("another key, as long as the first one is"), KEY)
