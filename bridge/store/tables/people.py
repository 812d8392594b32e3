"""Salons and agents."""

from datetime import datetime

from sqlalchemy import Column, Index, Named, Table, TypedColumns

from bridge.domain.agent import Method
from bridge.domain.meeting import AccessLevel
from bridge.i18n import Language
from bridge.ids import SalonId, UserId
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, words


class _Salons(TypedColumns):
    id: Named[SalonId] = words(primary_key=True)
    language: Named[Language] = Column(Choice(Language))
    zone: Named[str]
    level: Named[AccessLevel | None] = Column(Choice(AccessLevel))
    names: Named[bool]
    promised: Named[str]
    welcome: Named[str]
    remind: Named[int | None]
    """Minutes."""


salons = Table("salons", metadata, _Salons)


class _Agents(TypedColumns):
    user: Named[UserId] = words(primary_key=True)
    name: Named[str]
    email: Named[str | None]
    method: Named[Method | None] = Column(Choice(Method))
    seen_at: Named[datetime] = moment()
    zone: Named[str | None]


agents = Table("agents", metadata, _Agents)
Index(None, agents.c.seen_at)
