"""Pickers: a list from which its owner picks one thing."""
