"""Every name that Slack sends back to us, in one place: views, blocks and actions."""

from enum import StrEnum


class View(StrEnum):
    """``callback_id`` of each modal."""

    SHARE = "share"
    LINK_READY = "link_ready"
    HISTORY = "history"
    DETAILS = "details"
    BURN = "burn"
    EXPOSED = "exposed"
    NOTE = "note"


class Block(StrEnum):
    """``block_id`` of the blocks that carry input, and of those a test or a reader looks for."""

    SECRET = "secret"  # noqa: S105 - the name of a field
    LABEL = "label"
    LIFETIME = "lifetime"
    ACCESS = "access"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a field
    WARNING = "warning"
    PRIVACY = "privacy"
    LINK = "link"
    MESSAGE = "message"
    EXPIRY = "expiry"
    CONSUMES = "consumes"
    BURN = "burn"
    NOTICE = "notice"
    FILTERS = "filters"
    PAGES = "pages"
    TEXT = "text"
    REMINDER = "reminder"
    AGAIN = "again"


class Action(StrEnum):
    """``action_id`` of each element."""

    SECRET = "secret_text"  # noqa: S105 - the name of a field
    LABEL = "label_text"
    LIFETIME = "lifetime_choice"
    ACCESS = "access_choice"
    PASSPHRASE = "passphrase_text"  # noqa: S105 - the name of a field
    BURN_NOW = "burn_now"
    VISIT = "visit"
    WHOSE = "whose"
    STATUS = "status"
    ROW_MENU = "row_menu"
    NEWER = "newer"
    OLDER = "older"
    ASK_ANEW = "ask_anew"
