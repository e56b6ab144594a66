"""Who acts in the tests."""

from storage.model import Agent, UserId, WorkspaceId

ANNA = Agent(WorkspaceId("T0EXAMPLE"), "Example Support", UserId("U0ANNA"), "anna")
BEN = Agent(WorkspaceId("T0EXAMPLE"), "Example Support", UserId("U0BEN"), "ben")
STRANGER = Agent(WorkspaceId("T0ELSEWHERE"), "Elsewhere", UserId("U0ANNA"), "anna")
