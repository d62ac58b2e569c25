"""Turnstile: whether the token of a form was given to somebody who solved the CAPTCHA. The protocol alone."""

import json

from forum.outside.http_calls import Unavailable, post_form

URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
HOST = "https://challenges.cloudflare.com"  # of the script and the frame
FIELD, ACTION, MAX_TOKEN = "cf-turnstile-response", "register", 2048
SECONDS = 2.0
_FAULTS_OF_TOKEN = {"missing-input-response", "invalid-input-response", "timeout-or-duplicate"}


def is_solved(token: str, *, secret: str, ip: str, host: str) -> bool:
    """Whether a token is valid for this form and host; one is so once. Raises Unavailable."""
    fields = {"secret": secret, "response": token} | ({"remoteip": ip} if ip else {})
    answer = post_form(URL, fields, seconds=SECONDS)
    try:
        found = json.loads(answer.body)
        is_success, faults = found["success"], set(found.get("error-codes", ()))
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("an answer that is not understood") from error
    if not is_success and not faults <= _FAULTS_OF_TOKEN:
        raise Unavailable(", ".join(sorted(map(str, faults)))[:150])
    return is_success is True and found.get("action") == ACTION and (not host or found.get("hostname") == host)
