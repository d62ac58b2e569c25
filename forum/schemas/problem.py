"""API errors as problem details (RFC 9457)."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import text


class ProblemOut(Schema):
    """Problem details; `type` is for programs, `title` and `detail` are for people."""

    type = fields.String(
        required=True,
        metadata={"format": "uri", "description": "Identifies the error type and links to its documentation."},
    )
    title = text("Short summary, the same for all errors of a type.")
    status = fields.Integer(required=True, validate=validate.Range(400, 599))
    detail = text("What went wrong in this request.")
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by field, if fields are invalid."},
    )
