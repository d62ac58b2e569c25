"""The limits of accounts, and which names are the same name."""

import hashlib
import re
import unicodedata

from forum.infra.characters import width
from forum.infra.errors import MessageText
from forum.infra.mail_addresses import address_key
from forum.infra.messages import comparison_key, one_line, say
from forum.members.confusables import is_mixed, shown_skeleton, skeleton

NAME_LENGTH = (3, 30)  # columns, in which a Chinese character counts twice; characters
SEPARATORS = "_-. "
MAX_EMAIL, MAX_CARD_LINE, MAX_ABOUT, MAX_BAN_REASON = 254, 60, 2000, 200
PASSWORD_LENGTH, STAFF_PASSWORD_LENGTH, MAX_PASSWORD = 8, 15, 1000
RESET_HOURS, CONFIRM_HOURS, SETUP_HOURS = 1, 72, 24 * 30
RESETS_AN_ADDRESS_A_DAY, FIRST_RESETS_BY_OTHERS_A_DAY, MORE_RESETS_BY_OTHERS_A_DAY = 20, 60, 15
DAY_SECONDS, HOUR_SECONDS, QUARTER_HOUR_SECONDS = 86400, 3600, 900  # seconds
LOGINS_PER_QUARTER_HOUR, LOGINS_AN_HOUR, REGISTRATIONS_A_DAY, MAILS_PER_DAY = 10, 30, 3, 5
MAILS_PER_ADDRESS_PER_DAY = 100  # a day
PAGE_OF_MEMBERS = 20

_SEPARATED = re.compile(r"[_\-. ]+")


def clean_name(typed: str) -> str:
    """A name as it is stored: composed (NFC), without spaces at its ends; what it may not hold stays, to be refused."""
    return unicodedata.normalize("NFC", typed).strip(" ")


def username_key(name: str) -> str:
    """What is unique among members: names that look alike have the same key, at most 120 characters."""
    key = _SEPARATED.sub("", skeleton(one_line(name))) or comparison_key(name)
    return key if len(key) <= 120 else hashlib.sha256(key.encode()).hexdigest()


def email_key(email: str) -> str:
    """What is unique among e-mail addresses: without regard to case, Unicode form, and which form the domain has."""
    return address_key(one_line(email))


def faults_of_name(name: str) -> list[MessageText]:
    """What is wrong with the form of a name that somebody wants to take; empty if nothing."""
    least, most = NAME_LENGTH
    if sum(map(width, name)) < least or len(name) > most:
        words = "Names need %(least)d to %(most)d characters; in Chinese, Japanese or Korean %(wide)d are enough."
        return [say(words, least=least, most=most, wide=-(-least // 2))]
    if not all(_is_allowed(letter) for letter in name) or unicodedata.normalize("NFKC", name) != name:
        return [say("Use letters, digits, single spaces, and _ - . in a name.")]
    if not (name[0].isalnum() and (name[-1].isalnum() or _is_mark(name[-1]))) or "  " in name:
        return [say("A name begins and ends with a letter or digit, without double spaces.")]
    if is_mixed(name) or _wears_a_mask(name):
        return [say("Write the name in the letters of one script.")]
    return []


def _is_allowed(letter: str) -> bool:
    return letter in SEPARATORS or letter.isalpha() or unicodedata.category(letter) == "Nd" or _is_mark(letter)


def _is_mark(letter: str) -> bool:
    """Whether it is a sign that belongs to the letters of one script; accents that go on anything do not."""
    return unicodedata.category(letter) in {"Mn", "Mc"} and is_mixed("a" + letter)


def _wears_a_mask(name: str) -> bool:
    """Whether a name of another script looks, in just this case, like another name in plain letters."""
    shown = shown_skeleton(name)
    return not name.isascii() and shown.isascii() and shown != skeleton(name)
