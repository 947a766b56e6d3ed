"""REST: Discord's HTTP API, version 10, as far as bots of the music and gathering kind need it.

``pipeline`` takes every request through recording, faults, authorization and rate limits to an endpoint;
``*_routes`` are the endpoints, plain synchronous functions of (``Api``, ``Call``); ``errors`` is Discord's
error shape; ``*_form`` check bodies.
"""
