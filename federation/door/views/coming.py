"""A guest says whether they come, and takes the meeting into their calendar."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.domain.answer import Answer
from bridge.i18n import Language, catalogues
from bridge.mail.headers import told
from bridge.mail.invite import LONGEST_TITLE, event_description
from bridge.services.visits.coming import Coming, DatedVisit
from federation.door.cookies import visit_of
from federation.door.forms import FormRefused, read_form
from federation.door.language import switched
from federation.door.views.guests import GuestViews


@dataclass(frozen=True, slots=True)
class ComingViews:
    """The handlers of `/m/…/answer` and `/m/…/calendar`, for the visit's own browser alone."""

    guests: GuestViews
    coming: Coming

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        visit = r"/m/{visit:[0-9a-f]{32}}"
        return (
            web.post(f"{visit}/answer", self.take),
            web.get(f"{visit}/calendar", self.give, allow_head=False),
        )

    async def take(self, request: web.Request) -> web.Response:
        """Keep an answer; the form leads back to the visit, which shows it."""
        guests, named = self.guests, request.match_info["visit"]
        turned_away = guests.turned_away(request, guests.gate.repeats(request, named))
        if turned_away is not None:
            return turned_away
        try:
            fields = await read_form(request, guests.settings.limits.patience)
            said = Answer(fields.get("answer", ""))
        except FormRefused as error:
            guests.metrics.refused("form")
            return guests.answers.problem(request, error.status)
        except ValueError:
            guests.metrics.refused("form")
            return guests.answers.problem(request, 400)
        secret = guests.cookies.read(request, named)
        if secret is None or not await self.coming.say(visit_of(named), secret, said):
            return guests.answers.problem(request, 403, "lost")
        return _back(request)

    async def give(self, request: web.Request) -> web.Response:
        """Give the meeting as a file for a calendar; without one to give, show the visit."""
        guests, named = self.guests, request.match_info["visit"]
        own = await guests.own(request)
        secret = guests.cookies.read(request, named)
        if own is None or secret is None:
            return guests.answers.problem(request, 403, "lost")
        dated = await self.coming.dated(visit_of(named), secret)
        if dated is None:
            return _back(request)
        _, admission = own
        language = switched(request) or Language(admission.visit.language)
        return web.Response(body=self._file(dated, language), headers=_FILE)

    def _file(self, dated: DatedVisit, language: Language) -> bytes:
        # Late: it takes a quarter of a second, and most guests have their mail's.
        from bridge.calendars.itip import EventText, plain_file  # noqa: PLC0415

        words = catalogues()[language]
        text = EventText(
            language=language,
            title=told(dated.title, LONGEST_TITLE) or words.text("letter.untitled"),
            description=event_description("", dated.link, words, topics=dated.topics),
            link=dated.link,
            stamp=self.guests.clock.now(),
        )
        return plain_file(dated.event, text)


_FILE = {
    "Content-Type": "text/calendar; charset=utf-8",
    "Content-Disposition": 'attachment; filename="invite.ics"',
    "Cache-Control": "no-store",
}


def _back(request: web.Request) -> web.Response:
    language = switched(request)
    query = "" if language is None else f"?lang={language.value}"
    location = f"/m/{request.match_info['visit']}{query}"
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
