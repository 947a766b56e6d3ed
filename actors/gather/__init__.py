"""Gathering people into a voice channel: a countdown, a check-in, and who was how punctual."""
