"""What several new members wrote alike lately: nearly the same text, or links to a domain that nobody else links to."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, func, insert, select, update

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import current_settings, session, transaction
from forum.infra.database.in_list import in_list
from forum.markup.plain_text import own_text
from forum.models import FingerprintMark, KnownDomain, Member, Post, PostFingerprint, ReviewItem
from forum.spam.actions import link_targets
from forum.spam.fingerprints import Fingerprint, fingerprint, is_nearly_same, registered_domain

WITHIN = timedelta(hours=48)  # of two posts of a campaign
KEEP_FOR = timedelta(days=14)  # how long fingerprints stay, unless their campaign waits for a decision
MOST_COMPARED = 200  # marks of others that are looked at
MOST_MARKED = 50  # posts of a campaign that others are compared with; the rest are only listed
MAX_READ = 2000  # posts whose links the job reads at once
FINE = "fine"  # the decision that a campaign is none


class Copy(NamedTuple):
    """A post by another new member that is like the one looked at, and the campaign that it is part of."""

    post_id: int
    member_id: int
    campaign_id: int | None
    decision: str | None  # about the campaign, empty while it waits


@dataclass(frozen=True)
class Copies:
    """The posts like one, and in what: the same text, or the domain that they link to."""

    found: Sequence[Copy] = ()
    domain: str = ""
    fine_id: int | None = None  # a campaign of such posts that moderators have found to be none

    @property
    def member_count(self) -> int:
        """By how many members they are."""
        return len({each.member_id for each in self.found})


def read_fingerprint(html: str, title: str = "") -> Fingerprint:
    """The fingerprint of a post, of a thread's first one with its title, without quotes of others and own links."""
    seen = fingerprint(f"{title}\n{own_text(html)}", link_targets(html))
    own = registered_domain(current_settings().host)
    return Fingerprint(seen.pairs, tuple(domain for domain in seen.domains if domain != own))


def copies_of(seen: Fingerprint, member_id: int) -> Copies:
    """The posts of other new members within the last WITHIN that are like one: in their text, else in a link.

    There are none where moderators have found such posts to be fine.
    """
    domains = seen.domain_marks
    marks = [*seen.text_marks, *domains]
    if not marks:
        return Copies()
    rows = _sharing(marks, member_id)
    others = {row.post_id: row for row in rows}
    same_text = [row for row in others.values() if is_nearly_same(seen.pairs, array("I", row.pairs))]
    if same_text:
        return _copies(same_text)
    by_domain = {domain: [row for row in rows if row.mark == mark] for mark, domain in domains.items()}
    known = _known(domain for domain, found in by_domain.items() if found)
    unknown = {domain: found for domain, found in by_domain.items() if found and domain not in known}
    if not unknown:
        return Copies()
    domain = max(unknown, key=lambda each: len(unknown[each]))
    return _copies(unknown[domain], domain)


def _sharing(marks: list[int], member_id: int) -> Sequence[Any]:
    columns = (PostFingerprint.post_id, PostFingerprint.member_id, PostFingerprint.campaign_id, PostFingerprint.pairs)
    shared = (
        select(FingerprintMark.mark, *columns, ReviewItem.decision)
        .join(PostFingerprint, PostFingerprint.post_id == FingerprintMark.post_id)
        .outerjoin(ReviewItem, ReviewItem.id == PostFingerprint.campaign_id)
        .where(FingerprintMark.mark.in_(marks), PostFingerprint.member_id != member_id)
        .where(PostFingerprint.created_at > clock.now() - WITHIN)
        .order_by(FingerprintMark.post_id.desc())
        .limit(MOST_COMPARED)
    )
    return session.execute(shared).all()


def _copies(rows: Iterable[Row[Any]], domain: str = "") -> Copies:
    found = {row.post_id: Copy(row.post_id, row.member_id, row.campaign_id, row.decision) for row in rows}
    fine = next((each.campaign_id for each in found.values() if each.decision == FINE), None)
    return Copies([] if fine else [found[post_id] for post_id in sorted(found)], domain, fine)


def _known(domains: Iterable[str]) -> set[str]:
    """The domains to which members link who are not new."""
    asked = list(domains)
    return set(session.scalars(select(KnownDomain.domain).where(KnownDomain.domain.in_(asked)))) if asked else set()


def store(post: Post, seen: Fingerprint, *, campaign_id: int | None = None) -> None:
    """Keep the fingerprint of a new post, so that others like it are found."""
    values = {"post_id": post.id, "member_id": post.author_id, "created_at": clock.now(), "campaign_id": campaign_id}
    session.execute(insert_into(PostFingerprint).values(pairs=seen.pairs.tobytes(), **values).on_conflict_do_nothing())
    marks = {*seen.text_marks, *seen.domain_marks}
    if marks and (campaign_id is None or _size_of(campaign_id) <= MOST_MARKED):
        session.execute(insert(FingerprintMark), [{"mark": mark, "post_id": post.id} for mark in sorted(marks)])


def _size_of(campaign_id: int) -> int:
    listed = select(PostFingerprint.post_id).where(PostFingerprint.campaign_id == campaign_id).limit(MOST_MARKED + 1)
    return session.scalar(select(func.count()).select_from(listed.subquery())) or 0


def add_to_campaign(campaign_id: int, post_ids: Iterable[int]) -> None:
    """Let posts be part of a campaign that are part of none that waits."""
    ids = sorted(post_ids)
    waits = select(ReviewItem.id).where(ReviewItem.id == PostFingerprint.campaign_id, ReviewItem.decided_at.is_(None))
    free = select(PostFingerprint.post_id).where(in_list(PostFingerprint.post_id, ids), ~waits.exists())
    locked = list(session.scalars(free.order_by(PostFingerprint.post_id).with_for_update()))
    theirs = update(PostFingerprint).where(in_list(PostFingerprint.post_id, locked)).values(campaign_id=campaign_id)
    session.execute(theirs, execution_options={"synchronize_session": False})


def watch(old_from: int) -> None:
    """Note where members with `old_from` posts link to, and forget old fingerprints; for a job."""
    domains = dict(_domains_of_known(old_from))
    old = select(PostFingerprint.post_id).where(PostFingerprint.created_at < clock.now() - KEEP_FOR)
    waits = select(ReviewItem.id).where(ReviewItem.id == PostFingerprint.campaign_id, ReviewItem.decided_at.is_(None))
    expired = list(session.scalars(old.where(~waits.exists()).limit(MAX_READ)))
    session.rollback()
    if domains or expired:
        with transaction():
            for domain in sorted(domains):
                row = insert_into(KnownDomain).values(domain=domain, post_id=domains[domain])
                session.execute(row.on_conflict_do_update(index_elements=["domain"], set_={"post_id": domains[domain]}))
            gone = in_list(PostFingerprint.post_id, expired)
            session.execute(delete(PostFingerprint).where(gone), execution_options={"synchronize_session": False})


def _domains_of_known(old_from: int) -> Iterator[tuple[str, int]]:
    """The domains in the newest posts of members who are not new, each with the newest post, unless noted already."""
    newest = session.scalar(select(func.max(Post.id))) or 0
    noted = session.scalar(select(func.max(KnownDomain.post_id))) or 0
    rows = (
        select(Post.id, Post.html)
        .join(Member, Member.id == Post.author_id)
        .where(Post.id > max(noted, newest - MAX_READ), Post.is_public, Member.message_count >= old_from)
        .where(Post.html.contains('<a href="http'))
        .order_by(Post.id)
    )
    for post_id, html in session.execute(rows.execution_options(yield_per=100)):
        for domain in {registered_domain(target.casefold().split("://")[-1]) for target in link_targets(html)} - {""}:
            yield domain, post_id
