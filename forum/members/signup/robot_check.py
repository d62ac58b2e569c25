"""What the registration form asks to keep out programs, and the signs that it finds.

A person who does not pass gets the form again with all that they typed: nothing here refuses anybody for good.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from forum.infra.database.db import current_settings
from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import say
from forum.members.credentials import login_limits
from forum.members.signup import disposable, form_stamp, proof, questions, signs
from forum.site.queries import snapshot

Faults = dict[str, list[MessageText]]
WRONG_ANSWER = say("This is not the answer. Read the question again.")
ANSWER_INSTEAD = say("Your browser sent no valid result of its computation. Answer this question in its place.")
USED_BEFORE = say("This form was sent before. Enter your password and send it once more.")


@dataclass(frozen=True)
class Evidence:
    """What a form has sent beside the account itself, to tell people from programs."""

    answer: str = ""
    stamp: str = ""
    proof: str = ""
    decoy: str = ""


@dataclass(frozen=True)
class Passed:
    """What a form that passed has to use up, so that it works once, and the signs found in it."""

    nonce: str = ""
    expires_at: datetime | None = None
    signs: tuple[str, ...] = ()

    def use(self) -> None:
        """Use up the proof or the form, in the transaction that creates the account. Raises Invalid."""
        if self.expires_at is not None and not proof.use(self.nonce, self.expires_at):
            raise Invalid({"stamp": [USED_BEFORE]})


@dataclass(frozen=True)
class Asked:
    """What a form asks beside the account: `is_instead` of a question for browsers that compute nothing."""

    stamp: str
    question: MessageText | None
    is_instead: bool
    computes: bool


def asked_by(stamp: str) -> Asked:
    """What a form with a stamp asks, with a new stamp if this one is no longer good."""
    read = form_stamp.read(stamp)
    if read is None or read.is_too_old:
        read = form_stamp.create()
    computes, own = proof.is_asked_for(), questions.question_of(read)
    if own is None and computes:
        return Asked(str(read), questions.built_in_question(read).text, is_instead=True, computes=True)
    return Asked(str(read), own.text if own else None, is_instead=False, computes=computes)


def check(sent: Evidence, email: str) -> tuple[Faults, Passed]:
    """The faults by field, and what was found; costs no write and no more than a millisecond."""
    stamp = form_stamp.read(sent.stamp)
    faults, passed = _check_answer_and_proof(sent, stamp)
    if current_settings().limits:
        faults["stamp"] = _faults_of_stamp(stamp)
    found = [*passed.signs, *_other_signs(sent, stamp)]
    if domain := disposable.disposable_domain(email):
        if snapshot().disposable_mail == disposable.REFUSE:
            words = say("Use an address of another provider: %(domain)s gives out throw-away mailboxes.", domain=domain)
            faults["email"] = [words]
        elif snapshot().disposable_mail != disposable.ACCEPT:
            found.append(f"disposable:{domain}")
    return faults, Passed(passed.nonce, passed.expires_at, tuple(found))


def _check_answer_and_proof(sent: Evidence, stamp: form_stamp.Stamp | None) -> tuple[Faults, Passed]:
    """The operator's question is asked of everybody; who computes no proof answers it or a built-in one instead."""
    own = questions.question_of(stamp)
    if own is not None and not questions.answers(sent.answer, own):
        login_limits.spend_wrong_answer()
        return {"answer": [WRONG_ANSWER]}, Passed()
    if not proof.is_asked_for():
        return {}, Passed()
    if (found := proof.verified(sent.proof)) is not None:
        return {}, Passed(found.nonce, found.expires_at)
    if stamp is None:
        return {}, Passed()  # refused for its stamp
    if own is None and not questions.answers(sent.answer, questions.built_in_question(stamp)):
        if sent.answer:
            login_limits.spend_wrong_answer()
        return {"answer": [WRONG_ANSWER if sent.answer else ANSWER_INSTEAD]}, Passed()
    end = datetime.fromtimestamp(stamp.shown_at + form_stamp.MOST_SECONDS, UTC)
    return {}, Passed(f"form:{stamp.nonce}", end, ("question",))


def _faults_of_stamp(stamp: form_stamp.Stamp | None) -> list[MessageText]:
    if stamp is None or stamp.is_too_old:
        return [say("This form was open for too long. Enter your password and send it again.")]
    if stamp.age < form_stamp.LEAST_SECONDS:
        return [say("That was too quick to tell you from a program. Enter your password and send the form again.")]
    return []


def _other_signs(sent: Evidence, stamp: form_stamp.Stamp | None) -> list[str]:
    found = ["honeypot"] if sent.decoy else []
    if stamp is not None and stamp.age < form_stamp.QUICK_SECONDS and current_settings().limits:
        found.append(f"quick:{form_stamp.QUICK_SECONDS}")
    if signs.recent_registrations() >= signs.LEAST_IN_WAVE:
        found.append("wave")
    return found
