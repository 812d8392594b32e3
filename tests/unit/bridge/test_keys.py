"""Every sentence that the code names is in both catalogues, and none is there for nothing."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import bot
import bridge.services
from bot.commands.help import SHORT, SUBJECTS
from bridge import errors
from bridge.domain.agent import Method
from bridge.domain.answer import Answer
from bridge.domain.cause import OPERATOR
from bridge.domain.grant import GrantEnd
from bridge.domain.invitation import Assurance, Delivery, InvitationState, Standing
from bridge.domain.mail import MailKind
from bridge.domain.meeting import OccurrenceState
from bridge.domain.proof import Proof
from bridge.errors import Refused, VisioError
from bridge.i18n import Language, catalogues
from federation.keys import RingTrouble

LOCALES = Path(bridge.services.__file__).parents[1] / "locales"
FOLDERS = [Path(bot.__file__).parent, Path(bridge.services.__file__).parent]
KEY = re.compile(r"[a-z]+(\.[a-z0-9-]+)+")
LOGS = {"log", "logger"}

TIMES = ("open", "running", "over", "waiting", "deserted")
FAMILIES = {
    *(f"guest.state.{state}" for state in InvitationState),
    f"party.{OPERATOR.name}",
    *(f"assurance.{one}" for one in Assurance),
    *(f"card.state.{state}" for state in (*OccurrenceState, *TIMES)),
    *(f"diagnose.method.{method}" for method in Method),
    *(f"help.{one}" for one in (*SHORT, "more", "more-plain")),
    *(f"help.{one}" for those in SUBJECTS.values() for one in those),
    *(f"error.{error.code}" for error in VisioError.__subclasses__()),
    *(f"invite.{done}-{how}" for done in ("new", "again") for how in Delivery),
    *(
        f"guest.outcome.{one}"
        for one in (
            Standing.ADMITTED,
            Standing.REFUSED,
            Standing.REMOVED,
            Standing.REPLACED,
            "readmitted",
            "back",
            "gone",
        )
    ),
    *(f"invite.with-{proof}" for proof in (Proof.MAIL, Proof.PIN)),
    *(
        f"mail.{what}"
        for what in ("refused", "bounced", "late", "unreachable", "unconfirmed", "never-confirmed")
    ),
    *(f"cli.keys-unusable.{why}" for why in RingTrouble),
    *(f"card.answers.{answer}" for answer in Answer),
    "mail.news-late",
    "mail.news-failed",
    *(f"mail.news.{kind}" for kind in MailKind if kind is not MailKind.INVITATION),
    *(f"error.limit-reached.{rule}" for rule in ("rooms", "salon-rooms", "addresses", "mails")),
    *(f"error.limit-reached.{rule}-at-once" for rule in ("addresses", "mails")),
    *(f"error.guest-{one}" for one in ("ambiguous.waiting", "unknown.number")),
    *(f"coming.{one}" for one in Answer),
    *(f"coming.row.{one}" for one in (*Answer, "unanswered")),
    "meeting.ended",
    *(f"{one}-inside" for one in ("meeting.cancelled", "series.date-cancelled")),
    *(f"meeting.{one}-{how}" for one in ("ended", "stays") for how in ("out", "leaves", "inside")),
    *(f"handing.{one}-kept" for one in ("done", "done-apart")),
    *(f"partner.ended.{why}" for why in (GrantEnd.RETURNED, GrantEnd.SUSPENDED)),
    *(f"{one}-in-visio" for one in ("guest.removed", "guest.altered")),
}
"""The keys that are made up of a name and a value."""


def keys(name: str | None = None) -> set[str]:
    """Return the keys of a French catalogue, or of all."""
    found = set()
    for path in (LOCALES / "fr").glob(name or "*.po"):
        with path.open("rb") as file:
            ids = [message.id for message in read_po(file)]
        found |= {one if isinstance(one, str) else one[0] for one in ids}
    return found - {""}


KNOWN = keys()
NAMESPACES = {key.partition(".")[0] for key in keys("bot.po")}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            yield path, ast.parse(path.read_text())


def spoken(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield the strings of a module that are not the names of log events."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in LOGS:
                continue
        if isinstance(node, ast.JoinedStr):
            yield node
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        yield from spoken(node)


def constant(node: ast.expr) -> str:
    """Return the string that a node is, empty for any other."""
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


@cache
def named() -> dict[str, Path]:
    """Return every whole key that the code names, and where."""
    found = {}
    for path, tree in modules():
        for node in spoken(tree):
            key = constant(node)
            if KEY.fullmatch(key) and key.partition(".")[0] in NAMESPACES:
                found[key] = path
    return found


@cache
def made() -> dict[str, Path]:
    """Return every pattern of keys that the code makes up, and where."""
    found = {}
    for path, tree in modules():
        for node in spoken(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(constant(one)) if isinstance(one, ast.Constant) else "[a-z.-]+"
                    for one in node.values
                ]
                start = constant(node.values[0])
                if "." in start and start.partition(".")[0] in NAMESPACES:
                    found["".join(parts)] = path
    return found


@cache
def refused() -> set[str]:
    """Return the keys of the refusals that services and commands raise with a reason."""
    classes = {name: one for name, one in vars(errors).items() if isinstance(one, type)}
    found = set()
    for _, tree in modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            error = classes.get(node.func.id)
            if error is None or not issubclass(error, Refused):
                continue
            for one in node.keywords:
                if one.arg == "reason" and isinstance(one.value, ast.Constant):
                    found.add(f"error.{error.code}.{constant(one.value)}")
    return found


WITHOUT_REASON = {
    "error.identity-unresolved",
    "error.no-meeting",
    "error.guest-unknown",
    "error.takeovers-spent",
    "error.media-away",
    "error.meeting-ambiguous",
    "error.meeting-begun",
    "error.meeting-echoed",
    "error.meeting-over",
    "error.nothing-to-restore",
    "error.recurrence-refused",
    "error.salon-silent",
    "error.series-unmoved",
}


@pytest.mark.parametrize("language", list(Language))
def test_every_key_that_is_named_exists(language: Language):
    words = catalogues()[language]
    assert len(named()) > 50, "the code was read"
    for key in {*named(), *FAMILIES, *refused(), *WITHOUT_REASON}:
        assert key in KNOWN, named().get(key)
        assert words.sentence(key)


def test_every_family_of_keys_is_known():
    for pattern, path in made().items():
        assert any(re.fullmatch(pattern, key) for key in KNOWN), (pattern, path)


def test_refusals_are_found():
    assert "error.invitation-refused.until-early" in refused()
    assert "error.not-allowed.outside" in refused()


def test_no_sentence_of_the_bot_is_there_for_nothing():
    used = {*named(), *FAMILIES, *refused(), *WITHOUT_REASON}
    assert keys("bot.po") - used == set()
