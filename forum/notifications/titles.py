"""Tell members that their posts have earned them a new title."""

from forum.models import Member
from forum.notifications.actions import tell
from forum.site.queries import snapshot

WINDOW = 3  # posts at once, of which each may have counted without the others


def tell_of_title(member: Member, messages: int) -> None:
    """Tell a member, who now has so many messages, of a title that begins just there; once, even if they had it before.

    The first title, which everybody has, is no news, nor are titles to those who have one of their own.
    """
    if member.custom_title:
        return
    for least, title in snapshot().titles_by_count:
        if least > 1 and least <= messages < least + WINDOW:
            tell(member.id, "title", subject=f"title:{least}", details={"title": title})
