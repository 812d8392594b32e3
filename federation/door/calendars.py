"""The two forms of the page on which an agent links their calendars, as they were filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from bridge.domain.calendar import CalendarAuth, CalendarLogin
from bridge.services.calendars.linking import CalendarChoice, PickerOffer
from bridge.services.calendars.naming import named

LONGEST_ADDRESS = 1024
LONGEST_USER = 255
LONGEST_SECRET = 4096
FIELDS = 60
"""The most fields that the picker sends: one for each calendar, and a few."""
NEW = "new"
_ABOUT_SECRETS = ("calendar-login-refused", "calendar-sign-in-unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarForm:
    """The first form; what was typed is shown again, but never a password."""

    address: str = field(default="", repr=False)
    auth: CalendarAuth = CalendarAuth.BASIC
    user: str = field(default="", repr=False)
    wrong: str | None = None
    """The sentence `door.calendar.wrong.<…>` on what is to be mended."""
    about: str = "address"
    """The field that this is about."""


@dataclass(frozen=True, slots=True)
class PickerRow:
    """A calendar as the picker shows it."""

    name: str
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerForm:
    """The second form."""

    token: str = field(repr=False)
    calendars: Sequence[PickerRow]
    whole: bool
    read: frozenset[int]
    write: int | None
    """`None`: a new calendar."""
    shares_free: bool = False
    wrong: str | None = None
    """The sentence `door.calendar.wrong.<…>` on what is to be mended."""


@dataclass(frozen=True, slots=True)
class AskedCalendars:
    """The address and the login that a first form has."""

    address: str = field(repr=False)
    login: CalendarLogin


def asked(fields: Mapping[str, str]) -> AskedCalendars | CalendarForm:
    """Return the address and login of a first form; the form again, if something is missing."""
    address = fields.get("address", "").strip()[:LONGEST_ADDRESS]
    bearer = fields.get("auth") == CalendarAuth.BEARER
    auth = CalendarAuth.BEARER if bearer else CalendarAuth.BASIC
    user = "" if bearer else fields.get("user", "").strip()[:LONGEST_USER]
    if not user and not bearer and "@" in address and "/" not in address:
        user = address
    secret = fields.get("secret", "")
    typed = CalendarForm(address=address, auth=auth, user=user)
    if not address:
        return _wrong(typed, "address-missing", "address")
    if not user and not bearer:
        return _wrong(typed, "user-missing", "user")
    if not secret or len(secret) > LONGEST_SECRET:
        return _wrong(typed, "secret-missing", "secret")
    return AskedCalendars(address, CalendarLogin(auth=auth, user=user, secret=SecretStr(secret)))


def failed(fields: Mapping[str, str], wrong: str) -> CalendarForm:
    """Return the first form again, with the reason why its server did not let us find calendars."""
    tried = asked(fields)
    assert isinstance(tried, AskedCalendars)
    about = "secret" if wrong in _ABOUT_SECRETS else "address"
    login = tried.login
    typed = CalendarForm(address=tried.address, auth=login.auth, user=login.user)
    return _wrong(typed, wrong, about)


def picker_of(offer: PickerOffer) -> PickerForm:
    """Return the second form as it is first shown: the only calendar that we may write, or none."""
    calendars = offer.picker.calendars
    writable = [n for n, one in enumerate(calendars) if one.writable]
    return _picker(
        offer,
        CalendarChoice(
            read=frozenset(range(len(calendars)) if len(calendars) == 1 else ()),
            write=writable[0] if len(writable) == 1 == len(calendars) else None,
        ),
    )


def chosen(fields: Mapping[str, str], offer: PickerOffer) -> CalendarChoice | PickerForm:
    """Return the choice of a second form; the form again, if nothing usable is chosen."""
    calendars = offer.picker.calendars
    read = frozenset(n for n in range(len(calendars)) if f"read-{n}" in fields)
    places = {str(n): n for n, one in enumerate(calendars) if one.writable}
    where = fields.get("write", "")
    choice = CalendarChoice(read=read, write=places.get(where), shares_free="free" in fields)
    if where != NEW and choice.write is None:
        return _picker(offer, choice, "write-missing")
    return choice


def refused(offer: PickerOffer, choice: CalendarChoice, wrong: str) -> PickerForm:
    """Return the second form again, with the reason why the choice can't be."""
    return _picker(offer, choice, wrong)


def _wrong(form: CalendarForm, wrong: str, about: str) -> CalendarForm:
    return CalendarForm(
        address=form.address, auth=form.auth, user=form.user, wrong=wrong, about=about
    )


def _picker(offer: PickerOffer, choice: CalendarChoice, wrong: str | None = None) -> PickerForm:
    picker = offer.picker
    return PickerForm(
        token=offer.token,
        calendars=[PickerRow(named(one.name, one.url), one.writable) for one in picker.calendars],
        whole=picker.whole,
        read=choice.read,
        write=choice.write,
        shares_free=choice.shares_free,
        wrong=wrong,
    )
