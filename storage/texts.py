"""What people write beside a secret: labels and questions, on one line and without tricks."""

import re
import unicodedata

LABEL_LIMIT = 80

# Letters, marks and symbols that show nothing although their Unicode category says otherwise.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
# Not "Cn" and "Co": this Python's Unicode may be older than an emoji, and fonts fill private use.
_UNSEEN = _HIDDEN | {"Zs", "Zl", "Zp"}


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: white space, controls, zero-width characters."""
    return all(
        char.isspace() or unicodedata.category(char) in _UNSEEN for char in _BLANK.sub("", text)
    )


def clean(label: str) -> str:
    """A label on one line, without characters that hide, reorder or break text; maybe empty.

    Direction marks and zero-width characters go because they can make a label read as another
    one in the history.
    """
    folded = " ".join(label.split())
    if folded.isascii() and folded.isprintable():
        return folded  # as most are: nothing in it hides
    shown = "".join(char for char in folded if unicodedata.category(char) not in _HIDDEN)
    shown = " ".join(shown.split())
    return "" if is_blank(shown) else shown
