"""What the buttons do.

Start now, Cancel and the pings are the starter's; everything else is for everybody. A button that was pressed
just before the message changed means what it said: joining is being expected, leaving is being forgotten.
Refusals are private, and rare for one person however fast they press.
"""

from typing import assert_never

from actors.core.texts import text
from actors.gather.effects import Changed, Disconnect, Effect, Say
from actors.gather.gather import Gather, Phase
from actors.gather.inputs import Pressed
from actors.gather.lists import expect_one
from actors.gather.messages import Verb
from actors.gather.roster import Status

_BY_STARTER = frozenset({Verb.START_NOW, Verb.CANCEL, Verb.MUTE, Verb.UNMUTE})


def press(gather: Gather, pressed: Pressed, now: float) -> list[Effect]:
    """Somebody pressed a button of a running gather."""
    if pressed.verb in _BY_STARTER:
        return _by_starter(gather, pressed, now)
    match pressed.verb:
        case Verb.JOIN:
            expect_one(gather, pressed.who, now)
            return gather.changed(now)
        case Verb.LEAVE:
            return _leave(gather, pressed, now)
        case Verb.HERE:
            return _here(gather, pressed, now)
        case Verb.OUT:
            return _out(gather, pressed, now)
        case _:
            raise ValueError(f"{pressed.verb} is the starter's")


def _by_starter(gather: Gather, pressed: Pressed, now: float) -> list[Effect]:
    if pressed.who.id != gather.starter.id and not (gather.starter_left and pressed.manages):
        return gather.refuse(pressed.who, text("gather.only_starter", starter=gather.starter.id), now)
    match pressed.verb:
        case Verb.START_NOW:
            return gather.begin(now) if gather.in_countdown else []
        case Verb.CANCEL:
            return gather.finish(Phase.CANCELLED, now)
        case Verb.MUTE | Verb.UNMUTE:
            gather.muted = pressed.verb is Verb.MUTE
            return [Changed()]
        case Verb.JOIN | Verb.LEAVE | Verb.HERE | Verb.OUT:
            return []
        case _:
            assert_never(pressed.verb)


def _leave(gather: Gather, pressed: Pressed, now: float) -> list[Effect]:
    if gather.in_countdown:
        return [Changed()] if gather.guests.dismiss(pressed.who.id) else []
    if gather.roster.status(pressed.who.id) is Status.HERE:
        return gather.refuse(pressed.who, text("gather.here_already"), now)
    return gather.changed(now) if gather.roster.forget(pressed.who.id) else []


def _here(gather: Gather, pressed: Pressed, now: float) -> list[Effect]:
    """Only somebody in the channel is here; whoever finds it full waits with the stamp of now."""
    who, roster = pressed.who, gather.roster
    if gather.in_countdown:
        return gather.refuse(who, text("gather.not_yet"), now)
    if roster.status(who.id) is Status.HERE:
        return gather.refuse(who, text("gather.here_already"), now)
    if pressed.sits_here:
        roster.arrive(who, now - gather.began)
        return gather.changed(now)
    if gather.guests.is_full:
        place = roster.queue(who, now - gather.began)
        return [Say(text("gather.waiting", place=place or 0)), *gather.changed(now)]
    if roster.status(who.id) is Status.OUT:
        roster.expect(who)
        sentence = gather.refuse(who, text("gather.back_in", channel=gather.voice_id), now)
        return [*sentence, *gather.changed(now)]
    how = "gather.come_first" if who.id in roster else "gather.come_and_press"
    return gather.refuse(who, text(how, channel=gather.voice_id), now)


def _out(gather: Gather, pressed: Pressed, now: float) -> list[Effect]:
    """Somebody will not come; who sits there is taken out of the channel. Coming back undoes it."""
    who = pressed.who
    if gather.in_countdown:
        return gather.refuse(who, text("gather.not_yet"), now)
    status = gather.roster.status(who.id)
    if status is Status.HERE:
        return gather.refuse(who, text("gather.cannot_opt_out"), now)
    if status is Status.OUT:
        return gather.refuse(who, text("gather.out_already"), now)
    gather.roster.opt_out(who)
    leave: list[Effect] = [Disconnect(who.id)] if pressed.sits_here else []
    return [*leave, *gather.changed(now)]
