"""How Roadie is started: set-up, configuration, log, and the entry points of the program and its children.

Before any package is there, with the standard library only: ``old_python``, ``bootstrap``, ``environment``,
``install``; ``one_file`` and ``one_file_start`` for the one file; ``gates`` behind ``./test``.

The bot: ``main`` reads the command line, ``start`` the configuration (``config``, ``read_config``,
``raw_values``, ``dot_env``, ``secret``) and opens the log (``logs``, ``log_lines``); ``run`` is the process
(``early_exit``, the sandbox in ``sandbox_child``), ``rooms`` and ``assemble`` put the bot together from the
``slices``. ``children`` says how its child processes start, ``child_log`` takes their lines, ``media_index``
keeps what media learned, ``health`` (``health_*``) measures.

Commands of the shell: ``doctor`` (``doctor_*``, ``finding``), ``import_*``, ``invitation``, ``version``.

May import everything; nothing imports it.
"""
