"""Tell members that their posts have earned them a new title."""

from forum.models import Member
from forum.notifications.actions import tell
from forum.site.queries import snapshot

MARGIN = 3  # posts, of which others may have counted some since the member was loaded


def tell_of_title(member: Member, about: int) -> None:
    """Tell a member of a title that begins with the message just counted; once, even if they had it before.

    `about` is how many they have, as far as is known: the exact number is read only near a title. The first title,
    which everybody has, is no news, nor are titles to those who have one of their own.
    """
    titles = {least: title for least, title in snapshot().titles_by_count if least > 1 and abs(least - about) <= MARGIN}
    if titles and not member.custom_title and (title := titles.get(member.message_count)):
        tell(member.id, "title", subject=f"title:{member.message_count}", details={"title": title})
