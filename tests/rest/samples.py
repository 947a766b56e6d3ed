"""Payloads for tests: one representative of each, and strategies that draw valid ones."""

import datetime as dt

from hypothesis import strategies as st

from actors.rest.payloads import (
    ActionRow,
    AllowedMentions,
    AutocompleteResult,
    Button,
    ButtonStyle,
    Callback,
    Choice,
    Command,
    CommandOption,
    CommandType,
    Context,
    DeferredReply,
    DeferredUpdate,
    Embed,
    EmbedAuthor,
    EmbedField,
    EmbedFooter,
    File,
    IntegrationType,
    Message,
    Modal,
    OptionType,
    Reply,
    SelectKind,
    SelectMenu,
    SelectOption,
    TextInput,
    TextInputStyle,
    UpdateMessage,
)
from gateway_client.ids import MessageId, RoleId, UserId

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)

EMBED = Embed(
    title="Now playing",
    description="a song",
    url="https://example.org/a",
    color=0x1DB954,
    fields=(EmbedField(name="Length", value="3:21", inline=True),),
    footer=EmbedFooter(text="page 1", icon_url="https://example.org/i.png"),
    author=EmbedAuthor(name="somebody", url="https://example.org", icon_url="https://example.org/i.png"),
    thumbnail_url="https://example.org/t.png",
    image_url="attachment://cover.png",
    timestamp=NOON,
)
BUTTONS = ActionRow(
    (
        Button(custom_id="pager:1:7:prev", emoji="⏮"),
        Button(custom_id="pager:1:7:page", label="1/3", disabled=True, style=ButtonStyle.PRIMARY),
        Button(url="https://example.org", label="Open", emoji="<a:dance:123456789012345678>"),
    )
)
MENU = ActionRow(
    (
        SelectMenu(
            custom_id="filter:1:7:pick",
            options=(SelectOption(label="Nightcore", value="nightcore", description="faster", emoji="🌙"),),
            placeholder="a filter",
        ),
    )
)
PEOPLE = ActionRow((SelectMenu(custom_id="gather:1:7:expect", kind=SelectKind.USER, max_values=5),))
MESSAGE = Message(
    content="hello",
    embeds=(EMBED,),
    components=(BUTTONS, MENU, PEOPLE),
    mentions=AllowedMentions(users=(UserId(5),), roles=(RoleId(6),), replied_user=True),
    silent=True,
    suppress_embeds=True,
    reply_to=MessageId(77),
)
WITH_FILE = Message(content="look", files=(File(name="cover.png", content=b"\x89PNG"),), ephemeral=True)
MODAL = Modal(
    custom_id="rename:1:7:submit",
    title="Rename",
    rows=(
        TextInput(
            custom_id="name", label="New name", max_length=32, required=False, placeholder="empty: reset"
        ),
        TextInput(custom_id="why", label="Why", style=TextInputStyle.PARAGRAPH, value="because"),
    ),
)
COMMANDS = (
    Command(
        name="play",
        description="Play something",
        options=(
            CommandOption(name="query", description="URL or words", autocomplete=True, max_length=500),
            CommandOption(name="file", description="a file", type=OptionType.ATTACHMENT),
        ),
    ),
    Command(
        name="loop",
        description="Repeat",
        options=(
            CommandOption(
                name="mode",
                description="what",
                required=True,
                choices=(Choice("off", "off"), Choice("the queue", "queue")),
            ),
            CommandOption(
                name="times", description="how often", type=OptionType.INTEGER, min_value=1, max_value=5
            ),
        ),
    ),
    Command(
        name="gather",
        description="Gather people",
        default_member_permissions=1 << 24,
        options=(
            CommandOption(
                name="expect",
                description="wait for people",
                type=OptionType.SUB_COMMAND,
                options=(
                    CommandOption(name="user", description="who", type=OptionType.USER, required=True),
                    CommandOption(
                        name="in", description="where", type=OptionType.CHANNEL, channel_types=(2, 13)
                    ),
                ),
            ),
            CommandOption(name="stats", description="numbers", type=OptionType.SUB_COMMAND),
        ),
    ),
    Command(
        name="WakeUp!",
        type=CommandType.USER,
        contexts=(Context.GUILD, Context.BOT_DM),
        integration_types=(IntegrationType.GUILD_INSTALL, IntegrationType.USER_INSTALL),
    ),
)
CALLBACKS: tuple[Callback, ...] = (
    DeferredReply(),
    DeferredReply(ephemeral=True),
    DeferredUpdate(),
    UpdateMessage(MESSAGE),
    Reply(Message(content="no", ephemeral=True)),
    AutocompleteResult(),
    AutocompleteResult((Choice("a", "b"), Choice("c", "d"))),
    AutocompleteResult((Choice("one", 1),)),
    AutocompleteResult((Choice("half", 0.5),)),
    MODAL,
)


def text(most: int, least: int = 0) -> st.SearchStrategy[str]:
    """Any text of that many characters, often exactly the most."""
    short = st.text(min_size=least, max_size=min(most, 12))
    return st.one_of(short, st.integers(least, most).map(lambda size: "x" * size), st.just("ü" * most))


def embeds() -> st.SearchStrategy[Embed]:
    field = st.builds(EmbedField, name=text(256, 1), value=text(300, 1), inline=st.booleans())
    return st.builds(
        Embed,
        title=st.none() | text(256),
        description=st.none() | text(1000),
        color=st.none() | st.integers(0, 0xFFFFFF),
        fields=st.lists(field, max_size=2).map(tuple),
        footer=st.none() | st.builds(EmbedFooter, text=text(300, 1)),
        author=st.none() | st.builds(EmbedAuthor, name=text(256, 1)),
        timestamp=st.none() | st.just(NOON),
    )


def messages() -> st.SearchStrategy[Message]:
    """Valid messages without components and files, never empty."""
    return st.builds(
        Message,
        content=text(1990).map(lambda content: "a" + content),
        embeds=st.lists(embeds(), max_size=2).map(tuple),
        components=st.sampled_from([(), (BUTTONS,), (BUTTONS, MENU, PEOPLE)]),
        mentions=st.builds(
            AllowedMentions,
            users=st.sets(st.integers(1, 1 << 63), max_size=3).map(tuple),
            everyone=st.booleans(),
            replied_user=st.booleans(),
        ),
        ephemeral=st.booleans(),
        suppress_embeds=st.booleans(),
        silent=st.booleans(),
        reply_to=st.none() | st.integers(1, 1 << 63).map(MessageId),
    )
