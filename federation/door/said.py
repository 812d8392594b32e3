"""What a page says of the form that was just sent, carried in the query of the way back."""

from collections.abc import Collection

from aiohttp import web

from bridge.services.visits.proofs import ProofOutcome

PROOFS = frozenset(
    {
        ProofOutcome.SENT,
        ProofOutcome.LATER,
        ProofOutcome.WRONG,
        ProofOutcome.UNREAD,
        ProofOutcome.SPENT,
    }
)
DESK = frozenset({"done", "late", "spent", "media"})


def said(request: web.Request, known: Collection[str]) -> str | None:
    """Return what is to be said, if it is one of the things that we say."""
    word = request.query.get("said", "")
    return word if word in known else None
