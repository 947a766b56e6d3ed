"""The limiter: never over a limit, never stuck, in whatever order things travel."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rest import routes
from actors.rest.buckets import HANDICAP_S, MAX_REFUSALS, PATIENCE_S, Limiter
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.limits import Limits, Scope, Verdict
from actors.rest.routes import REACTIONS_AT_ONCE, Priority, Route, Target
from actors.rest.tickets import Refuse, Send, Ticket
from tests.rest.simulated import Rule, SimulatedLimits, World

OK = Verdict(status=200)


def limits(*, bucket: str = "b", limit: int = 5, remaining: int = 4, reset_after_s: float = 1.0) -> Verdict:
    found = Limits(bucket=bucket, limit=limit, remaining=remaining, reset_after_s=reset_after_s)
    return Verdict(status=200, limits=found)


def too_many(scope: Scope, retry_after_s: float) -> Verdict:
    return Verdict(status=429, scope=scope, retry_after_s=retry_after_s)


def make_limiter(guard: InvalidGuard | None = None, global_limit: int = 50) -> Limiter:
    return Limiter(guard=guard or InvalidGuard(), global_limit=global_limit)


def post(channel: int = 1) -> Target:
    return routes.CREATE_MESSAGE.fill(channel_id=channel)


def edit(channel: int = 1) -> Target:
    return routes.EDIT_MESSAGE.fill(channel_id=channel, message_id=9)


def webhook(token: str = "t") -> Target:
    return routes.EDIT_ANSWER.fill(application_id=1, token=token)


def sent(limiter: Limiter, now: float) -> list[Ticket]:
    actions = limiter.due(now)
    assert all(isinstance(action, Send) for action in actions)
    return [action.ticket for action in actions]


def refusals(limiter: Limiter, now: float) -> list[Refuse]:
    return [action for action in limiter.due(now) if isinstance(action, Refuse)]


def learn(limiter: Limiter, target: Target, verdict: Verdict, now: float = 0.0) -> None:
    ticket = limiter.submit(target, now)
    assert sent(limiter, now) == [ticket]
    assert not limiter.answered(ticket, verdict, now)


def test_an_unknown_route_is_probed_once_and_all_its_channels_wait_for_the_answer() -> None:
    limiter = make_limiter()
    tickets = [limiter.submit(post(channel), 0.0) for channel in (1, 1, 2, 3)]
    assert sent(limiter, 0.0) == tickets[:1]
    assert limiter.next_deadline(0.0) is None
    limiter.answered(tickets[0], limits(), 0.1)
    assert sent(limiter, 0.1) == tickets[1:]


def test_two_routes_are_probed_side_by_side() -> None:
    limiter = make_limiter()
    tickets = [limiter.submit(post(), 0.0), limiter.submit(webhook(), 0.0)]
    assert sent(limiter, 0.0) == tickets


def test_a_probe_without_an_answer_lets_the_next_one_probe() -> None:
    limiter = make_limiter()
    first, second = limiter.submit(post(), 0.0), limiter.submit(post(), 0.0)
    assert sent(limiter, 0.0) == [first]
    limiter.lost(first, 2.0)
    deadline = limiter.next_deadline(2.0)
    assert deadline is not None
    assert sent(limiter, deadline) == [second]


def test_a_request_that_never_left_gives_its_places_back_at_once() -> None:
    limiter = make_limiter(global_limit=1)
    first, second = limiter.submit(post(), 0.0), limiter.submit(post(), 0.0)
    assert sent(limiter, 0.0) == [first]
    limiter.unsent(first)
    assert sent(limiter, 0.0) == [second]


def test_a_refused_probe_teaches_nothing_and_the_next_one_probes_at_once() -> None:
    limiter = make_limiter()
    tickets = [limiter.submit(post(), 0.0) for _ in range(3)]
    assert sent(limiter, 0.0) == tickets[:1]
    limiter.answered(tickets[0], Verdict(status=403), 0.1)
    assert sent(limiter, 0.1) == tickets[1:2]


def test_a_route_without_limits_is_held_back_by_the_global_limit_only() -> None:
    limiter = make_limiter(global_limit=3)
    learn(limiter, post(), OK)
    tickets = [limiter.submit(post(), 0.0) for _ in range(4)]
    assert sent(limiter, 0.0) == tickets[:2]
    assert limiter.next_deadline(0.0) == 1.0
    assert sent(limiter, 1.0) == tickets[2:3]


def test_a_used_up_bucket_waits_for_reset_after_from_the_answers_arrival() -> None:
    limiter = make_limiter()
    learn(limiter, post(), limits(limit=2, remaining=1, reset_after_s=4.0), now=10.0)
    tickets = [limiter.submit(post(), 10.0) for _ in range(3)]
    assert sent(limiter, 10.0) == tickets[:1]
    limiter.answered(tickets[0], limits(limit=2, remaining=0, reset_after_s=3.5), 10.5)
    assert sent(limiter, 13.9) == []
    assert limiter.next_deadline(13.9) == 14.0
    assert sent(limiter, 14.0) == tickets[1:]


def test_channels_count_separately_in_a_shared_bucket() -> None:
    limiter = make_limiter()
    learn(limiter, post(1), limits(limit=1, remaining=0, reset_after_s=9.0))
    other = limiter.submit(post(2), 0.0)
    waiting = limiter.submit(post(1), 0.0)
    assert sent(limiter, 0.0) == [other]
    assert sent(limiter, 9.0) == [waiting]


def test_routes_that_share_a_bucket_share_its_places() -> None:
    limiter = make_limiter()
    learn(limiter, post(), limits(limit=2, remaining=1, reset_after_s=5.0))
    learn(limiter, edit(), limits(limit=2, remaining=0, reset_after_s=5.0))
    limiter.submit(post(), 0.0)
    limiter.submit(edit(), 0.0)
    assert sent(limiter, 0.0) == []


def test_what_others_took_from_the_window_is_respected() -> None:
    limiter = make_limiter()
    learn(limiter, post(), limits(limit=5, remaining=1, reset_after_s=5.0))
    tickets = [limiter.submit(post(), 0.0) for _ in range(3)]
    assert sent(limiter, 0.0) == tickets[:1]
    assert sent(limiter, 5.0) == tickets[1:]


def test_a_bucket_whose_remaining_is_wrong_still_gets_no_more_than_its_limit() -> None:
    limiter = make_limiter()
    wrong = limits(limit=2, remaining=2, reset_after_s=5.0)
    learn(limiter, post(), wrong)
    learn(limiter, post(), wrong, now=1.0)
    limiter.submit(post(), 1.0)
    assert sent(limiter, 4.9) == []
    assert len(sent(limiter, 5.0)) == 1


def test_a_bucket_that_changes_under_its_route_is_followed() -> None:
    limiter = make_limiter()
    learn(limiter, post(), limits(bucket="young", limit=5))
    learn(limiter, post(), limits(bucket="old", limit=1, remaining=0, reset_after_s=3.0))
    limiter.submit(post(), 0.0)
    assert sent(limiter, 0.0) == []
    assert len(sent(limiter, 3.0)) == 1


@pytest.mark.parametrize("scope", [Scope.USER, Scope.SHARED])
def test_a_429_of_a_resource_stops_that_lane_alone_and_sends_again(scope: Scope) -> None:
    limiter = make_limiter()
    learn(limiter, post(1), limits())
    ticket = limiter.submit(post(1), 0.0)
    assert sent(limiter, 0.0) == [ticket]
    assert limiter.answered(ticket, too_many(scope, 2.0), 0.1)
    other = limiter.submit(post(2), 0.1)
    assert sent(limiter, 0.1) == [other]
    assert sent(limiter, 2.0) == []
    assert sent(limiter, 2.1) == [ticket]


def test_a_global_429_stops_everything_but_interactions() -> None:
    limiter = make_limiter()
    learn(limiter, post(), OK)
    learn(limiter, edit(), OK)
    learn(limiter, webhook(), OK)
    ticket = limiter.submit(post(), 0.0)
    assert sent(limiter, 0.0) == [ticket]
    limiter.answered(ticket, too_many(Scope.GLOBAL, 3.0), 0.0)
    limiter.submit(edit(), 0.0)
    answer = limiter.submit(webhook(), 0.0)
    assert sent(limiter, 0.0) == [answer]
    assert len(sent(limiter, 3.0)) == 2


def test_a_429_from_the_wall_before_discord_stops_everything() -> None:
    limiter = make_limiter()
    learn(limiter, webhook(), OK)
    ticket = limiter.submit(post(), 0.0)
    assert sent(limiter, 0.0) == [ticket]
    assert limiter.answered(ticket, too_many(Scope.ADDRESS, 20.0), 0.0)
    limiter.submit(webhook(), 0.0)
    assert sent(limiter, 19.9) == []
    assert limiter.next_deadline(19.9) == 20.0
    assert len(sent(limiter, 20.0)) == 2


def test_interactions_pass_the_global_limit() -> None:
    limiter = make_limiter(global_limit=1)
    learn(limiter, webhook(), OK)
    for _ in range(60):
        limiter.submit(webhook(), 0.0)
    assert len(sent(limiter, 0.0)) == 60


def test_a_long_global_closure_is_told_and_interactions_go_on() -> None:
    limiter = make_limiter()
    learn(limiter, webhook(), OK)
    ticket = limiter.submit(post(), 0.0)
    assert sent(limiter, 0.0) == [ticket]
    assert limiter.answered(ticket, too_many(Scope.GLOBAL, PATIENCE_S * 2), 0.0)
    edits, answer = limiter.submit(edit(), 0.0), limiter.submit(webhook(), 0.0)
    told = limiter.due(0.0)
    assert {action.ticket: type(action) for action in told} == {ticket: Refuse, edits: Refuse, answer: Send}


def test_a_long_closure_is_told_instead_of_waited_for() -> None:
    limiter = make_limiter()
    learn(limiter, post(), limits())
    ticket = limiter.submit(post(), 0.0)
    assert sent(limiter, 0.0) == [ticket]
    assert limiter.answered(ticket, too_many(Scope.USER, PATIENCE_S * 10), 0.0)
    late = limiter.submit(post(), 0.0)
    told = refusals(limiter, 0.0)
    assert [refuse.ticket for refuse in told] == [ticket, late]
    assert told[0].retry_after_s == PATIENCE_S * 10
    assert refusals(limiter, 0.0) == []


def test_endless_429s_end() -> None:
    limiter = make_limiter()
    ticket = limiter.submit(post(), 0.0)
    now, tries = 0.0, 0
    while sent(limiter, now):
        tries += 1
        limiter.answered(ticket, too_many(Scope.SHARED, 1.0), now)
        now += 1.0
    assert tries == MAX_REFUSALS + 1


def test_too_many_invalid_answers_stop_everything_until_they_are_old() -> None:
    limiter = make_limiter(InvalidGuard(stop_at=3))
    learn(limiter, webhook(), OK)
    for second in range(3):
        learn(limiter, post(), Verdict(status=403), now=float(second))
    limiter.submit(webhook(), 3.0)
    (told,) = refusals(limiter, 3.0)
    assert "invalid" in told.why
    assert told.retry_after_s == pytest.approx(597.0)
    limiter.submit(webhook(), 600.5)
    assert len(sent(limiter, 600.5)) == 1


def test_shared_429s_are_not_counted_as_invalid() -> None:
    guard = InvalidGuard(stop_at=2)
    guard.record(429, shared=True, now=0.0)
    guard.record(404, shared=False, now=0.0)
    assert guard.count(0.0) == 0
    guard.record(429, shared=False, now=0.0)
    guard.record(401, shared=False, now=1.0)
    assert guard.closed_s(1.0) == 599.0
    assert guard.closed_s(600.0) == 0.0


def test_answers_go_before_edits_before_deletions_before_reactions() -> None:
    limiter = make_limiter(global_limit=1)
    order: list[Route] = [routes.DELETE_MESSAGE, routes.ADD_REACTION, routes.EDIT_MESSAGE, routes.GET_MESSAGE]
    for route in order:
        emoji = {"emoji": "x"} if route is routes.ADD_REACTION else {}
        limiter.submit(route.fill(channel_id=1, message_id=2, **emoji), 0.0)
    seen: list[Priority] = []
    now = 0.0
    while len(seen) < 4:
        for ticket in sent(limiter, now):
            seen.append(ticket.target.route.priority)
            limiter.answered(ticket, OK, now)
        now += 1.0
    assert seen == sorted(Priority)


def test_reactions_leave_places_of_the_global_limit_to_answers() -> None:
    limiter = make_limiter(global_limit=50)
    reaction = routes.ADD_REACTION.fill(channel_id=1, message_id=2, emoji="x")
    for target in (reaction, post()):
        learn(limiter, target, OK)
    for _ in range(100):
        limiter.submit(reaction, 1.5)
    reactions = 0
    while few := sent(limiter, 1.5):
        assert len(few) <= REACTIONS_AT_ONCE
        reactions += sum(not limiter.answered(ticket, OK, 1.5) for ticket in few)
    assert reactions == 40
    assert limiter.next_deadline(1.5) == 2.5
    for _ in range(10):
        limiter.submit(post(), 2.4)
    assert len(sent(limiter, 2.4)) == 10


def test_a_deletion_that_waited_long_goes_before_a_new_answer() -> None:
    limiter = make_limiter(global_limit=1)
    learn(limiter, post(), OK)
    deletion = limiter.submit(routes.DELETE_MESSAGE.fill(channel_id=1, message_id=2), 0.0)
    late = HANDICAP_S * Priority.DELETION + 1.0
    limiter.submit(post(), late)
    assert sent(limiter, late) == [deletion]


def test_a_withdrawn_request_is_not_sent_and_frees_its_place() -> None:
    limiter = make_limiter()
    first, second, third = (limiter.submit(post(), 0.0) for _ in range(3))
    assert sent(limiter, 0.0) == [first]
    limiter.withdraw(second, 0.0)
    limiter.withdraw(first, 0.0)
    assert limiter.diagnosis(0.0).in_flight == 0
    assert sent(limiter, 1.0) == [third]


def test_a_month_of_interactions_leaves_nothing_behind() -> None:
    limiter = make_limiter()
    for number in range(2000):
        learn(limiter, webhook(f"token {number}"), limits(reset_after_s=1.0), now=float(number))
    assert len(limiter.diagnosis(2000.0).lanes) < 200


def test_the_diagnosis_shows_queues_and_no_token() -> None:
    limiter = make_limiter()
    learn(limiter, webhook("secret-token"), limits())
    limiter.submit(edit(), 0.0)
    limiter.submit(edit(), 0.0)
    assert len(sent(limiter, 0.0)) == 1
    diagnosis = limiter.diagnosis(0.0)
    assert diagnosis.waiting[Priority.EDIT] == 1
    assert diagnosis.in_flight == 1
    assert "secret-token" not in repr(diagnosis)


def test_an_answer_nobody_waits_for_is_a_mistake_of_the_caller() -> None:
    limiter = make_limiter()
    ticket = limiter.submit(post(), 0.0)
    with pytest.raises(ValueError, match="not in flight"):
        limiter.answered(ticket, OK, 0.0)


RULES = st.builds(
    Rule,
    bucket=st.sampled_from(["red", "green"]),
    limit=st.integers(1, 6),
    window_s=st.sampled_from([0.25, 1.0, 5.0]),
)


def simulate(seed: int, red: Rule, green: Rule, *, loss: float, burst: int) -> World:
    chance = random.Random(seed)
    named = {rule.bucket: rule for rule in (red, green)}
    rules = {
        routes.CREATE_MESSAGE.name: named[red.bucket],
        routes.EDIT_MESSAGE.name: named[green.bucket],
        routes.EDIT_ANSWER.name: named[red.bucket],
    }
    server = SimulatedLimits(rules=rules, global_limit=12)
    world = World(limiter=make_limiter(global_limit=12), server=server, random=chance, loss=loss)
    for _ in range(burst):
        channel = chance.randint(1, 2)
        kinds = [post(channel), edit(channel), webhook(), routes.GET_OWN_USER.fill()]
        world.submit_at(chance.random() * chance.choice([0.1, 3.0]), chance.choice(kinds))
    world.run(steps=3000)
    return world


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 32), red=RULES, green=RULES)
def test_no_interleaving_overruns_a_limit_and_everything_is_sent(seed: int, red: Rule, green: Rule) -> None:
    world = simulate(seed, red, green, loss=0.0, burst=40)
    one_probe_into_a_bucket_not_yet_known_to_be_shared = int(red.bucket == green.bucket)
    assert world.server.refused <= one_probe_into_a_bucket_not_yet_known_to_be_shared
    assert len(world.answered) == 40
    assert world.limiter.diagnosis(world.now).in_flight == 0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1 << 32), red=RULES, green=RULES)
def test_lost_answers_never_leave_anybody_waiting_for_ever(seed: int, red: Rule, green: Rule) -> None:
    world = simulate(seed, red, green, loss=0.2, burst=30)
    assert len(world.answered) + len(world.refused) == 30
    assert sum(world.limiter.diagnosis(world.now).waiting.values()) == 0


def test_the_simulated_server_refuses_a_client_without_limits() -> None:
    server = SimulatedLimits(rules={routes.CREATE_MESSAGE.name: Rule("b", 2, 1.0)}, global_limit=100)
    verdicts = [server.process(post(), 0.1 * n) for n in range(3)]
    assert [verdict.status for verdict in verdicts] == [200, 200, 429]
    assert server.process(post(), 1.0).status == 200
