"""What every slice stands on: envelopes, mailboxes, the cell, declarations, texts, settings and ports.

From an event to an actor: ``ingress`` reads it, ``ack_policy`` says how it is acknowledged, ``intake`` does
that (``ack``, ``courtesy``) and offers the ``envelope`` with its ``facts``, its ``work`` and its ``claim``;
``population`` finds or starts the ``cell`` at an ``address``, whose ``mailbox`` takes it.

Being an actor: ``cell`` says what one is, ``reactive`` is the least of it; ``ports`` are all that it reaches,
``snapshot`` and ``keepsake`` what it keeps, ``music`` how it asks the player.

Declaring: ``declare``, found again in the ``registry``; ``prefix`` with ``words``, and ``slash``, read a call
into ``arguments`` (``lookup``, ``switch``, ``when``, ``when_*``, ``zones``); ``access`` says who may;
``schema`` and ``register`` tell Discord. ``setting`` with ``setting_kinds`` and ``shared_settings``.

Answering: ``texts``; ``reply``, in its forms in ``answers`` and ``channel_reply``, sent on a ``lane``;
``live_message``; ``custom_id``; lists with ``listing``, ``pages``, ``viewing``, ``arrows`` and ``strangers``;
``reactions``, written by ``reaction_writer`` (``reaction_line``, ``reaction_record``); ``presence``;
``health``.

May import: ``gateway_client`` values, and of ``actors.rest`` and ``actors.store`` the values that
``tests/architecture_rules.py`` lists as answers.
"""
