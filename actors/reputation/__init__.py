"""Reputation: people give each other a point for or against, with a reason."""
