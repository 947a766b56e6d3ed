"""The settings as a table for the documentation: made from the declarations, so that it cannot be wrong."""

from collections.abc import Iterable

from actors.core.setting import Setting, SettingKind
from actors.core.texts import Say

_TAKES = {
    SettingKind.FLAG: "on, off",
    SettingKind.ROLE: "a role, none",
    SettingKind.CHANNEL: "a channel, none",
}


def settings_table(settings: Iterable[Setting], say: Say) -> str:
    """A table in Markdown, by name: what each takes, its default and its name in the environment."""
    rows = [
        "| setting | takes | default | in the environment | what it does |",
        "| --- | --- | --- | --- | --- |",
    ]
    for setting in sorted(settings, key=lambda one: one.name):
        takes = _TAKES.get(setting.kind) or ", ".join(setting.choices)
        if setting.kind in {SettingKind.WORDS, SettingKind.NUMBER} and takes:
            takes = f"for example {takes}"
        cells = (
            f"`{setting.name}`",
            takes,
            f"`{setting.default}`",
            f"`{setting.environment}`",
            say(setting.text_key),
        )
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)
