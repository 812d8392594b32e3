"""Mails to guests, with what only the reader of dates can word: how a series comes again."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.conversation.card_times import rule_of
from bridge.domain.wall import wall_of
from bridge.mail.invite import MailSender, invitation_letter
from bridge.ports import Letter
from bridge.services.invitations.drafts import InvitationFacts


def guest_letter(facts: InvitationFacts, *, sender: MailSender) -> Letter:
    """Word a mail to a guest; one of a series says its rule."""
    if facts.series is not None:
        since = wall_of(facts.start, ZoneInfo(facts.zone))
        facts = replace(facts, rule=rule_of(facts.series, since, facts.language))
    return invitation_letter(facts, sender)
