"""Pages as bytes: those that are the same for everybody are made once, at start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil

from jinja2 import Environment, PackageLoader, StrictUndefined

from bridge.domain.answer import Answer
from bridge.domain.host import Deed
from bridge.domain.invitation import Standing
from bridge.domain.names import LONGEST_NAME
from bridge.domain.policy import Policy
from bridge.domain.proof import Proof
from bridge.i18n import Catalogue, Language, catalogues
from bridge.services.federation.sign_ins import Begun
from bridge.services.host_page.desk import Desk
from bridge.services.visits.proofs import Proving
from bridge.services.visits.snapshot import View
from federation.door.calendars import CalendarForm, PickerForm
from federation.door.desks import desk_stamp, groups
from federation.door.said import SIGN_INS
from federation.door.settings import DoorOptions
from federation.door.statics import JOIN, Assets

PROBLEMS = (
    "unknown",
    "lost",
    "missing",
    "method",
    "host",
    "origin",
    "form",
    "large",
    "slow",
    "busy",
    "failed",
    "no-host",
    "host-taken",
    "host-over",
    "host-lost",
    "no-calendar",
    "calendar-spent",
)
"""Pages that explain why there is no other; each has `door.problem.<name>.title` and `.text`."""
JOINING = frozenset({Standing.WAITING, Standing.ADMITTED})
"""States that our page shows by itself, without a reload."""
TEMPLATES = Environment(
    loader=PackageLoader("federation.door"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES = {
    Standing.EARLY: "wait.html",
    Standing.PREPARING: "wait.html",
    **dict.fromkeys(JOINING, "join.html"),
}
_HOW = {"redirect": "next", "knock": "knock", "livekit": "ours"}
"""The part of the sentences' keys that says how guests get in, by mode."""
_LATEST, _PREPARING, _HOST = 600, 15, 10
"""The most seconds after which a page without scripts reloads."""
_DEEDS = {
    "waiting": (Deed.ADMIT, Deed.REFUSE),
    "inside": (Deed.PUT_OUT,),
    "out": (Deed.READMIT,),
}


@dataclass(frozen=True, slots=True)
class ProofPrompt:
    """A proof that is still missing, and the result of what was just sent."""

    proving: Proving
    visit: str
    said: str | None
    now: datetime
    organisation: str | None = None
    """The guest's own organisation, where they may sign in instead."""


class Pages:
    """Renders templates in both languages."""

    def __init__(self, settings: DoorOptions, assets: Assets, policy: Policy) -> None:
        """Take the policy, whose promises the pages state."""
        self._settings = settings
        self._always: Mapping[str, object] = {
            "assets": assets.paths,
            "notices": settings.notices,
            "longest_name": LONGEST_NAME,
            "ours": policy.mode.ours,
            "how": _HOW[policy.mode.name],
            "promise": promise(policy),
            "join_script": JOIN,
        }
        self._catalogues = catalogues()
        self.entries = self._each(self.entry)
        self.desks = self._each(lambda language: self._render("host-entry.html", language))
        self.linked = self._each(lambda language: self._render("calendar-done.html", language))
        self.homes = self._each(lambda language: self._render("home.html", language))
        self.problems = {name: self._each(partial(self._problem, name)) for name in PROBLEMS}

    def entry(self, language: Language, *, typed: str | None = None) -> bytes:
        """Return the page that asks for a name; with `typed`, it says that this is none."""
        return self._render("entry.html", language, typed=typed)

    def visit(
        self, view: View, language: Language, *, organiser: str, now: datetime, visit: str
    ) -> bytes:
        """Return the page of a visit that is not, or no longer, let through."""
        known: dict[str, object] = {
            "visit": visit,
            "replies": tuple(Answer),
            "view": view,
            "organiser": organiser,
            "state": view.standing.value,
            "why": "altered" if view.altered else view.standing.value,
            **self._waiting(view, now),
        }
        return self._render(_PAGES.get(view.standing, "closed.html"), language, **known)

    def onward(self, view: View, language: Language, *, organiser: str, room: str) -> bytes:
        """Return a page with a link to the meeting, for browsers that would refuse a redirect."""
        return self._render("onward.html", language, view=view, organiser=organiser, room=room)

    def prove(self, view: View, language: Language, *, organiser: str, asked: ProofPrompt) -> bytes:
        """Return the page that asks for a code or a PIN."""
        proving = asked.proving
        known: dict[str, object] = {
            "view": view,
            "organiser": organiser,
            "visit": asked.visit,
            "said": asked.said,
            "proving": proving,
            "organisation": asked.organisation,
            "sign_in_said": asked.said if asked.said in SIGN_INS else None,
            "typing": proving.proof is Proof.PIN or proving.until is not None,
            **self._waiting(view, asked.now),
        }
        return self._render("prove.html", language, **known)

    def signing_in(self, begun: Begun, language: Language) -> bytes:
        """Return the page that leads to a guest's own organisation."""
        return self._render(
            "signing-in.html", language, address=begun.address, organisation=begun.organisation
        )

    def desk(
        self,
        desk: Desk,
        language: Language,
        *,
        named: str,
        now: datetime,
        said: str | None,
        host: str,
    ) -> bytes:
        """Return the host's page; `said` is the result of the button that was pressed."""
        known: dict[str, object] = {
            "desk": desk,
            "host": host,
            "named": named,
            "said": said,
            "early": now < desk.opens,
            "zone": desk.occurrence.zone,
            "stamp": desk_stamp(desk),
            "groups": groups(desk, self._catalogues[language]),
            "deeds": _DEEDS,
            "refresh": _HOST,
        }
        return self._render("host.html", language, **known)

    def calendar(self, form: CalendarForm, language: Language) -> bytes:
        """Return the page that asks for a calendar's address and login."""
        return self._render("calendar.html", language, form=form)

    def picker(self, form: PickerForm, language: Language) -> bytes:
        """Return the page that asks which calendars to read, and where to write."""
        return self._render("calendar-picker.html", language, form=form)

    def _waiting(self, view: View, now: datetime) -> dict[str, object]:
        left = max(0.0, (view.window.opens - now).total_seconds())
        early = view.standing is Standing.EARLY
        return {
            "stamp": stamp(view),
            "opens_in": round(left, 3),
            "refresh": min(ceil(left) + 1, _LATEST) if early else _PREPARING,
        }

    def _problem(self, name: str, language: Language) -> bytes:
        return self._render("problem.html", language, problem=name)

    def _each(self, render: Callable[[Language], bytes]) -> Mapping[Language, bytes]:
        return {language: render(language) for language in Language}

    def _render(self, template: str, language: Language, **context: object) -> bytes:
        catalogue: Catalogue = self._catalogues[language]
        page = TEMPLATES.get_template(template).render(
            self._always,
            t=catalogue.text,
            catalogue=catalogue,
            language=language.value,
            **context,
        )
        return page.encode()


def promise(policy: Policy) -> str:
    """Return the sentence on what happens when a guest's time ends: `door.promise.<…>`."""
    if policy.mode.ejects:
        return "out"
    return "page" if policy.mode.ours else "link"


def stamp(view: View) -> str:
    """Return a value that changes when the page should: its state and its times."""
    moments = (view.window.opens, view.start, view.end)
    return ".".join([view.standing.value, *(str(int(one.timestamp())) for one in moments)])
