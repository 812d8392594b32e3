"""The text of a mail to an organiser who invited us by mail: our answer, or the link."""

from dataclasses import dataclass

from bridge.domain.mailed import OrganiserMailKind
from bridge.i18n import Catalogue, Language, catalogues
from bridge.mail.headers import told
from bridge.mail.invite import LONGEST_TITLE, TEMPLATES
from bridge.ports import CalendarFile, Letter
from bridge.services.incoming.organisers import OrganiserFacts

_REPLY = "reply.ics"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserSheet:
    """The content of a mail, in the order of its sentences; both its parts show it."""

    language: str
    heading: str
    says: str
    line: str
    """The line to paste; empty if there is none."""
    before: str
    """The words before its link; `behind` are those after it."""
    link: str
    behind: str
    lines: tuple[tuple[str, str], ...]
    after: tuple[str, ...]


def organiser_letter(facts: OrganiserFacts, language: Language) -> Letter:
    """Word a mail to an organiser, who is an agent."""
    words = catalogues()[language]
    title = told(facts.title, LONGEST_TITLE) or words.text("letter.untitled")
    sheet = _sheet(facts, title, words)
    calendars = () if facts.reply is None else (CalendarFile("REPLY", _REPLY, facts.reply),)
    return Letter(
        to=facts.to,
        sender=facts.sender,
        subject=words.text(f"organiser.subject.{facts.kind}", title=title),
        plain=TEMPLATES.get_template("organiser.txt").render(sheet=sheet),
        html=TEMPLATES.get_template("organiser.html").render(sheet=sheet),
        message_id=facts.message_id,
        calendars=calendars,
    )


def _sheet(facts: OrganiserFacts, title: str, words: Catalogue) -> OrganiserSheet:
    linked = facts.kind is OrganiserMailKind.LINK
    line = ""
    if linked:
        key = "organiser.line-phone" if facts.phone else "organiser.line"
        line = words.text(key, link=facts.link, phone=facts.phone)
    before, _, behind = line.partition(facts.link) if facts.link else (line, "", "")
    return OrganiserSheet(
        language=words.language.value,
        heading=words.text(f"organiser.heading.{facts.kind}"),
        says=words.text(f"organiser.says.{facts.kind}"),
        line=line,
        before=before,
        link=facts.link,
        behind=behind,
        lines=(
            (words.text("letter.title"), title),
            (words.text("letter.when"), words.when(facts.start, facts.end, facts.zone)),
        ),
        after=tuple(_after(facts, words, linked=linked)),
    )


def _after(facts: OrganiserFacts, words: Catalogue, *, linked: bool) -> list[str]:
    said = [words.text("organiser.series")] if linked and facts.series else []
    if linked:
        said.append(words.text("organiser.outside"))
    return [*said, words.text("organiser.unexpected")]
