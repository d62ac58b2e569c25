"""API errors as problem details (RFC 9457)."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import text


class ProblemOut(Schema):
    """Problem details; `type` is for programs, `title` and `detail` are for people."""

    type = fields.String(
        required=True, metadata={"format": "uri", "description": "Names the kind of refusal and leads to its words."}
    )
    title = text("The same for all refusals of a type.")
    status = fields.Integer(required=True, validate=validate.Range(400, 599))
    detail = text("What is wrong this time.")
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong with each field, if fields are at fault."},
    )
