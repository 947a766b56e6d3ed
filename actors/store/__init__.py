"""The one owner of SQLite.

``store`` is the way in (`open_store`), ``port`` what others see of it, ``rows`` and ``errors`` the values
that cross the room's border. Inside: ``lock`` (one program per data folder), ``migrate`` (numbered SQL
files, a copy before), ``database`` (the connection, only touched by the owner thread), ``owner`` (that
thread and the group commit).

May import: ``gateway_client.ids``. SQL of a slice lives in the slice and is registered at start.
"""
