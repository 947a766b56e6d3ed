"""How Roadie is started: set-up, configuration, log, and the entry points of the program and its children.

May import everything; nothing imports it. ``old_python``, ``bootstrap``, ``environment`` and ``install`` run
before any package is there and use the standard library only.
"""
