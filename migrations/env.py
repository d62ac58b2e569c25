"""How migrations run: on the connection that `forum upgrade` hands over, in one transaction."""

from alembic import context

from forum.models import Member

NOUNS = Member.metadata  # importing one noun brings them all


def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001 - alembic's shape
    """Whether a table is a noun: not a full-text index and not what may be lost."""
    return not (kind == "table" and name is not None and ("_index" in name or name.startswith(("volatile_", "word_"))))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=NOUNS,
    include_object=is_ours,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
