"""Makes a partner of an agreement's file."""

from datetime import time

from bridge.domain.partner import (
    Acr,
    Direction,
    EntryTerm,
    Hours,
    Issuer,
    OpenedBy,
    OpenMeetings,
    Partner,
    PartnerLimits,
    Provider,
    Subjects,
    Times,
    Vouching,
)
from bridge.domain.rights import Source
from config.agreements import AgreementFile, ProviderTerms

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def partner_of(file: AgreementFile) -> Partner:
    """Return the partner that an agreement describes."""
    sources = {Source(one) for one in file.rights.publish}
    if file.rights.screen_share == "organiser":
        sources |= {Source.SCREEN, Source.SCREEN_AUDIO}
    subjects, meetings, limits = file.subjects, file.meetings, file.limits
    return Partner(
        issuer=Issuer(file.partner),
        label=file.label,
        thumbprint=file.federation_key,
        enabled=file.enabled,
        directions=frozenset(map(Direction, file.direction)),
        methods=frozenset(map(Vouching, file.methods)),
        entry=EntryTerm(file.admission),
        subjects=Subjects(
            email_domains=frozenset(subjects.email_domains),
            mxid_servers=frozenset(subjects.mxid_servers),
            assurance_min=Acr(subjects.assurance_min),
        ),
        meetings=OpenMeetings(
            open_by=OpenedBy(meetings.open_by),
            tags_allowed=frozenset(map(str.casefold, meetings.tags_allowed)),
            tags_denied=frozenset(map(str.casefold, meetings.tags_denied)),
        ),
        times=Times(
            before=file.time.grace_before,
            after=file.time.grace_after,
            longest=file.time.max_duration,
            hours=None if file.time.hours is None else _hours(file.time.hours),
        ),
        limits=PartnerLimits(
            guests_per_meeting=limits.guests_per_meeting,
            grants_per_hour=limits.grants_per_hour,
            takeovers=limits.takeovers,
        ),
        sources=frozenset(sources),
        chat=file.rights.chat,
        keep_days=file.data.retain_days,
        tells=frozenset(file.data.send),
        begins=file.valid.begins,
        ends=file.valid.until,
        provider=None if file.oidc is None else _provider(file.oidc),
    )


def _hours(written: str) -> Hours:
    """Read `Mo-Fr 07:00-21:00 Europe/Paris`, which the file's model has checked."""
    days, span, zone = written.split(" ")
    first, last = (_DAYS.index(one) for one in days.split("-"))
    begins, ends = (time.fromisoformat(one) for one in span.split("-"))
    return Hours(first=first, last=last, begins=begins, ends=ends, zone=zone)


def _provider(terms: ProviderTerms) -> Provider:
    secret = terms.client_secret
    return Provider(
        issuer=terms.issuer,
        client=terms.client_id,
        secret=None if secret is None else secret.get_secret_value(),
        tenant_claim=terms.tenant_claim,
        tenant=terms.tenant,
    )
