"""A local Slack, to try and to test the whole thing without an account.

It holds Slack's documented rules and nothing of ours: whatever it takes, Slack is meant to take.
Nothing in the bot knows whether it talks to this or to Slack.
"""
