"""The languages that customers may be spoken to; docs/languages.md says how to add one."""

from collections.abc import Mapping
from typing import NewType

# As in ``<html lang>`` and Accept-Language.
Language = NewType("Language", str)

ENGLISH = Language("en")
# Each by the name that its speakers have for it.
NAMES: Mapping[Language, str] = {
    ENGLISH: "English",
    Language("de"): "Deutsch",
    Language("fr"): "Français",
    Language("es"): "Español",
    Language("pt"): "Português",
    Language("ar"): "العربية",
}


def known(code: str) -> Language | None:
    """A language that there are texts in; None for any other word, whoever wrote it."""
    language = Language(code)
    return language if language in NAMES else None
