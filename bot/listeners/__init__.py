"""What happens on a command, a submitted modal or a pressed button: parse, one vault call, answer."""
