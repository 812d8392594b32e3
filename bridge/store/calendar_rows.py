"""Agents' calendars as rows, and back."""

from dataclasses import asdict
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAuth,
    CalendarLogin,
    CalendarObject,
)
from bridge.ids import CalendarAccountId
from bridge.store.statements import AnyRow
from bridge.store.tx import fields
from bridge.store.vault import Vault


def account_values(account: CalendarAccount, vault: Vault) -> dict[str, Any]:
    """Return the values of an account's row."""
    login = account.login
    said = {"auth": login.auth, "user": login.user, "secret": login.secret.get_secret_value()}
    return {
        "id": account.id,
        "owner": account.owner,
        "account": account.account,
        "home": account.home,
        "host": account.host,
        "login": _seal(vault, "calendar_accounts.login", account.id, said),
        "addresses": _seal(
            vault, "calendar_accounts.addresses", account.id, list(account.addresses)
        ),
        "schedules": account.schedules,
        "shares_free": account.shares_free,
        "state": account.state,
        "failures": account.failures,
        "linked_at": account.linked_at,
        "polled_at": account.polled_at,
        "ok_at": account.ok_at,
        "changed_at": account.changed_at,
    }


def account_of(row: AnyRow, vault: Vault) -> CalendarAccount:
    """Return the account of a row."""
    values = fields(row)
    addresses = _open(vault, "calendar_accounts.addresses", row.id, row.addresses) or ()
    values["login"] = login_of(row.id, row.login, vault)
    del values["host"]
    return CalendarAccount(**{**values, "addresses": tuple(addresses)})


def login_of(account: CalendarAccountId, sealed: bytes, vault: Vault) -> CalendarLogin:
    """Return the login of an account's row."""
    login = _open(vault, "calendar_accounts.login", account, sealed)
    return CalendarLogin(
        auth=CalendarAuth(login["auth"]), user=login["user"], secret=SecretStr(login["secret"])
    )


def calendar_values(calendar: AgentCalendar, vault: Vault) -> dict[str, Any]:
    """Return the values of a calendar's row."""
    name = _seal(vault, "calendars.name", calendar.id, calendar.name)
    return {**asdict(calendar), "name": name}


def calendar_of(row: AnyRow, vault: Vault) -> AgentCalendar:
    """Return the calendar of a row."""
    name = _open(vault, "calendars.name", row.id, row.name) or ""
    return AgentCalendar(**{**fields(row), "name": name})


def object_values(one: CalendarObject, vault: Vault) -> dict[str, Any]:
    """Return the values of an event's row."""
    return {
        "id": one.id,
        "calendar": one.calendar,
        "href": one.href,
        "etag": one.etag,
        "uid": _seal(vault, "calendar_objects.uid", one.id, one.uid),
        "uid_digest": digest_of(one.uid) if one.uid else None,
        "meeting": one.meeting,
        "base": dict(one.base),
        "gone_at": one.gone_at,
        "writes": one.writes,
        "wrote": one.wrote,
        "wrote_at": one.wrote_at,
    }


def object_of(row: AnyRow, vault: Vault) -> CalendarObject:
    """Return the event of a row."""
    values = fields(row)
    del values["uid_digest"]
    values["uid"] = _open(vault, "calendar_objects.uid", row.id, row.uid) or ""
    return CalendarObject(**values)


def digest_of(uid: str) -> bytes:
    """Return the SHA-256 of a UID: short, however long that is."""
    return sha256(uid.encode()).digest()


def _seal(vault: Vault, column: str, row: object, value: Any) -> bytes | None:
    return vault.seal_json(value, f"{column}:{row}") if value else None


def _open(vault: Vault, column: str, row: object, sealed: bytes | None) -> Any:
    return None if sealed is None else vault.open_json(sealed, f"{column}:{row}")
