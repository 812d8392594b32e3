"""Columns of rooms that dates have for themselves, and of handovers."""

from collections.abc import Mapping
from typing import Any

from bridge.domain.meeting import AccessLevel, Handover, Occurrence, Phone, VisioRoom
from bridge.ids import OccurrenceId, UserId
from bridge.store.vault import Vault


def handover_values(handover: Handover | None) -> dict[str, Any]:
    """Return the values of a meeting's columns about its handover."""
    return {
        "hand_to": None if handover is None else handover.to,
        "hand_by": None if handover is None else handover.by,
        "hand_at": None if handover is None else handover.at,
        "hand_line": None if handover is None else handover.line,
    }


def handover_of(of: Mapping[str, Any], prefix: str) -> Handover | None:
    """Return the handover under way, from a meeting's row."""
    if of[f"{prefix}hand_to"] is None:
        return None
    return Handover(
        to=of[f"{prefix}hand_to"],
        by=of[f"{prefix}hand_by"],
        at=of[f"{prefix}hand_at"],
        line=of[f"{prefix}hand_line"],
    )


def own_room_values(occurrence: Occurrence, vault: Vault) -> dict[str, Any]:
    """Return the values of an occurrence's columns about a room of its own."""
    room = occurrence.own_room
    if room is None:
        return {"room_id": None, "room": None}
    told = {
        "slug": room.slug,
        "url": room.url,
        "level": room.level.value,
        "owner": room.owner,
        "phone": None if room.phone is None else [room.phone.number, room.phone.pin],
    }
    return {"room_id": room.id, "room": vault.seal_json(told, _place(occurrence.id))}


def own_room_of(of: Mapping[str, Any], vault: Vault, prefix: str) -> VisioRoom | None:
    """Return an occurrence's own room, from its row."""
    if of[f"{prefix}room_id"] is None:
        return None
    told = vault.open_json(of[f"{prefix}room"], _place(of[f"{prefix}id"]))
    assert isinstance(told, dict)
    return VisioRoom(
        id=of[f"{prefix}room_id"],
        slug=told["slug"],
        url=told["url"],
        level=AccessLevel(told["level"]),
        phone=None if told["phone"] is None else Phone(*told["phone"]),
        owner=None if told["owner"] is None else UserId(told["owner"]),
    )


def _place(occurrence: OccurrenceId) -> str:
    return f"occurrences.room:{occurrence}"
