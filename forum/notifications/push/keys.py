"""The keys by which push services know this forum (RFC 8292): made when first asked for, the same on all nodes."""

from base64 import urlsafe_b64encode

from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.models import PushKey

ROW_ID = 1


def public_key() -> str:
    """The key to which browsers are subscribed. Made and stored if there is none, so call it while writing."""
    if (found := _find()) is not None:
        return found.public_key
    public, private = _new_pair()
    values = {"id": ROW_ID, "public_key": public, "private_key": private, "created_at": clock.now()}
    session.execute(insert_into(PushKey).values(**values).on_conflict_do_nothing())
    return session.scalars(select(PushKey.public_key).where(PushKey.id == ROW_ID)).one()  # another may have been faster


def private_key() -> str | None:
    """The key that signs what is sent; None before any browser was subscribed."""
    found = _find()
    return found.private_key if found else None


def _find() -> PushKey | None:
    return session.scalars(select(PushKey).where(PushKey.id == ROW_ID)).one_or_none()


def _new_pair() -> tuple[str, str]:
    # 5 MB of memory: only in the process that makes the keys, and in that which sends
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _base64(public), _base64(private.private_numbers().private_value.to_bytes(32))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
