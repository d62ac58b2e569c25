"""Filled databases are upgraded and downgraded."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from forum.infra.database import migrate

JOINED = "UPDATE member SET joined_at = :joined, read_all_at = :read WHERE id = :id"
BANNED_AT = "2026-03-09 12:00:00.000000"
A_MEMBER = """
INSERT INTO member (id, username, username_key, plain_name, role, custom_title, banned_at, ban_reason, country,
  location, about, is_hidden, message_count, base_message_count, positive_reactions, base_positive_reactions,
  negative_reactions, base_negative_reactions, unread_alerts)
VALUES (:id, :name, :name, :name, 'member', '', :at, :why, '', '', '', false, 0, 0, 0, 0, 0, 0, 0)
"""
A_BAN_THAT_IS_OVER = """
INSERT INTO sanction (member_id, kind, scope, created_at, until, reason) VALUES (:id, 'ban', '', :at, :at, '')
"""


def test_imported_addresses_are_found_by_both_forms_of_their_domain(engine: Engine) -> None:
    migrate.upgrade(engine, "0008")
    members = (
        (1, "A@münchen.example", "a@münchen.example"),
        (2, "b@xn--mnchen-3ya.example", "b@xn--mnchen-3ya.example"),
        (3, "b@münchen.example", "b@münchen.example"),
        (4, "jürgen@example.org", "jürgen@example.org"),
    )
    with engine.begin() as connection:
        for number, email, key in members:
            values = {"id": number, "name": f"m{number}", "email": email, "key": key}
            connection.execute(
                text(
                    "INSERT INTO member (id, username, username_key, plain_name, email, email_key, role, custom_title, "
                    "ban_reason, country, location, about, is_hidden, message_count, base_message_count, "
                    "positive_reactions, base_positive_reactions, negative_reactions, base_negative_reactions, "
                    "unread_alerts) VALUES (:id, :name, :name, :name, :email, :key, 'member', '', '', '', '', '', "
                    "false, 0, 0, 0, 0, 0, 0, 0)"
                ),
                values,
            )
    migrate.upgrade(engine, "0009")
    now = ["a@xn--mnchen-3ya.example", members[1][2], members[2][2], members[3][2]]
    assert keys_of(engine) == now
    migrate.downgrade(engine, "0008")
    assert keys_of(engine) == [key for *_, key in members]
    engine.dispose()


def keys_of(engine: Engine) -> list[str]:
    """The unique keys of members' e-mail addresses."""
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT email_key FROM member ORDER BY id")).scalars())


def test_smilies_get_their_usual_text_codes_and_lose_them_on_downgrade(engine: Engine) -> None:
    migrate.upgrade(engine, "0006")
    with engine.begin() as connection:
        insert = 'INSERT INTO smilie (code, name, symbol, "order") VALUES (:code, :name, :symbol, 0)'
        connection.execute(text(insert), {"code": ":smile:", "name": "Smile", "symbol": "🙂"})
        connection.execute(text(insert), {"code": ":yak:", "name": "Yak", "symbol": "🐂"})
    migrate.upgrade(engine, "0007")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT code, text_codes FROM smilie ORDER BY code")).all()
        assert [tuple(row) for row in found] == [(":smile:", ":) :-)"), (":yak:", "")]
    migrate.downgrade(engine, "0006")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM smilie")).scalar() == 2
    engine.dispose()


def test_bans_become_sanctions_and_columns_again_on_downgrade(engine: Engine) -> None:
    migrate.upgrade(engine, "0009")
    with engine.begin() as connection:
        for number, name in ((7, "anna"), (8, "ben"), (9, "carl")):
            row = {"id": number, "name": name, "at": BANNED_AT if name == "ben" else None}
            connection.execute(text(A_MEMBER), row | {"why": "Spam" if name == "ben" else ""})
    migrate.upgrade(engine, "0010")
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT member_id, kind, scope, reason, until, ended_at FROM sanction")).all()
        assert [tuple(row) for row in rows] == [(8, "ban", "", "Spam", None, None)]
        connection.execute(text(A_BAN_THAT_IS_OVER), {"id": 9, "at": BANNED_AT})
    migrate.downgrade(engine, "0009")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, banned_at IS NULL, ban_reason FROM member ORDER BY id")).all()
        assert [(row[0], bool(row[1]), row[2]) for row in found] == [(7, True, ""), (8, False, "Spam"), (9, True, "")]
    migrate.upgrade(engine)
    engine.dispose()


def test_posts_older_than_a_member_count_as_read(engine: Engine) -> None:
    migrate.upgrade(engine, "0009")
    with engine.begin() as connection:
        for number, name in ((7, "anna"), (8, "ben"), (9, "carl")):
            connection.execute(text(A_MEMBER), {"id": number, "name": name, "at": None, "why": ""})
    migrate.upgrade(engine, "0010")
    with engine.begin() as connection:
        connection.execute(text(JOINED), {"id": 7, "joined": "2020-01-02 03:04:05+00:00", "read": None})
        connection.execute(text(JOINED), {"id": 8, "joined": "2020-01-02 03:04:05+00:00", "read": BANNED_AT})
    migrate.upgrade(engine, "0011")
    same = text("SELECT id FROM member WHERE read_all_at = joined_at ORDER BY id")
    known = text("SELECT id FROM member WHERE read_all_at IS NOT NULL ORDER BY id")
    with engine.connect() as connection:
        assert connection.execute(same).scalars().all() == [7]
        assert connection.execute(known).scalars().all() == [7, 8]
    migrate.downgrade(engine, "0010")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(known).scalars().all() == [7, 8]
    engine.dispose()


def test_index_state_moves_to_its_own_table_and_back(engine: Engine) -> None:
    migrate.upgrade(engine, "0011")
    words = {"moon": 3, "*": 7, "*title": 40, "*body": 900, "*rule": 3, "*language": int.from_bytes(b"de", "big")}
    words |= {"*rebuilt": 0, "*replies": 12, "*similar": 7, "*similar begun": 5, "*similar place": 2}
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM word_index"))
        insert = text("INSERT INTO word_index (word, documents) VALUES (:word, :documents)")
        connection.execute(insert, [{"word": word, "documents": number} for word, number in words.items()])
    migrate.upgrade(engine, "0012")
    with engine.connect() as connection:
        left = {row[0]: row[1] for row in connection.execute(text("SELECT word, documents FROM word_index"))}
        state = {row[0]: row[1] for row in connection.execute(text("SELECT name, value FROM index_state"))}
    assert left == {"moon": 3, "*": 7, "*title": 40, "*body": 900}
    assert state == {
        "rule": "3", "language": "de", "rebuilt": "0", "replies": "12", "similar": "7", "similar begun": "5",
        "similar place": "2",
    }  # fmt: skip
    migrate.downgrade(engine, "0011")
    with engine.connect() as connection:
        moved_back = {row[0]: row[1] for row in connection.execute(text("SELECT word, documents FROM word_index"))}
    assert moved_back == words
    migrate.upgrade(engine)
    engine.dispose()


def test_mail_that_waits_survives_both_ways_and_what_was_given_up_goes_on_downgrade(engine: Engine) -> None:
    migrate.upgrade(engine, "0014")
    values = "'a@b.example', :subject, 'x', '2026-03-09 12:00:00', '2026-03-09 12:00:00', 3"
    insert = f"INSERT INTO mail (recipient, subject, body, created_at, try_after, attempts) VALUES ({values})"  # noqa: S608 - ours
    with engine.begin() as connection:
        connection.execute(text(insert), [{"subject": "waits"}, {"subject": "hopeless"}])
    migrate.upgrade(engine)
    with engine.begin() as connection:
        errors = connection.execute(text("SELECT DISTINCT last_error FROM mail")).scalars()
        assert list(errors) == [""]
        connection.execute(text("UPDATE mail SET try_after = NULL WHERE subject = 'hopeless'"))
    migrate.downgrade(engine, "0014")
    with engine.connect() as connection:
        assert list(connection.execute(text("SELECT subject, attempts FROM mail"))) == [("waits", 3)]
    migrate.upgrade(engine)
    engine.dispose()


A_BOARD = """
INSERT INTO board (id, title, description, parent_id, is_category, "order", audience, visible_to, posters, thread_count,
  post_count, version)
VALUES (:id, :title, '', :parent, false, 0, :audience, :visible_to, :posters, 1, 1, 7)
"""
A_THREAD = """
INSERT INTO thread (id, board_id, title, starter_id, started_at, is_pinned, is_locked, delete_reason, view_count,
  reply_count, last_position, last_visible_position, base_post_count, last_poster_id, last_posted_at, version)
VALUES (:id, :board, 'A thread', 7, :at, false, false, '', 0, 0, 1, 1, 0, 7, :at, 0)
"""
OLD_BOARDS = (
    # id, parent, audience, visible_to, posters
    (1, None, "guest", "guest", "member"),
    (2, 1, "guest", "guest", "admin"),
    (3, 1, "moderator", "moderator", "member"),
    (4, 3, "guest", "moderator", "member"),
    (5, 3, "moderator", "moderator", "member"),
    (6, None, "admin", "admin", "admin"),
)


def test_roles_of_boards_become_access_lists_and_roles_again_and_no_row_is_lost(engine: Engine) -> None:
    migrate.upgrade(engine, "0013")
    with engine.begin() as connection:
        connection.execute(
            text(A_MEMBER.replace("banned_at, ban_reason, ", "").replace(":at, :why, ", "")), {"id": 7, "name": "anna"}
        )
        for number, parent, audience, visible_to, posters in OLD_BOARDS:
            row = {"id": number, "title": f"Board {number}", "parent": parent, "audience": audience}
            connection.execute(text(A_BOARD), row | {"visible_to": visible_to, "posters": posters})
            connection.execute(text(A_THREAD), {"id": number, "board": number, "at": BANNED_AT})
            read = "INSERT INTO board_read (member_id, board_id, read_at) VALUES (7, :board, :at)"
            connection.execute(text(read), {"board": number, "at": BANNED_AT})
    migrate.upgrade(engine, "0014")
    assert lists_of(engine) == {
        2: [(1, "see", False), (2, "reply", False), (3, "reply", True)],
        3: [(3, "start", True)],
        4: [(1, "see", False), (2, "start", False), (3, "start", True)],
        6: [],
    }
    assert [numbers(engine, table) for table in ("thread", "board_read")] == [[1, 2, 3, 4, 5, 6]] * 2
    with pytest.raises(IntegrityError), engine.begin() as connection:  # foreign keys are enforced again
        connection.execute(text("DELETE FROM board WHERE id = 6"))
    migrate.downgrade(engine, "0013")
    with engine.connect() as connection:
        columns = "id, parent_id, audience, visible_to, posters"
        found = connection.execute(text(f"SELECT {columns} FROM board ORDER BY id")).all()  # noqa: S608 - ours
        # those who start threads are among those who see the board: the roles of 3 and 5 say so now
        told = {3: "moderator", 5: "moderator"}
        assert [tuple(row) for row in found] == [(*board[:4], told.get(board[0], board[4])) for board in OLD_BOARDS]
        assert connection.execute(text("SELECT sum(version) FROM board")).scalar() == 42
    assert [numbers(engine, table) for table in ("thread", "board_read")] == [[1, 2, 3, 4, 5, 6]] * 2
    migrate.upgrade(engine)
    engine.dispose()


def lists_of(engine: Engine) -> dict[int, list[tuple[int, str, bool]]]:
    """The boards' own access lists by board."""
    with engine.connect() as connection:
        owners = connection.execute(text("SELECT id FROM board WHERE has_access_list ORDER BY id")).scalars()
        lists: dict[int, list[tuple[int, str, bool]]] = {number: [] for number in owners}
        rows = "SELECT board_id, group_id, level, moderates FROM board_access ORDER BY board_id, group_id"
        for row in connection.execute(text(rows)):
            lists[row.board_id].append((row.group_id, row.level, bool(row.moderates)))
    return lists


def numbers(engine: Engine, table: str) -> list[int]:
    """The boards to which the rows of a table belong."""
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT board_id FROM {table} ORDER BY board_id")).scalars())  # noqa: S608


@pytest.mark.parametrize(("messages", "found"), [(3073, True), (0, False)])
def test_a_forum_that_began_with_the_demonstration_knows_it_after_the_upgrade(
    engine: Engine, messages: int, found: bool
) -> None:
    migrate.upgrade(engine, "0014")
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO member (id, username, username_key, plain_name, role, custom_title, country, location, about, "
            "is_hidden, message_count, base_message_count, positive_reactions, base_positive_reactions, "
            "negative_reactions, base_negative_reactions, unread_alerts) VALUES "
            "(1, 'qwerrty', 'qwerrty', 'qwerrty', 'member', '', '', '', '', false, 0, 3073, 0, 0, 0, 0, 0)",
            'INSERT INTO board (id, title, description, is_category, "order", thread_count, post_count) '
            "VALUES (1, 'Country', '', false, 0, 0, 0)",
            "INSERT INTO thread (id, board_id, title, starter_id, started_at, is_pinned, is_locked, delete_reason, "
            "view_count, reply_count, last_position, last_poster_id, last_posted_at, base_post_count) VALUES "
            "(1, 1, 'Russia, China agree to build lunar station together', 1, '2021-03-09 00:00:00', false, false, '', "
            "0, 0, 1, 1, '2021-03-09 00:00:00', 1)",
        ):
            connection.execute(text(statement))
        connection.execute(text("UPDATE member SET base_message_count = :number"), {"number": messages})
    migrate.upgrade(engine, "0019")
    assert (stored_demonstration(engine) is not None) == found
    migrate.downgrade(engine, "0014")
    assert stored_demonstration(engine) is None
    engine.dispose()


def stored_demonstration(engine: Engine) -> object:
    """The setting that names what belongs to the demonstration."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT value FROM site_setting WHERE name = 'demonstration'")).scalar()


STATES = (None, None, "2026-03-09 12:00:00.000000", None)  # deleted_at of rows 1 to 4


def test_what_was_deleted_stays_so_and_what_was_not_approved_is_deleted_on_downgrade(engine: Engine) -> None:
    migrate.upgrade(engine, "0021")
    with engine.begin() as connection:
        for statement in A_FORUM:
            connection.execute(text(statement), [{"id": number, "at": STATES[2]} for number in range(1, 5)])
        for table in ("thread", "post"):
            connection.execute(text(f"UPDATE {table} SET deleted_at = :at WHERE id = 3"), {"at": STATES[2]})  # noqa: S608
    migrate.upgrade(engine, "0022")
    assert states(engine, "visibility") == [(0, 0), (0, 0), (2, 2), (0, 0)]
    with engine.begin() as connection:
        for table in ("thread", "post"):
            connection.execute(text(f"UPDATE {table} SET visibility = 1 WHERE id = 1"))  # noqa: S608
            connection.execute(text(f"UPDATE {table} SET visibility = 3 WHERE id = 4"))  # noqa: S608
    migrate.downgrade(engine, "0021")
    assert states(engine, "deleted_at IS NOT NULL") == [(True, True), (False, False), (True, True), (True, True)]
    migrate.upgrade(engine, "head")
    assert states(engine, "visibility") == [(2, 2), (0, 0), (2, 2), (2, 2)]
    engine.dispose()


def test_who_saw_only_their_own_threads_sees_none_of_others_after_a_downgrade(engine: Engine) -> None:
    migrate.upgrade(engine, "0027")
    entry = "INSERT INTO board_access (board_id, group_id, level, moderates, own_threads_only)"
    with engine.begin() as connection:
        connection.execute(text(A_FORUM[1]), {"id": 1})
        for group_id, is_own in ((2, "true"), (3, "false")):
            connection.execute(text(f"{entry} VALUES (1, {group_id}, 'start', false, {is_own})"))
    migrate.downgrade(engine, "0026")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT group_id FROM board_access")).scalars().all() == [3]
    engine.dispose()


A_FORUM = (
    "INSERT INTO member (id, username, username_key, plain_name, role, custom_title, country, location, about,"
    " is_hidden, message_count, base_message_count, positive_reactions, base_positive_reactions, negative_reactions,"
    " base_negative_reactions, unread_alerts)"
    " VALUES (:id, 'm' || :id, 'm' || :id, '', 'member', '', '', '', '', false, 0, 0, 0, 0, 0, 0, 0)",
    'INSERT INTO board (id, title, description, is_category, "order", thread_count, post_count)'
    " VALUES (:id, 'b' || :id, '', false, 0, 0, 0)",
    "INSERT INTO thread (id, board_id, title, starter_id, started_at, is_pinned, is_locked, delete_reason, view_count,"
    " reply_count, last_position, last_poster_id, last_posted_at, base_post_count)"
    " VALUES (:id, :id, 't', :id, :at, false, false, '', 0, 0, 1, :id, :at, 0)",
    "INSERT INTO post (id, thread_id, position, author_id, created_at, source, html, markup_version, revision_count,"
    " delete_reason) VALUES (:id, :id, 1, :id, :at, '', '', 1, 0, '')",
)


def states(engine: Engine, expression: str) -> list[tuple[object, object]]:
    """An expression over each thread and its post."""
    both = [f"SELECT {expression} FROM {table} ORDER BY id" for table in ("thread", "post")]  # noqa: S608
    with engine.connect() as connection:
        return list(zip(*(connection.execute(text(each)).scalars().all() for each in both), strict=True))
