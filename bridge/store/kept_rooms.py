"""Columns of handovers: who is to organise a meeting, and the rooms that dates keep from before."""

from collections.abc import Mapping
from typing import Any

from bridge.domain.meeting import AccessLevel, Handover, KeptRoom, Phone, VisioRoom
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


def kept_values(occurrence: OccurrenceId, kept: KeptRoom | None, vault: Vault) -> dict[str, Any]:
    """Return the values of an occurrence's columns about the room that it keeps."""
    if kept is None:
        return {"room_id": None, "room": None}
    room, phone = kept.room, kept.room.phone
    told = {
        "slug": room.slug,
        "url": room.url,
        "level": room.level.value,
        "owner": kept.owner,
        "phone": None if phone is None else [phone.number, phone.pin],
    }
    return {"room_id": room.id, "room": vault.seal_json(told, _place(occurrence))}


def kept_of(of: Mapping[str, Any], vault: Vault, prefix: str) -> KeptRoom | None:
    """Return the room that an occurrence keeps, from its row."""
    if of[f"{prefix}room_id"] is None:
        return None
    told = vault.open_json(of[f"{prefix}room"], _place(of[f"{prefix}id"]))
    assert isinstance(told, dict)
    room = VisioRoom(
        id=of[f"{prefix}room_id"],
        slug=told["slug"],
        url=told["url"],
        level=AccessLevel(told["level"]),
        phone=None if told["phone"] is None else Phone(*told["phone"]),
    )
    return KeptRoom(room, UserId(told["owner"]))


def _place(occurrence: OccurrenceId) -> str:
    return f"occurrences.room:{occurrence}"
