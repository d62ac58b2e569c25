"""The initial schema: all tables and the full-text index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "board",
    "mail",
    "member",
    "member_title",
    "reaction_kind",
    "site_setting",
    "smilie",
    "api_token",
    "board_read",
    "draft",
    "log_entry",
    "mail_token",
    "member_session",
    "submission",
    "thread",
    "post",
    "similar_thread",
    "thread_read",
    "notification",
    "post_revision",
    "reaction",
)

FULL_TEXT_OF_SQLITE = (
    # detail=full (the default): phrases need positions, and bm25 breaks silently without them
    "CREATE VIRTUAL TABLE thread_index USING fts5(title, body, tokenize = 'ascii')",
    "CREATE VIRTUAL TABLE post_index USING fts5(body, tokenize = 'ascii')",
    "CREATE TABLE word_index (word TEXT NOT NULL PRIMARY KEY, documents INTEGER NOT NULL) WITHOUT ROWID",
)
FULL_TEXT_OF_POSTGRESQL = (
    "CREATE TABLE thread_index "
    "(rowid INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL, words TSVECTOR NOT NULL)",
    "CREATE TABLE post_index (rowid INTEGER PRIMARY KEY, body TEXT NOT NULL, words TSVECTOR NOT NULL)",
    # without fastupdate a search never pays for the writes of others
    "CREATE INDEX ix_thread_index_words ON thread_index USING GIN (words) WITH (fastupdate = off)",
    "CREATE INDEX ix_post_index_words ON post_index USING GIN (words) WITH (fastupdate = off)",
    'CREATE TABLE word_index (word TEXT COLLATE "C" NOT NULL PRIMARY KEY, documents BIGINT NOT NULL)',
)


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "board",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("is_category", sa.Boolean(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("posters", sa.String(length=20), nullable=False),
        sa.Column("thread_count", sa.Integer(), nullable=False),
        sa.Column("post_count", sa.Integer(), nullable=False),
        sa.Column("last_thread_id", sa.Integer(), nullable=True),
        sa.Column("last_posted_at", MOMENT, nullable=True),
        sa.CheckConstraint("audience IN ('guest', 'member', 'moderator', 'admin')", name=op.f("ck_board_audience")),
        sa.CheckConstraint("posters IN ('member', 'moderator', 'admin')", name=op.f("ck_board_posters")),
        sa.ForeignKeyConstraint(["parent_id"], ["board.id"], name=op.f("fk_board_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board")),
        sa.UniqueConstraint("title", name=op.f("uq_board_title")),
    )
    op.create_index("ix_board_parent_id", "board", ["parent_id"])
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("try_after", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index("ix_mail_try_after", "mail", ["try_after"])
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("username_key", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column("email_verified_at", MOMENT, nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("custom_title", sa.String(length=60), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=True),
        sa.Column("last_seen_at", MOMENT, nullable=True),
        sa.Column("read_all_at", MOMENT, nullable=True),
        sa.Column("banned_at", MOMENT, nullable=True),
        sa.Column("ban_reason", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=60), nullable=False),
        sa.Column("location", sa.String(length=60), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("base_message_count", sa.Integer(), nullable=False),
        sa.Column("positive_reactions", sa.Integer(), nullable=False),
        sa.Column("base_positive_reactions", sa.Integer(), nullable=False),
        sa.Column("negative_reactions", sa.Integer(), nullable=False),
        sa.Column("base_negative_reactions", sa.Integer(), nullable=False),
        sa.Column("unread_alerts", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('member', 'moderator', 'admin')", name=op.f("ck_member_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("email_key", name=op.f("uq_member_email_key")),
        sa.UniqueConstraint("username_key", name=op.f("uq_member_username_key")),
    )
    op.create_index("ix_member_joined_at", "member", ["joined_at"])
    op.create_index("ix_member_message_count", "member", ["message_count"])
    op.create_index("ix_member_role", "member", ["role"])
    op.create_table(
        "member_title",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("min_messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_title")),
        sa.UniqueConstraint("min_messages", name=op.f("uq_member_title_min_messages")),
    )
    op.create_table(
        "reaction_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("symbol", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.CheckConstraint("score IN (-1, 0, 1)", name=op.f("ck_reaction_kind_score")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction_kind")),
        sa.UniqueConstraint("key", name=op.f("uq_reaction_kind_key")),
    )
    op.create_table(
        "site_setting",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site_setting")),
    )
    op.create_table(
        "smilie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("symbol", sa.String(length=16), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smilie")),
        sa.UniqueConstraint("code", name=op.f("uq_smilie_code")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_api_token_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index("ix_api_token_member_id", "api_token", ["member_id"])
    op.create_table(
        "board_read",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_board_read_board_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_board_read_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "board_id", name=op.f("pk_board_read")),
    )
    op.create_table(
        "draft",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_draft_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "place", name=op.f("pk_draft")),
    )
    op.create_table(
        "log_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_log_entry_actor_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry")),
    )
    op.create_index("ix_log_entry_action", "log_entry", ["action", "at"])
    op.create_index("ix_log_entry_actor_id", "log_entry", ["actor_id"])
    op.create_index("ix_log_entry_at", "log_entry", ["at"])
    op.create_index("ix_log_entry_target", "log_entry", ["target"])
    op.create_table(
        "mail_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_mail_token_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mail_token_token_hash")),
    )
    op.create_index("ix_mail_token_member_id", "mail_token", ["member_id"])
    op.create_table(
        "member_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("is_persistent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_session_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_member_session_token_hash")),
    )
    op.create_index("ix_member_session_last_used_at", "member_session", ["last_used_at"])
    op.create_index("ix_member_session_member_id", "member_session", ["member_id"])
    op.create_table(
        "submission",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_submission_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "key", name=op.f("pk_submission")),
    )
    op.create_index("ix_submission_created_at", "submission", ["created_at"])
    op.create_table(
        "thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("starter_id", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("deleted_by_id", sa.Integer(), nullable=True),
        sa.Column("delete_reason", sa.String(length=200), nullable=False),
        sa.Column("view_count", sa.Integer(), nullable=False),
        sa.Column("reply_count", sa.Integer(), nullable=False),
        sa.Column("last_position", sa.Integer(), nullable=False),
        sa.Column("last_post_id", sa.Integer(), nullable=True),
        sa.Column("last_poster_id", sa.Integer(), nullable=False),
        sa.Column("last_posted_at", MOMENT, nullable=False),
        sa.Column("base_post_count", sa.Integer(), nullable=False),
        sa.Column("base_last_poster_id", sa.Integer(), nullable=True),
        sa.Column("base_last_posted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["base_last_poster_id"], ["member.id"], name=op.f("fk_thread_base_last_poster_id")),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_thread_board_id")),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["member.id"], name=op.f("fk_thread_deleted_by_id")),
        sa.ForeignKeyConstraint(["last_poster_id"], ["member.id"], name=op.f("fk_thread_last_poster_id")),
        sa.ForeignKeyConstraint(["starter_id"], ["member.id"], name=op.f("fk_thread_starter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
    )
    op.create_index("ix_thread_board_latest", "thread", ["board_id", "is_pinned", "last_posted_at"])
    op.create_index("ix_thread_board_newest", "thread", ["board_id", "last_posted_at"])
    op.create_index("ix_thread_board_replies", "thread", ["board_id", "reply_count"])
    op.create_index("ix_thread_board_started", "thread", ["board_id", "started_at"])
    op.create_index("ix_thread_board_views", "thread", ["board_id", "view_count"])
    op.create_index("ix_thread_latest", "thread", ["last_posted_at"])
    op.create_index("ix_thread_starter", "thread", ["starter_id", "started_at"])
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("markup_version", sa.Integer(), nullable=False),
        sa.Column("edited_at", MOMENT, nullable=True),
        sa.Column("editor_id", sa.Integer(), nullable=True),
        sa.Column("revision_count", sa.Integer(), nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("deleted_by_id", sa.Integer(), nullable=True),
        sa.Column("delete_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_post_author_id")),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["member.id"], name=op.f("fk_post_deleted_by_id")),
        sa.ForeignKeyConstraint(["editor_id"], ["member.id"], name=op.f("fk_post_editor_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_post_thread_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("thread_id", "position", name="uq_post_thread_position"),
    )
    op.create_index("ix_post_author", "post", ["author_id", "created_at"])
    op.create_index("ix_post_created", "post", ["created_at"])
    op.create_table(
        "similar_thread",
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("similar_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["similar_id"], ["thread.id"], name=op.f("fk_similar_thread_similar_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_similar_thread_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", "similar_id", name=op.f("pk_similar_thread")),
    )
    op.create_index("ix_similar_thread_best", "similar_thread", ["thread_id", "score"])
    op.create_index("ix_similar_thread_similar_id", "similar_thread", ["similar_id"])
    op.create_table(
        "thread_read",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_thread_read_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_thread_read_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "thread_id", name=op.f("pk_thread_read")),
    )
    op.create_index("ix_thread_read_thread_id", "thread_read", ["thread_id"])
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_notification_actor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_notification_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_notification_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("member_id", "kind", "post_id", "actor_id", name="uq_notification_deed"),
    )
    op.create_index("ix_notification_member_latest", "notification", ["member_id", "created_at"])
    op.create_index("ix_notification_post_id", "notification", ["post_id"])
    op.create_table(
        "post_revision",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["editor_id"], ["member.id"], name=op.f("fk_post_revision_editor_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_revision_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "number", name=op.f("pk_post_revision")),
    )
    op.create_table(
        "reaction",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["kind_id"], ["reaction_kind.id"], name=op.f("fk_reaction_kind_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_reaction_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_reaction_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "member_id", name=op.f("pk_reaction")),
    )
    op.create_index("ix_reaction_member_id", "reaction", ["member_id"])
    for statement in FULL_TEXT_OF_SQLITE if op.get_bind().dialect.name == "sqlite" else FULL_TEXT_OF_POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)
    op.get_bind().exec_driver_sql("INSERT INTO word_index VALUES ('*rule', 3)")  # the tokenizer's version


def downgrade() -> None:
    """Drop all tables, children first."""
    for table in ("thread_index", "post_index", "word_index"):  # and what the engine stores for them
        op.drop_table(table)
    for table in reversed(TABLES):
        op.drop_table(table)
