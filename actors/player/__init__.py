"""The player of a guild: what plays, what comes next, who hears it.

``messages`` what its mailbox takes · ``state`` the machine (with ``link``, ``deck``, ``player``, ``orders``,
``plays``, ``news``: the parts of it) · ``effects`` what it wants done · ``saved`` what outlives a restart ·
``sentences`` and ``view`` what people read · ``actor`` the shell · ``commands``, ``volume``, ``declaration``
what the supervisor knows of it · ``outside`` its own ports.

May import: ``gateway_client`` values, ``actors.core``, ``actors.rest.{payloads,errors}``, ``media`` and the
values and the client's Protocol of ``voice``.
"""
