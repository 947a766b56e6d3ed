"""What every slice stands on: envelopes, mailboxes, the cell, declarations, texts, settings and ports.

May import: ``gateway_client`` values and the value modules ``actors.rest.payloads`` and
``actors.rest.errors``.
"""
