"""The page in the browser: a channel that looks and feels like Discord's, and lets a person hear the bot.

Server side: `guard` (who may talk to us), `static` (the files in `web/`), `requests` (what the browser asks
for), `deeds` (doing it as a person), `views` (the world as the browser sees it), `feed` (what changed),
`session` (one WebSocket), `sound` (Opus to the browser), `uploads`. The browser's side is in `web/`: HTML,
CSS and ES modules without a build step. May import `sandbox`, nothing else of ours.
"""

from sandbox.page.routes import routes as routes
