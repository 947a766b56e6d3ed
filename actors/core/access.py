"""Who may run a command or press a component: one function for all of them.

A declaration names a rule; the rule is judged by the facts at arrival and nothing else, so a person who
changes channel or loses a role right after asking is judged by what was true when they asked. Rules about an
actor's own state (who opened this pager, who started this gather) are the actor's, on top of these.
"""

from enum import Enum

from actors.core.envelope import Facts
from actors.core.texts import Text, text
from gateway_client.ids import RoleId, UserId
from gateway_client.objects import Permissions


class Rule(Enum):
    """What a command or component asks of the caller."""

    EVERYONE = "everyone"
    DJ = "dj"
    MANAGER = "manager"
    BOT_OWNER = "bot owner"


def refusal(
    rule: Rule, facts: Facts, *, dj_role: RoleId | None, bot_owners: frozenset[UserId]
) -> Text | None:
    """Why this caller may not, or ``None`` if they may.

    Args:
        rule: what is asked.
        facts: what was true at arrival.
        dj_role: the guild's DJ role; without one everybody is a DJ, as a small server expects.
        bot_owners: the people who run this bot.
    """
    match rule:
        case Rule.EVERYONE:
            return None
        case Rule.DJ:
            allowed = dj_role is None or dj_role in facts.role_ids or _manages(facts)
            return None if allowed else text("core.need_dj", role=dj_role or 0)
        case Rule.MANAGER:
            return None if _manages(facts) else text("core.need_manager")
        case Rule.BOT_OWNER:
            return None if facts.user_id in bot_owners else text("core.need_owner")


def _manages(facts: Facts) -> bool:
    return facts.is_guild_owner or bool(
        facts.permissions & (Permissions.MANAGE_GUILD | Permissions.ADMINISTRATOR)
    )
