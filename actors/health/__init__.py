"""How the bot is doing: ``status`` for everybody, ``diagnose`` for whoever runs it."""
