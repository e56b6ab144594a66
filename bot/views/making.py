"""While a link with a passphrase is being made, and what is said when nothing came of it.

The form is gone by then, and with it what was typed: it is shown nowhere again, since a secret
that we send to Slack is a secret more that lies around there.
"""

from bot.views.parts import Json, note

TITLE = "Making your link"
FAILED = "No link was made"
AGAIN = (
    "What you typed is not kept anywhere: close this window, type {command}, and write it again."
)
UNREACHABLE = (
    "The secret store did not answer, so there is no link to show. If a secret was stored, nobody "
    "has its link: you can burn it in the history."
)
FULL = "The secret store is full, so no link was made. Tell whoever runs slash-secret."
LOST = (
    "Slack did not confirm that it showed you the link you have just made, so that secret was "
    "destroyed: nobody can open it. Type {command} to start again."
)
STILL_THERE = (
    "Slack did not confirm that it showed you the link you have just made, and the secret store "
    "cannot be reached to destroy that secret. Burn it in {command} history, and type {command} "
    "to start again."
)


def build(command: str) -> Json:
    """What stands in the window while the passphrase is being stretched."""
    return note(
        TITLE,
        "The passphrase is being worked into the key. That takes a few seconds.",
        f"If this does not change within two minutes, nobody has got a link: type {command} again.",
    )


def failed(reason: str, command: str) -> Json:
    """Nothing was made, and what was typed is gone."""
    return note(FAILED, reason, AGAIN.format(command=command))
