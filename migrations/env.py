"""Alembic environment: migrations run in one transaction on the connection passed by `forum upgrade`."""

from alembic import context

from forum.models import Member

METADATA = Member.metadata  # importing one model registers all


def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001 - alembic's shape
    """Whether a table belongs to a model: not a full-text index, vocabulary or ephemeral table."""
    return not (kind == "table" and name is not None and ("_index" in name or name.startswith(("volatile_", "word_"))))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_object=is_ours,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
