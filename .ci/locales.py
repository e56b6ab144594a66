"""Compile the translations for the builds, or bring them up to date with the English texts.

Usage: ``.venv/bin/python .ci/locales.py [update [LANGUAGE...] | pseudo FOLDER]``

English is web/frontend/src/locales/en.json; every other language is one file that translators edit,
web/frontend/locales/LANGUAGE.po. Without arguments all of them become what is read later: by the
front end's build from build/locales, by the bot from bot/locales. ``update`` writes new and changed
English texts into the .po files, and makes the file of a language that has none. ``pseudo`` compiles
one language more, into FOLDER and for tests alone: what each text is like where words are long.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from gettext import c2py
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = ROOT / "web/frontend/src/locales/en.json"
SOURCES = ROOT / "web/frontend/locales"
FOR_PAGES = ROOT / "build/locales"
FOR_BOT = ROOT / "bot/locales"
# What the bot writes to customers.
SECTIONS_OF_BOT = ("fields", "message")
# What agents read is in English, in Slack as in their browsers.
FOR_AGENTS = frozenset({"ready", "collect", "composer"})
PSEUDO = "en-XA"
_BRITISH = "en_GB"  # the day stands before the month in all our texts
_SLOT = re.compile(r"(\{\w+\})")
_LONGER = {
    **dict(zip("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ", strict=True)),
    **dict(zip("cnsCNS", "çñšÇÑŠ", strict=True)),
}
_DAY, _YEAR = 21, 2003

# A text; or its forms by the word that CLDR has for a number's kind, such as one, few, other.
Text = str | dict[str, str]
Sections = dict[str, dict[str, Text]]


@dataclass(frozen=True)
class Message:
    """An English text, under the name ``section.key`` that its translations have too."""

    name: str
    text: Text

    @property
    def id(self) -> str | tuple[str, str]:
        """As gettext has it: the text, or its singular and plural."""
        return self.text if isinstance(self.text, str) else (self.text["one"], self.text["other"])


def english() -> Sections:
    """Every English text."""
    sections: Sections = json.loads(ENGLISH.read_text(encoding="utf-8"))
    return sections


def messages() -> Iterator[Message]:
    """What there is to translate, in order."""
    for section, entries in english().items():
        if section not in FOR_AGENTS:
            for key, text in entries.items():
                yield Message(f"{section}.{key}", text)


def languages() -> list[str]:
    """The languages beside English."""
    return sorted(path.stem for path in SOURCES.glob("*.po"))


def read(language: str) -> Catalog:
    """A language's translations. Raises PoFileError."""
    with (SOURCES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms(text: str | Sequence[str] | dict[str, str] | None) -> list[str]:
    """All there is to read in a text."""
    if isinstance(text, dict):
        return list(text.values())
    return [text] if isinstance(text, str) else list(text or [""])


def slots(text: str) -> set[str]:
    """What stands in braces."""
    return set(_SLOT.findall(text))


def translation(catalog: Catalog, message: Message) -> Text | None:
    """A text in another language; None without one, or with one of an older English text."""
    found = catalog.get(forms(message.id)[0], message.name)
    if not found or found.fuzzy or found.id != message.id or not all(forms(found.string)):
        return None
    if isinstance(found.string, str):
        return found.string
    return _by_kind(catalog, forms(found.string))


def _by_kind(catalog: Catalog, texts: Sequence[str]) -> dict[str, str]:
    """Gettext counts a language's forms by a formula, browsers by CLDR's words."""
    kind: Callable[[int], str] = Locale.parse(str(catalog.locale)).plural_form
    index = c2py(catalog.plural_expr)
    # The lowest number of a kind speaks for it, 0 only where no other is: nothing here counts to 0.
    return {kind(number): texts[index(number)] for number in (0, *range(200, 0, -1))}


def days(language: str) -> list[str]:
    """How a date is written, for each month: ``{day} November {year}``."""
    wordings = []
    for month in range(1, 13):
        written = format_date(date(_YEAR, month, _DAY), "long", locale=language)
        wordings.append(written.replace(str(_DAY), "{day}").replace(str(_YEAR), "{year}"))
    return wordings


def compiled(language: str, sections: Sections, cldr: str) -> dict[str, object]:
    """What the builds read of one language."""
    locale = Locale.parse(cldr)
    direction = "rtl" if locale.character_order == "right-to-left" else "ltr"
    name = str(locale.get_language_name()).capitalize()
    return {"language": language, "dir": direction, "name": name, "days": days(cldr), **sections}


def in_language(language: str) -> Sections:
    """Every text in a language, in English where it has none yet."""
    catalog, sections = read(language), english()
    for message in messages():
        section, key = message.name.split(".")
        sections[section][key] = translation(catalog, message) or message.text
    return sections


def longer(text: Text) -> Text:
    """Four tenths longer, with accents, between brackets that show where a text was cut off."""
    if not isinstance(text, str):
        return {kind: str(longer(form)) for kind, form in text.items()}
    parts = _SLOT.split(text)
    for at in range(0, len(parts), 2):
        parts[at] = "".join(
            _LONGER.get(letter, letter) + (letter if letter in "aeiouyt" else "")
            for letter in parts[at]
        )
    inner = "".join(parts)
    body = inner.strip()
    # A text may begin with the space that parts it from what it follows.
    return inner.replace(body, f"[{body}]") if body else inner


def write(folder: Path, catalogues: dict[str, dict[str, object]]) -> None:
    """Replace a folder of compiled languages."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    for language, catalogue in catalogues.items():
        text = json.dumps(catalogue, ensure_ascii=False, indent=1)
        (folder / f"{language}.json").write_text(text + "\n", encoding="utf-8")


def compile_all() -> None:
    """Make what the builds and the bot read."""
    made = {"en": compiled("en", english(), _BRITISH)}
    made |= {
        language: compiled(language, in_language(language), language) for language in languages()
    }
    write(FOR_PAGES, made)
    wanted = ("days", *SECTIONS_OF_BOT)
    write(FOR_BOT, {name: {key: one[key] for key in wanted} for name, one in made.items()})


def compile_pseudo(folder: Path) -> None:
    """Make the language of long words, beside English."""
    sections = english()
    for message in messages():
        section, key = message.name.split(".")
        sections[section][key] = longer(message.text)
    plain = compiled("en", english(), _BRITISH)
    write(folder, {"en": plain, PSEUDO: compiled(PSEUDO, sections, _BRITISH)})


def update(language: str) -> None:
    """Write the English texts into a language's file; a changed one is marked as fuzzy."""
    path = SOURCES / f"{language}.po"
    old = read(language) if path.exists() else Catalog(locale=language)
    known = {entry.context: entry for entry in old if entry.context}
    new = Catalog(locale=language, header_comment=_HEADER, fuzzy=False)
    for message in messages():
        before = known.get(message.name)
        if not before or isinstance(before.id, str) != isinstance(message.id, str):
            new.add(message.id, context=message.name)
            continue
        outdated = before.id != message.id and any(forms(before.string))
        flags = set(before.flags) | ({"fuzzy"} if outdated else set())
        new.add(
            message.id,
            before.string,
            context=message.name,
            flags=flags - {"python-brace-format", "python-format"},
            user_comments=before.user_comments,
        )
    SOURCES.mkdir(exist_ok=True)
    buffer = BytesIO()
    write_po(buffer, new, width=100)
    # Dates and names that git knows better would change with every run.
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(_NOISE)]
    path.write_text("".join(kept), encoding="utf-8")


_NOISE = tuple(
    f'"{name}'
    for name in ("Project-", "Report-", "POT-", "PO-", "Last-", "Language-Team", "Generated-")
)
_HEADER = (
    "# Translations of slash-secret's texts for customers. How to edit them: docs/languages.md"
)


def main(arguments: list[str]) -> None:
    """Do what is asked."""
    match arguments:
        case []:
            compile_all()
        case ["pseudo", folder]:
            compile_pseudo(Path(folder))
        case ["update", *wanted]:
            for language in wanted or languages():
                update(language)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
