"""Screen a new thread or post: whether its words are accepted, whether it waits for approval, what is like it."""

from dataclasses import dataclass, field

from forum.members.signup import newcomers
from forum.models import Board, Member, Post
from forum.outside import checks
from forum.spam import actions as spam
from forum.threads.approval import campaigns, holding, reasons


@dataclass(frozen=True)
class Screening:
    """Why a new post waits, what the spam filter says of it if it does, and the posts like it."""

    why: list[str] = field(default_factory=list)
    score: float | None = None
    sighting: campaigns.Sighting | None = None
    asks: bool = False  # whether services are asked: of new members' posts

    def note(self, post: Post) -> None:
        """Open a case of the post, which was just written, if it waits, and keep what others are compared with."""
        if self.why:
            holding.open_case(post, self.why, score=self.score)
        if self.sighting is not None:
            campaigns.note(post, self.sighting)
        if self.asks:
            checks.ask_about_post(post, post.author, post.thread.title if post.position == 1 else "")


def screen(actor: Member, board: Board, html: str, *, title: str = "") -> Screening:
    """Screen a post; with a title also its new thread.

    Raises Invalid for a refused word, TooSoon if too many posts of the actor wait already.
    """
    reasons.check_words(actor, board.id, html, title=title)
    if reasons.is_trusted(actor, board.id):
        return Screening()
    judgement = reasons.judged(actor, html, title)
    sighting = campaigns.look(actor, html, title)
    why = reasons.reasons_to_wait(actor, board, html, title, judgement)
    why += sighting.reasons if sighting else []
    why += checks.reasons_to_wait(actor) if newcomers.is_new(actor) else []
    if not why:
        return Screening(sighting=sighting, asks=newcomers.is_new(actor))
    holding.check_room(actor)
    score = (judgement or spam.judge(html, title, is_new=False)).score
    return Screening(why, score, sighting, asks=newcomers.is_new(actor))
