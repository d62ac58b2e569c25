"""Limits of accounts, and the keys that make names and addresses unique."""

import hashlib
import re
import unicodedata

from forum.infra.errors import MessageText
from forum.infra.text.characters import width
from forum.infra.text.mail_addresses import address_key
from forum.infra.text.messages import comparison_key, one_line, say
from forum.members.confusables import is_mixed, shown_skeleton, skeleton

NAME_LENGTH = (3, 30)  # minimum in columns (a Chinese character counts as two), maximum in characters
SEPARATORS = "_-. "
MAX_EMAIL, MAX_CARD_LINE, MAX_ABOUT, MAX_BAN_REASON = 254, 60, 2000, 200
PASSWORD_LENGTH, STAFF_PASSWORD_LENGTH, MAX_PASSWORD = 8, 15, 1000
RESET_HOURS, CONFIRM_HOURS, SETUP_HOURS = 1, 72, 24 * 30
RESETS_AN_ADDRESS_A_DAY, FIRST_RESETS_BY_OTHERS_A_DAY, MORE_RESETS_BY_OTHERS_A_DAY = 20, 60, 15
DAY_SECONDS, HOUR_SECONDS, QUARTER_HOUR_SECONDS = 86400, 3600, 900  # seconds
LOGINS_PER_QUARTER_HOUR, LOGINS_AN_HOUR, MAILS_PER_DAY = 10, 30, 5
REGISTRATIONS_A_RANGE, MOST_REGISTRATIONS_A_RANGE = 10, 50  # a day: with more they are held, or refused
WRONG_CODES = {300: 5, HOUR_SECONDS: 20, DAY_SECONDS: 50}  # of an authenticator app, by seconds
DEVICE_MAILS_PER_DAY = 5  # about logins of one member
MAILS_PER_ADDRESS_PER_DAY = 100  # a day
WRONG_ANSWERS_AN_HOUR, INVITATION_MAILS_A_DAY, INVITATIONS_PER_ADDRESS_A_DAY = 20, 10, 3
PAGE_OF_MEMBERS = 20
OLD_NAME_DAYS = 365  # for which a former name stays with its member

_SEPARATED = re.compile(r"[_\-. ]+")


def clean_name(typed: str) -> str:
    """Normalize a name: NFC, without spaces at the ends; invalid characters stay, for validation to reject."""
    return unicodedata.normalize("NFC", typed).strip(" ")


def username_key(name: str) -> str:
    """The unique key of a name: names that look alike share it; at most 120 characters."""
    key = _SEPARATED.sub("", skeleton(one_line(name))) or comparison_key(name)
    return key if len(key) <= 120 else hashlib.sha256(key.encode()).hexdigest()


def email_key(email: str) -> str:
    """The unique key of an e-mail address: ignores case, Unicode form, and whether the domain is in ASCII (IDNA)."""
    return address_key(one_line(email))


def faults_of_name(name: str) -> list[MessageText]:
    """The faults in the form of a name; empty if none."""
    least, most = NAME_LENGTH
    if sum(map(width, name)) < least or len(name) > most:
        words = "Names need %(least)d to %(most)d characters; in Chinese, Japanese or Korean %(wide)d are enough."
        return [say(words, least=least, most=most, wide=-(-least // 2))]
    if not all(_is_allowed(letter) for letter in name) or unicodedata.normalize("NFKC", name) != name:
        return [say("Use letters, digits, single spaces, and _ - . in a name.")]
    if not (name[0].isalnum() and (name[-1].isalnum() or _is_mark(name[-1]))) or "  " in name:
        return [say("A name begins and ends with a letter or digit, without double spaces.")]
    if is_mixed(name) or _is_disguised(name):
        return [say("Write the name in the letters of one script.")]
    return []


def _is_allowed(letter: str) -> bool:
    return letter in SEPARATORS or letter.isalpha() or unicodedata.category(letter) == "Nd" or _is_mark(letter)


def _is_mark(letter: str) -> bool:
    """Whether it is a combining mark of one specific script, not an accent that fits any letter."""
    return unicodedata.category(letter) in {"Mn", "Mc"} and is_mixed("a" + letter)


def _is_disguised(name: str) -> bool:
    """Whether a non-ASCII name looks, in its given case, like a different name in ASCII letters."""
    shown = shown_skeleton(name)
    return not name.isascii() and shown.isascii() and shown != skeleton(name)
