"""Tests of the page in a real Chromium. Not part of the suite: `tests/browser/run` starts them."""
