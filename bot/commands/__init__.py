"""What an operator runs by hand, a module for each: ``slash-secret audit`` and the like."""
