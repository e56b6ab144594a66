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
    REQUEST = "request"
    REQUEST_READY = "request_ready"
    COLLECT = "collect"
    COMPOSE = "compose"
    WORDING = "wording"


class Shortcut(StrEnum):
    """``callback_id`` of each shortcut in the manifest."""

    SHARE = "share_secret"
    REQUEST = "request_credentials"
    MOVE = "move_to_secret_link"


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
    WHAT = "what"
    NAME = "name"
    FIELDS = "fields"
    COLLECT_BY = "collect_by"
    COMPOSE = "compose"
    CODE = "code"
    ASKED = "asked"
    COLLECT = "collect"
    ASK_AGAIN = "ask_again"
    REMINDER = "reminder"
    NUDGE = "nudge"
    AGAIN = "again"
    ORIGINAL = "original"
    FILES = "files"
    REPLY = "reply"
    SEEN = "seen"
    BEGIN = "begin"
    TABLE = "table"
    ROWS = "rows"
    ROW = "row"
    WORDING = "wording"
    OUTLET = "outlet"
    WORDS = "words"
    FOR_HELP_SCOUT = "for_help_scout"
    FOR_EMAIL = "for_email"
    FOR_CHAT = "for_chat"
    LANGUAGE = "language"


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
    WHAT = "what_text"
    NAME = "name_text"
    FIELDS = "fields_choice"
    COLLECT_BY = "collect_by_choice"
    COMPOSE = "compose"
    COLLECT = "collect"
    CANCEL_REQUEST = "cancel_request"
    ASK_AGAIN = "ask_again"
    MAKE_AGAIN = "make_again"
    EXTEND = "extend"
    OPEN_COLLECT = "open_collect"
    HOME_SHARE = "home_share"
    HOME_REQUEST = "home_request"
    LOOK = "look"
    ROW_BUTTON = "row_button"
    WORDING = "wording"
    OUTLET = "outlet"
    FOR_HELP_SCOUT = "for_help_scout_text"
    FOR_EMAIL = "for_email_text"
    FOR_CHAT = "for_chat_text"
    LANGUAGE = "language_choice"
