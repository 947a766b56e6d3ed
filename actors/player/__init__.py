"""The player of a guild: what plays, what comes next, who hears it.

The machine, pure: ``state`` is its door, ``switchboard`` says who takes what; ``player``, ``requests``,
``deck`` (with ``standby`` and ``deck_told``), ``playback``, ``lineup``, ``link`` (with ``link_news``) and
``ballot`` are what it knows; ``plays`` and ``taking`` queue what people want, ``orders`` and the modules
that it names (``*_orders``, ``skipping``) decide everything else they ask, ``wrong_song`` mends a match,
``news`` decides what became true, ``autoplay`` what comes when nothing does; ``checks`` say no, ``echo``
waits for the sound, ``effects`` are what it wants done, ``saved`` what outlives a restart and ``keeping``
both ways there.

What people read, pure: ``sentences``, ``view``, ``buttons``; the panel: ``panel``, ``panel_course`` (when),
``panel_view`` (what), ``panel_buttons``.

The shell: ``actor`` takes and asks the cache (``rooms``) and the settings (``defaults``), ``handed`` is what
other actors bring; ``performer`` commits between ``deeds`` (with ``voice_status``) and ``telling`` (with
``pages`` and ``panel_sheets``), ``desk`` keeps replies, ``untold`` what they must not leave unsaid,
``searches`` and ``lookups`` are child tasks, ``outside`` the own ports, ``choices`` and ``heard`` what the
program remembers for it, ``kept`` turns tracks into bytes.

Declarations: ``asks``, ``messages``, ``results``, ``commands``, ``sound_commands``, ``volume``, ``tuning``,
``normalize``, ``crossfade``, ``limits``, ``declaration``.

May import: ``gateway_client`` values, ``actors.core``, of ``actors.rest`` and ``actors.store`` the values,
and of ``media`` and ``voice`` those that ``tests/architecture_rules.py`` names.
"""
