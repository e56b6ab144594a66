"""Modals and messages as pure functions: ``build`` beside ``parse``, validated as they are built."""
