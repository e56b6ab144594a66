"""``/secret help``: what this is, how to use it safely, what the words mean."""

from slack_sdk.models.blocks import (
    Block,
    HeaderBlock,
    RawTextObject,
    TableBlock,
    TableBlockColumnSettings,
)

from bot.views.parts import browser_button, paragraph, paragraphs, plain
from bot.views.share import IN_BROWSER

_HEAD = ("Rule", "Why")
RULES = (
    (
        "Never write a password in a ticket, an e-mail or a chat; send a link.",
        "Messages are kept for good, in both inboxes, in backups and in every integration.",
    ),
    (
        "Do not open a single-use link yourself.",
        "It opens once. If you view it, the customer finds it gone.",
    ),
    (
        "Send a link to one person, where only that person reads.",
        "Whoever opens it first gets the secret: a link carries no identity.",
    ),
    (
        "Choose the shortest lifetime that works.",
        "After it nobody can open the link, whether it was used or not.",
    ),
    (
        "If the customer says it was already opened, change that password at once.",
        "Somebody else may have the link. Treat as exposed, in the history, has the words.",
    ),
    (
        "Set a passphrase for what matters, and tell it on the phone or in a chat.",
        "Whoever finds the complete link still cannot read it. In the same e-mail it is no help.",
    ),
    (
        "Burn a link sent to the wrong person.",
        "Unopened, it is destroyed at once. If the history says Viewed, change the password.",
    ),
)
RECEIVING = (
    (
        "Ask for a password through a request; it has no place in a reply.",
        "What a customer writes in a ticket stays in both mailboxes, in backups and in integrations.",
    ),
    (
        "Collect an answer at once: open it now, copy it, save it to the vault.",
        "It is shown once, to one page, and destroyed. After the request expires nobody can read it.",
    ),
    (
        "Never forward a request's link or a collect page.",
        "The link is for one customer, and a collect page opens for whoever pressed Collect only.",
    ),
    (
        "Never paste credentials into Help Scout notes, Slack or e-mail.",
        "There they stay for good. The vault is their only permanent home.",
    ),
    (
        "Do not repeat them in your reply. Say only that they have arrived.",
        "A reply quotes them into the customer's mailbox. The collect page has the words.",
    ),
    (
        "Compare the read-aloud code on the phone when it matters.",
        "The customer sees the same code on the page, and knows that it is you who asks.",
    ),
    (
        "An answer looks odd, or came twice? Ask the customer before you use it.",
        "Whoever has the link can answer it: a link carries no identity.",
    ),
)
STATUSES = {
    "Active": "it can be opened; a reusable one also counts its views.",
    "Viewed": "a reader opened it, and it is destroyed. Not confirmed: the reader's page never "
    "reported that it showed it.",
    "Waiting": "a request that nobody has answered yet.",
    "Received": "a request's answer has come, and nobody has collected it.",
    "Collected": "somebody of your team has the answer, and here it is destroyed; the row says who.",
    "Expired": "its time is over. Unopened, expired: nobody ever opened it. An answer that nobody "
    "collected is destroyed unread.",
    "Burned": "destroyed before its time, by a person or by five wrong passphrases; of a request, "
    "cancelled, withdrawn or not expected. The details say which.",
    "Lost": "the store lost it, or the reveal was withheld because it could not be made durable; "
    "nobody saw it. Key missing: it was made under a server key "
    "that is no longer configured.",
    "Tampered": "something else than this server changed it. Tell whoever runs the server.",
}
QUESTIONS = {
    "What can Slack see?": "What you type into the modal, on its way to us, and the link while "
    "the modal shows it. Of a request's answer, nothing.",
    "What can the server see?": "The text for the moment in which it is encrypted. After that it "
    "keeps ciphertext, and the key is only in the link. An answer to a request it never sees: the "
    "customer's browser encrypts it.",
    "Who sees the label?": "Your team, in the history. The customer and strangers never do. What "
    "you write into What do you need? the customer does see.",
    "Where is my link if I closed the window?": "Gone: it is stored nowhere. Make a new one, and "
    "burn the old one in the history.",
    "Can a link preview use it up?": "No. It takes a click on the page and the whole link.",
    "The customer does not answer. What now?": "The details of a waiting request have a reminder "
    "to copy.",
    "I closed the collect page too early. What now?": "The answer is gone. Make a new one, in the "
    "history, asks again with the same words.",
}


def build(command: str, compose: str, *, requests: bool = True) -> list[Block]:
    """The blocks of the message; ``command`` is what the agent types.

    ``compose`` is the composer's address, with a ticket.
    """
    words = {
        "": "write a secret and get a link",
        " request": "ask a customer for login details",
        " history": "what became of your team's links and requests; burn one",
        " help": "this page",
    }
    if not requests:
        del words[" request"]
    return [
        HeaderBlock(text=plain("Hand over a secret, or ask for one, through a link")),
        *paragraphs([f"*{command}{word}*  {meaning}" for word, meaning in words.items()]),
        browser_button(IN_BROWSER, compose),
        paragraph("The rules"),
        _table(),
        paragraph("What the history's words mean"),
        *paragraphs([f"*{word}*: {meaning}" for word, meaning in STATUSES.items()]),
        paragraph("Questions"),
        *paragraphs([f"*{question}* {answer}" for question, answer in QUESTIONS.items()]),
    ]


def _table() -> TableBlock:
    # One table for both: Slack takes a single one in a message.
    return TableBlock(
        rows=[[RawTextObject(text=cell) for cell in row] for row in (_HEAD, *RULES, *RECEIVING)],
        column_settings=[TableBlockColumnSettings(is_wrapped=True) for _ in _HEAD],
    )
