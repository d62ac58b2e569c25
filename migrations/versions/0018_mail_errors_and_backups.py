"""Mail that was given up stays with its error, and the backups that were asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the columns and the table."""
    with op.batch_alter_table("mail") as batch:
        batch.alter_column("try_after", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch.add_column(sa.Column("last_error", sa.String(300), nullable=False, server_default=""))
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("is_scheduled", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("node", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_backup_run_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )


def downgrade() -> None:
    """Delete mail that was given up, as older versions do, and drop the table and the column."""
    op.drop_table("backup_run")
    op.execute("DELETE FROM mail WHERE try_after IS NULL")
    with op.batch_alter_table("mail") as batch:
        batch.drop_column("last_error")
        batch.alter_column("try_after", existing_type=sa.DateTime(timezone=True), nullable=False)
