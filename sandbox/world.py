"""The world of the sandbox: everything that a local Discord knows, in one synchronous object.

What lives here: the door to the model. ``directory`` (users, guilds, channels, roles), ``board`` (messages,
reactions), ``voice`` (who sits where), ``commands``, ``interactions``, and the events that tell of every
change::

    unsubscribe = world.subscribe(lambda event: ...)

Rules: no I/O, no trio; every method acts at once and tells at once; ``tick`` does what is due by time, and
``next_deadline`` says when that is. Look-ups raise ``Unknown``. May import the model and ids.
"""

from collections.abc import Callable

from gateway_client.ids import GuildId, UserId
from sandbox.json_values import JsonObject
from sandbox.model import events
from sandbox.model.clock import SYSTEM_CLOCK, Clock, Snowflakes
from sandbox.model.command_book import CommandBook
from sandbox.model.default import DEFAULT_TOKEN, build_application, build_crowd, build_guild
from sandbox.model.directory import Directory
from sandbox.model.interactions import InteractionDesk
from sandbox.model.ledger import Ledger, Subscriber
from sandbox.model.messages import MessageBoard
from sandbox.model.voice_rooms import VoiceRooms


class World:
    """One local Discord with one bot application."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK, token: str = DEFAULT_TOKEN) -> None:
        self.ledger = Ledger(clock=clock, ids=Snowflakes(clock.wall))
        self.application = build_application(token)
        self.directory = Directory(self.ledger, self.application)
        self.board = MessageBoard(self.ledger, self.directory)
        self.voice = VoiceRooms(self.ledger, self.directory)
        self.commands = CommandBook(self.ledger, self.application)
        self.interactions = InteractionDesk(self.ledger, self.directory, self.board)
        self.public_url = ""
        """``http://127.0.0.1:port`` of the sandbox; addresses of attachments begin with it."""
        self.presence: JsonObject = {"status": "offline", "activities": []}
        """Of the bot."""
        self.directory.users[self.application.owner.id] = self.application.owner
        self.directory.users[self.application.bot.id] = self.application.bot
        self.directory.add_guild(build_guild(self.application))

    @property
    def clock(self) -> Clock:
        """Where the world's time comes from."""
        return self.ledger.clock

    @property
    def home(self) -> GuildId:
        """Return the first guild's id: "Roadie's sandbox"."""
        return next(iter(self.directory.guilds))

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Tell ``subscriber`` every change from now on; call the result to end that."""
        return self.ledger.subscribe(subscriber)

    def tick(self) -> None:
        """Do what is due: fail interactions that nobody answered."""
        self.interactions.tick()

    def next_deadline(self) -> float | None:
        """Return when ``tick`` is needed next (the clock's monotonic seconds), if at all."""
        return self.interactions.next_deadline()

    def show_presence(self, presence: JsonObject) -> None:
        """Change what the bot shows beside its name."""
        self.presence = presence
        self.ledger.publish(events.PresenceChanged(user=self.application.bot, presence=presence))

    def people(self) -> list[UserId]:
        """Return everybody who is no bot, in order."""
        return [user.id for user in self.directory.users.values() if not user.bot]

    def leave_guild(self, guild_id: GuildId, user_id: UserId) -> None:
        """Take somebody out of voice and out of the guild."""
        self.voice.leave(guild_id, user_id)
        self.directory.remove_member(self.directory.guild(guild_id), user_id)

    def crowd(self, guild_id: GuildId, members: int) -> None:
        """Fill a guild with people, untold: for a huge GUILD_CREATE."""
        guild = self.directory.guild(guild_id)
        build_crowd(guild, members)
        for member in guild.members.values():
            self.directory.users.setdefault(member.user.id, member.user)
