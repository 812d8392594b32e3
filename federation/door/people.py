"""An organiser's name from the Matrix id alone, if no other source has it."""

import re

from bridge.ids import UserId


class LocalParts:
    """Turns `@jean.dupont-beta.gouv.fr:…` into "Jean Dupont".

    Tchap writes an address as a local part with `-` for `@`, so it is a guess where the name ends
    and the domain begins: the family name is taken up to its first hyphen. A compound name loses
    its second half, so that no stranger learns the domain.
    """

    async def name(self, user: UserId) -> str:
        """Return a name to show."""
        return self.guess(user)

    @staticmethod
    def guess(user: UserId) -> str:
        """Return the name that the local part seems to hold, its first word at least."""
        local = user.removeprefix("@").partition(":")[0]
        given, _, rest = local.partition(".")
        family = re.split(r"[-.]", rest, maxsplit=1)[0]
        if "-" in given and "-" not in rest:
            given, family = given.partition("-")[0], ""
        return " ".join(_capital(word) for word in (given, family) if word) or local


def _capital(word: str) -> str:
    return "-".join(part.capitalize() for part in re.split(r"[-_]", word))
