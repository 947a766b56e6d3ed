import copy
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.config import DEFAULT_API_BASE, TABLES, Bot, Config, Duration, Limits
from cli.raw_values import parse_duration, shown
from cli.read_config import ConfigError, GuildRules, Loaded, load_config
from cli.secret import Secret

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
Load = Callable[..., Loaded]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_here(
        environ: Mapping[str, str] | None = None,
        *,
        toml: str | None = None,
        dot_env: str | None = None,
        rules: GuildRules | None = None,
    ) -> Loaded:
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        if toml is not None:
            (data / "roadie.toml").write_text(toml, encoding="utf-8")
        if dot_env is not None:
            (tmp_path / ".env").write_text(dot_env, encoding="utf-8")
        return load_config(environ or {}, beside=tmp_path, default_data=data, guild_rules=rules)

    return load_here


def refused(load: Load, *arguments: Mapping[str, str], **more: object) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        load(*arguments, **more)
    return raised.value.sentences


def test_nothing_given_means_the_defaults_and_no_token(load: Load, tmp_path: Path) -> None:
    loaded = load()
    assert loaded.config == Config(token=None, data=tmp_path / "data")
    assert loaded.config.api_base == DEFAULT_API_BASE
    assert loaded.warnings == ()


def test_file_fills_every_table(load: Load, tmp_path: Path) -> None:
    config = load(
        toml="""
        [bot]
        shards = 4
        status = "hello"
        [media]
        allow_hosts = ["127.0.0.1:9000", "10.0.0.0/8"]
        [limits]
        max_duration = "1h 30m"
        [logs]
        level = "debug"
        [guild]
        prefix = "?"
        volume = 80
        announcements = true
        """
    ).config
    assert config.file == tmp_path / "data" / "roadie.toml"
    assert config.bot == Bot(shards=4, status="hello")
    assert config.media.allow_hosts == ("127.0.0.1:9000", "10.0.0.0/8")
    assert config.limits == Limits(max_duration=Duration(5400))
    assert config.logs.level == "debug"
    assert config.guild == {"prefix": "?", "volume": "80", "announcements": "on"}


def test_environment_wins_over_dot_env_which_wins_over_the_file(load: Load) -> None:
    toml = "[bot]\nshards = 1\n[media]\nmax_download_mb = 1\n[logs]\ndays = 1\n"
    dot_env = "ROADIE_MEDIA_MAX_DOWNLOAD_MB=2\nROADIE_LOGS_DAYS=2\n"
    config = load({"ROADIE_LOGS_DAYS": "3"}, toml=toml, dot_env=dot_env).config
    assert (config.bot.shards, config.media.max_download_mb, config.logs.days) == (1, 2, 3)


def test_every_setting_has_an_environment_name(load: Load) -> None:
    texts = {
        "renew_extractor": "false",
        "shards": "7",
        "status": "x",
        "allow_hosts": "a, b,",
        "max_duration": "2h",
        "level": "error",
    }
    for table, kind in TABLES.items():
        for declared in attrs.fields(kind):
            text = texts.get(declared.name, "7")
            loaded = load({f"ROADIE_{table}_{declared.name}".upper(): text})
            assert loaded.warnings == ()
            assert getattr(getattr(loaded.config, table), declared.name) != declared.default


def test_lists_are_comma_separated_in_the_environment(load: Load) -> None:
    assert load({"ROADIE_MEDIA_ALLOW_HOSTS": "a:1, ::1 ,"}).config.media.allow_hosts == ("a:1", "::1")
    assert load({"ROADIE_MEDIA_ALLOW_HOSTS": ""}).config.media.allow_hosts == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ROADIE_BOT_SHARDS", "0"),
        ("ROADIE_BOT_SHARDS", "many"),
        ("ROADIE_BOT_STATUS", "x" * 129),
        ("ROADIE_MEDIA_MAX_DOWNLOAD_MB", "1.5"),
        ("ROADIE_MEDIA_MAX_DOWNLOAD_MB", "-1"),
        ("ROADIE_LIMITS_MAX_DURATION", "soon"),
        ("ROADIE_LIMITS_MAX_DURATION", ""),
        ("ROADIE_LOGS_LEVEL", "loud"),
        ("ROADIE_LOGS_DAYS", ""),
    ],
)
def test_bad_value_is_one_sentence_with_its_place(load: Load, name: str, text: str) -> None:
    [sentence] = refused(load, {name: text})
    assert sentence.startswith(f"The environment variable {name} must be ")
    assert len(sentence) < 250


def test_all_bad_places_are_named_at_once(load: Load, tmp_path: Path) -> None:
    sentences = refused(load, {"ROADIE_LOGS_DAYS": "x"}, toml="media = 1\n[bot]\nshards = []\n")
    file = tmp_path / "data" / "roadie.toml"
    assert sentences == (
        f"media in {file} must be a table, written [media].",
        f'bot.shards in {file} must be "auto" or a whole number from 1 on, not [].',
        'The environment variable ROADIE_LOGS_DAYS must be a whole number of days from 1 on, not "x".',
    )


def test_unknown_names_are_warnings_with_a_guess(load: Load) -> None:
    loaded = load({"ROADIE_BOT_SHARD": "2", "ROADIE_X": "1"}, toml="[limit]\n[logs]\ndayz = 1\n")
    assert [warning.rpartition(" ")[2] for warning in loaded.warnings] == [
        "limits?",
        "ignored.",
        "shards?",
        "days?",
    ]


def test_broken_toml_names_file_and_line(load: Load) -> None:
    [sentence] = refused(load, toml="[bot]\nshards = \n")
    assert "roadie.toml is not valid TOML" in sentence
    assert "line 2" in sentence


def test_named_file_must_exist_and_the_default_one_need_not(load: Load, tmp_path: Path) -> None:
    missing = tmp_path / "other.toml"
    [sentence] = refused(load, {"ROADIE_CONFIG": str(missing)})
    assert sentence == f"The configuration file {missing} cannot be read: No such file or directory."
    missing.write_bytes(b"[bot]\nshards = 2\n")
    assert load({"ROADIE_CONFIG": str(missing)}).config.bot.shards == 2
    missing.write_bytes(b"\xff")
    [sentence] = refused(load, {"ROADIE_CONFIG": str(missing)})
    assert sentence.endswith("it is not UTF-8 text.")


def test_data_folder_comes_from_the_environment(load: Load, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "roadie.toml").write_text("[bot]\nshards = 3\n")
    config = load({"ROADIE_DATA": str(other)}, toml="[bot]\nshards = 1\n").config
    assert (config.data, config.bot.shards) == (other, 3)


def test_bad_line_of_dot_env_is_named_without_its_text(load: Load) -> None:
    loaded = load(dot_env=f"DISCORD_TOKEN {TOKEN}\n")
    assert loaded.config.token is None
    [warning] = loaded.warnings
    assert warning.startswith("Line 1 of ")
    assert TOKEN not in warning


@pytest.mark.parametrize("given", [TOKEN, f"  {TOKEN}\n", f"Bot {TOKEN}"])
def test_token_is_wrapped_at_once(load: Load, given: str) -> None:
    config = load({"DISCORD_TOKEN": given}).config
    assert config.token is not None
    assert config.token() == TOKEN
    assert TOKEN not in repr(config)


@pytest.mark.parametrize("given", ["two words", "smile☺", "a\x00b"])
def test_what_cannot_be_a_token_is_refused_without_repeating_it(load: Load, given: str) -> None:
    [sentence] = refused(load, {"DISCORD_TOKEN": given})
    assert "DISCORD_TOKEN" in sentence
    assert given not in sentence


@pytest.mark.parametrize(
    "given", ["ftp://x", "discord.com", "http://", "http://x:99999", "https://x/?a=b", "http://a@b"]
)
def test_api_base_that_is_no_address_is_refused(load: Load, given: str) -> None:
    [sentence] = refused(load, {"DISCORD_API_BASE": given})
    assert sentence.startswith("DISCORD_API_BASE must be")


@pytest.mark.parametrize(
    ("base", "local"),
    [
        ("http://127.0.0.1:8000/api/v10/", True),
        ("http://localhost:1/api", True),
        ("http://[::1]:1/api", True),
        ("https://127.0.0.1/api", False),
        ("http://10.0.0.1/api", False),
        ("http://127.0.0.1.example.com/api", False),
        ("https://discord.com/api/v10", False),
    ],
)
def test_only_plain_http_on_loopback_is_local(load: Load, base: str, local: bool) -> None:
    config = load({"DISCORD_API_BASE": base}).config
    assert config.api_is_local is local
    assert config.api_base == base.rstrip("/")


def test_defaults_of_servers_are_checked_by_the_rules_given(load: Load) -> None:
    def volume(words: str) -> str | None:
        return None if words.isdecimal() else "a volume is a number"

    rules: GuildRules = {"volume": volume}
    loaded = load({"ROADIE_GUILD_VOLUME": "70"}, toml="[guild]\nvolum = 1\n", rules=rules)
    assert loaded.config.guild == {"volume": "70"}
    assert loaded.warnings[0].endswith("did you mean volume?")
    [sentence] = refused(load, {"ROADIE_GUILD_VOLUME": "loud"}, rules=rules)
    assert sentence == "The environment variable ROADIE_GUILD_VOLUME does not fit: a volume is a number"


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("1h", 3600),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("90", 90),
        (90, 90),
        ("0", 0),
        ("2d", 172800),
        (" 45S ", 45),
    ],
)
def test_duration(raw: object, seconds: float) -> None:
    assert parse_duration(raw) == seconds


@settings(max_examples=100)
@given(st.one_of(st.text(), st.booleans(), st.none(), st.lists(st.integers(), max_size=2)))
def test_anything_else_is_no_duration(raw: object) -> None:
    try:
        assert parse_duration(raw) >= 0
    except ValueError:
        return
    assert str(raw).strip()[-1].lower() in "0123456789smhd" or str(raw).strip()[-1].isdecimal()


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(["SHARDS", "STATUS", "X"]).map("ROADIE_BOT_{}".format),
        st.text(max_size=30),
        max_size=3,
    )
)
def test_any_environment_is_read_or_refused_in_sentences(environ: dict[str, str]) -> None:
    nowhere = Path("/nonexistent/roadie")
    try:
        load_config(environ, beside=nowhere, default_data=nowhere)
        sentences: tuple[str, ...] = ()
    except ConfigError as error:
        sentences = error.sentences
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)


def test_long_value_is_cut_in_a_sentence() -> None:
    assert len(shown("x" * 1000)) < 70


def test_secret_shows_dots_and_gives_its_text_only_when_called() -> None:
    secret = Secret("hush")
    assert secret() == "hush"
    assert {repr(secret), str(secret), f"{secret}", f"{secret:>9}"} == {"•••"}
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.copy(secret)


def test_a_services_secret_is_read_and_never_shown(load: Load) -> None:
    config = load({"ROADIE_SPOTIFY_CLIENT_ID": "me", "ROADIE_SPOTIFY_CLIENT_SECRET": "hush"}).config
    assert (config.spotify.client_id, config.spotify.client_secret) == ("me", "hush")
    assert "hush" not in repr(config)
