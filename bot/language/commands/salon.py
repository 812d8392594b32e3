"""`langue`, `réglages`, `diagnostic`: the salon."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.language.arguments import FILLERS, alone, meant
from bot.language.command import LONG, Command, Verb
from bot.language.line import Line, WordKind
from bot.language.recall import read_recall, read_zone
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import fold
from bot.language.welcome import read_welcome
from bridge.domain.authority import Act
from bridge.i18n import Language

_LANGUAGES: Mapping[str, Language] = {
    **{language.value: language for language in Language},
    **dict.fromkeys(("french", "francais"), FR),
    **dict.fromkeys(("english", "anglais"), EN),
}
"""Words typed after `langue`, folded."""
_NAMES = {"noms", "nom", "names", "name"}
_ANSWERS = {"oui": True, "yes": True, "on": True, "non": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class SetLanguage(Command):
    """The salon's language."""

    language: Language


@dataclass(frozen=True, slots=True)
class ShowSettings(Command):
    """The salon's settings, shown or changed."""

    welcome: str | None = None
    """The salon's line on its guests' page; empty for none, `None` to leave it as it is."""
    remind: int | None = None
    """How many minutes before a meeting the salon is reminded; negative: never."""
    zone: str | None = None
    """The IANA zone in which the author reads times in direct messages; empty: the meeting's."""
    names: bool | None = None
    """Whether the summary of a meeting names the people who were there."""

    @property
    def chooses(self) -> bool:
        """Whether a setting of the salon is changed, not only shown."""
        return any(one is not None for one in (self.names, self.welcome, self.remind))

    @property
    def label(self) -> str:
        """The name in metrics."""
        return "settings"


@dataclass(frozen=True, slots=True)
class Diagnose(Command):
    """The salon as Parvis sees it."""


def _read_language(line: Line, here: Here) -> SetLanguage:
    """Read the name of a language, in any language."""
    language = _LANGUAGES.get(fold(line.text).strip(" .!"))
    if language is None:
        raise misunderstood(Reason.LANGUAGE_UNKNOWN, here, line.text)
    return SetLanguage(language)


def _read_settings(line: Line, here: Here) -> Command:
    """Read a setting and its new value; the verb alone shows the settings."""
    if not meant(line).words:
        return ShowSettings()
    if (welcome := read_welcome(line)) is not None:
        return ShowSettings(welcome=welcome)
    if (minutes := read_recall(line)) is not None:
        return ShowSettings(remind=minutes)
    if (zone := read_zone(line)) is not None:
        return ShowSettings(zone=zone)
    words = [fold(word.text).strip(" .!:=") for word in line.words if word.kind is WordKind.BARE]
    match [word for word in words if word not in {"", *FILLERS}]:
        case [name, answer] if name in _NAMES and answer in _ANSWERS:
            return ShowSettings(names=_ANSWERS[answer])
    raise misunderstood(Reason.SETTING_UNKNOWN, here, line.text)


VERBS = (
    Verb(
        key="language",
        command=SetLanguage,
        act=Act.SETTINGS,
        names={FR: ("langue",), EN: ("language", "lang")},
        read=_read_language,
        examples={FR: ("langue en",), EN: ("language fr",)},
        help=("language",),
    ),
    Verb(
        key="settings",
        command=ShowSettings,
        act=Act.SETTINGS,
        names={FR: ("réglages", "reglage"), EN: ("settings", "setting")},
        read=_read_settings,
        examples={
            FR: ("réglages noms oui", "réglages rappel 10min", "réglages"),
            EN: ("settings names yes", "settings reminder 10min", "settings"),
        },
        help=("settings",),
        shortest=LONG,
    ),
    Verb(
        key="diagnose",
        command=Diagnose,
        act=Act.SETTINGS,
        names={FR: ("diagnostic", "diag"), EN: ("diagnostic", "doctor")},
        read=alone(Diagnose()),
        examples={FR: ("diagnostic",), EN: ("diagnostic",)},
        help=("diagnose",),
        acts=False,
    ),
)
