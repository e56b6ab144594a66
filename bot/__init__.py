"""The Slack edge: translates Slack's requests into one vault call each, and the outcome back."""
