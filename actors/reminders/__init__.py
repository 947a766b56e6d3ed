"""Reminders: what somebody wants to hear of at a moment, for themselves or for others."""
