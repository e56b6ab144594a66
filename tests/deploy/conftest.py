"""Certificates as the tests of the proxies have them, and a Slack of a test's own."""

from tests.flows.conftest import own_slack
from tests.proxies.conftest import certificate

__all__ = ["certificate", "own_slack"]
