"""The identity of a visitor for counting."""

from dataclasses import dataclass

from forum.infra.robots import is_robot
from forum.models import Member


@dataclass(frozen=True)
class VisitorKey:
    """A network address, a user agent, and the member if logged in."""

    address: str
    agent: str
    member: Member | None = None

    @property
    def is_robot(self) -> bool:
        """Whether it is a robot; a member is a person whatever their user agent."""
        return self.member is None and is_robot(self.agent)
