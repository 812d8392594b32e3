"""Agents' addresses."""

from pathlib import Path

from pydantic import Field

from config.sections.base import Section
from config.types import Domain, Mailbox, MatrixUser, ServerName, Template


class IdentityRule(Section):
    """A homeserver whose users' local parts are also those of their e-mail addresses."""

    server: ServerName
    """The homeserver."""
    email: Template
    """The address: {localpart}@example.org"""


class IdentitySettings(Section):
    """The sources of an agent's e-mail, as Visio knows it. A wrong one gives away meetings."""

    map: dict[MatrixUser, Mailbox] = Field(default={})
    """Your own table: {"@jeanne:example.org" = "jeanne@example.org"}"""
    map_file: Path | None = Field(default=None, examples=["/etc/parvis/people.toml"])
    """The same table in a TOML file of its own, read at start."""
    rules: tuple[IdentityRule, ...] = ()
    """[{server = "example.org", email = "{localpart}@example.org"}], only if users can't choose
    their Matrix id. Never on Tchap, where several addresses give the same id."""
    domains: tuple[Domain, ...] = ()
    """E-mail domains of agents, each exactly as written: ["interieur.gouv.fr"]. A person invited
    under such an address is a colleague, who signs in with ProConnect, and gets no guest's link.
    Addresses of `map`, `map_file` and `rules` are agents' anyway."""
