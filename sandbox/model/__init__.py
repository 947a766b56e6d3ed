"""The model of the local Discord: entities, what can happen to them, and the events that tell of it.

Synchronous, no trio, no I/O; time comes from a ``Clock``. ``sandbox.world`` is the door.
"""
