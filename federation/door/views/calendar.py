"""The page on which an agent links their calendars: the login, the calendars, done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web

from bridge.domain.codes import LinkState
from bridge.errors import (
    CalendarAddressRefused,
    CalendarBusy,
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    CalendarSignInUnknown,
    CalendarUnconfirmed,
    CalendarUnreachable,
)
from bridge.services.calendars.linking import CalendarChoice, LinkClosed, Linking, TriesSpent
from federation.door.boundary import busy
from federation.door.calendars import (
    FIELDS,
    CalendarForm,
    PickerForm,
    asked,
    chosen,
    failed,
    picker_of,
    refused,
)
from federation.door.forms import FormRefused, read_form
from federation.door.language import switched
from federation.door.views.guests import GuestViews

log = structlog.get_logger()

_TOLD = (
    CalendarAddressRefused,
    CalendarBusy,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    CalendarSignInUnknown,
    CalendarUnconfirmed,
    CalendarUnreachable,
)
"""Failures that have a sentence of their own; all others are a server that we can't read."""


@dataclass(frozen=True, slots=True)
class CalendarViews:
    """Handlers of `/calendar/…`. A GET changes nothing; every form comes from our own page."""

    guests: GuestViews
    linking: Linking

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes; none answers HEAD, which would reveal that something is there."""
        link = r"/calendar/{code:[A-Za-z0-9_-]{22}}"
        return (
            web.get("/calendar/done", self.done, allow_head=False),
            web.get(link, self.show, allow_head=False),
            web.post(link, self.take),
        )

    async def done(self, request: web.Request) -> web.Response:
        """Show the page at the end, the same for everybody: the owner reads the rest elsewhere."""
        answers = self.guests.answers
        return answers.page(answers.pages.linked[answers.language(request)])

    async def show(self, request: web.Request) -> web.Response:
        """Show the first form, as long as the link may still be used."""
        code = request.match_info["code"]
        if await self.linking.offer(code) is None:
            return await self._closed(request, await self.linking.link(code))
        return self._ask(request, CalendarForm(), 200)

    async def take(self, request: web.Request) -> web.Response:
        """Take one of the two forms: the second has the token that the first one's answer gave."""
        guests, code = self.guests, request.match_info["code"]
        link = await self.linking.link(code)
        turned_away = guests.turned_away(request, guests.gate.sends(request, link))
        if turned_away is not None:
            return turned_away
        wait = guests.gate.enters(request, code)
        if wait:
            guests.metrics.refused("rate")
            return busy(guests.answers, request, wait)
        try:
            fields = await read_form(request, guests.settings.limits.patience, most=FIELDS)
        except FormRefused as error:
            guests.metrics.refused("form")
            return guests.answers.problem(request, error.status)
        try:
            return await (self._choose if "token" in fields else self._look)(request, fields)
        except LinkClosed:
            return await self._closed(request, link)
        except TriesSpent:
            return guests.answers.problem(request, 429, "calendar-spent")

    async def _look(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        found = asked(fields)
        if isinstance(found, CalendarForm):
            return self._ask(request, found)
        code = request.match_info["code"]
        try:
            offer = await self.linking.look(code, found.address, found.login)
        except (CalendarError, CalendarAddressRefused) as error:
            return self._ask(request, failed(fields, _why(error)))
        return self._pick(request, picker_of(offer), 200)

    async def _choose(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        code = request.match_info["code"]
        offer = await self.linking.again(code, fields["token"])
        choice = chosen(fields, offer)
        if isinstance(choice, PickerForm):
            return self._pick(request, choice)
        try:
            await self.linking.choose(code, offer, choice)
        except (CalendarError, CalendarAddressRefused) as error:
            return self._pick(request, refused(offer, choice, _at_choice(error, choice)))
        language = switched(request)
        query = "" if language is None else f"?lang={language.value}"
        headers = {"Location": f"/calendar/done{query}", "Cache-Control": "no-store"}
        return web.Response(status=303, headers=headers)

    async def _closed(self, request: web.Request, link: LinkState) -> web.Response:
        self.guests.missed(request, link)
        return self.guests.answers.problem(request, 404, "no-calendar")

    def _ask(self, request: web.Request, form: CalendarForm, status: int = 422) -> web.Response:
        answers = self.guests.answers
        return answers.page(answers.pages.calendar(form, answers.language(request)), status)

    def _pick(self, request: web.Request, form: PickerForm, status: int = 422) -> web.Response:
        answers = self.guests.answers
        return answers.page(answers.pages.picker(form, answers.language(request)), status)


def _why(error: CalendarError | CalendarAddressRefused) -> str:
    """Return the sentence `door.calendar.wrong.<…>`; the log has what no page shows."""
    log.info("calendar.not_linked", error=error.code, detail=str(error))
    return error.code if isinstance(error, _TOLD) else "calendar-unreadable"


def _at_choice(error: CalendarError | CalendarAddressRefused, choice: CalendarChoice) -> str:
    """Return the same for the second form, where a refusal is about what was chosen."""
    why = _why(error)
    if isinstance(error, CalendarForbidden):
        return "not-made" if choice.write is None else "read-only"
    return why
