"""What Slack does with an app's answers: to a submission, to a command, through a response_url."""

from typing import Any

from bot.sandbox.chat import drafted, threaded
from bot.sandbox.line import Reply
from bot.sandbox.modals import refused
from bot.sandbox.model import APP_USER, Conversation, Refusal, View
from bot.sandbox.schema import Json
from bot.sandbox.workspace import Draft, Workspace

TROUBLE = "We had some trouble connecting. Try again?"


def settle(workspace: Workspace, view: View, reply: Reply) -> bool:
    """Do with a modal what the answer to its submission says; whether Slack understood it.

    If not, the modal stays, with what was typed and a notice.
    """
    if view.id not in workspace.views:
        return True  # closed meanwhile; the answer has nothing to change
    view.errors, view.notice = {}, ""
    understood = not reply.code and _acted(workspace, view, reply)
    if not understood:
        view.notice = TROUBLE
    workspace.changed()
    return understood


def _acted(workspace: Workspace, view: View, reply: Reply) -> bool:
    if not reply.text:
        workspace.close(view)
        return True
    answer = reply.json if isinstance(reply.json, dict) else {}
    match answer.get("response_action"):
        case "errors":
            return _marked(view, answer.get("errors"))
        case "update":
            return _updated(workspace, view, answer.get("view"))
        case "push":
            return _pushed(workspace, view, answer.get("view"))
        case "clear":
            workspace.clear(view)
            return True
        case _:
            return False


def _marked(view: View, errors: Any) -> bool:
    fields = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= fields:
        return False
    if not all(isinstance(text, str) and text for text in errors.values()):
        return False
    view.errors = dict(errors)
    return True


def _updated(workspace: Workspace, view: View, content: Any) -> bool:
    if refused(workspace, content, "modal", view):
        return False
    workspace.replace(view, content)
    return True


def _pushed(workspace: Workspace, view: View, content: Any) -> bool:
    if refused(workspace, content, "modal"):
        return False
    return not isinstance(workspace.push(view, content), Refusal)


def commanded(
    workspace: Workspace, place: Conversation, user: str, typed: str, reply: Reply
) -> str:
    """Do what the answer to a command says; Slackbot's sentence if it cannot be done, or empty."""
    command = typed.split(maxsplit=1)[0]
    code = reply.code
    if not code and reply.text:
        body = reply.json if reply.text.startswith("{") else {"text": reply.text}
        code = _published(workspace, place, user, typed, body)
    if not code:
        return ""
    sentence = f'{command} failed with the error "{code}"'
    workspace.whisper(place, user, sentence, None)
    return sentence


def _published(workspace: Workspace, place: Conversation, user: str, typed: str, body: Any) -> str:
    if not isinstance(body, dict):
        return "invalid_command_response"
    if body.get("response_type") == "in_channel" and not isinstance(drafted(body), Refusal):
        # Slack shows everybody what was typed, as well as the answer.
        workspace.post(place, user, Draft(typed))
    why = deliver(workspace, place, user, body)
    return why.code if why else ""


def deliver(
    workspace: Workspace, place: Conversation, user: str, body: Json, source: str | None = None
) -> Refusal | None:
    """Post, replace or delete as a response says. ``source`` is the message it responds to."""
    original = place.find(source)
    if body.get("delete_original"):
        if original is None:
            return Refusal("message_not_found")
        workspace.delete(place, original)
        return None
    draft = drafted(body)
    if isinstance(draft, Refusal):
        return draft
    if body.get("replace_original") and original:
        workspace.rewrite(original, draft)
        return None
    thread = threaded(place, body.get("thread_ts"))
    if isinstance(thread, Refusal):
        return thread
    only_for = None if body.get("response_type") == "in_channel" else user
    workspace.post(place, APP_USER, draft, thread_ts=thread, only_for=only_for)
    return None
