"""Where calls are placed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from voice.nodes_placement import ROOM, Limits, choose, choose_refuge, limits_of


def test_nodes_grow_with_the_load_up_to_the_cores() -> None:
    limits = limits_of("auto", cores=4)
    loads: list[int | None] = []
    for _ in range(4 * ROOM):
        index = choose(loads, limits)
        if index == len(loads):
            loads.append(0)
        loads[index] = (loads[index] or 0) + 1
    assert loads == [80, 80, 80]


def test_one_core_has_one_node() -> None:
    assert limits_of("auto", cores=1).nodes == limits_of("auto", cores=2).nodes == 1
    assert limits_of("auto").nodes >= 1


def test_a_number_spreads_calls_from_the_start() -> None:
    limits = limits_of(3)
    assert choose([], limits) == 0
    assert choose([1], limits) == 1
    assert choose([1, 1], limits) == 2
    assert choose([2, 1, 1], limits) == 1


def test_a_node_that_sleeps_is_woken_before_another_one_is_made() -> None:
    assert choose([None, 1, None], limits_of(3)) == 0
    assert choose([None, 1], Limits(nodes=2, room=60)) == 1, "nobody is woken while there is room"


def test_calls_of_a_dead_node_go_where_there_is_most_room() -> None:
    assert choose_refuge([3, None, 2]) == 2
    assert choose_refuge([ROOM, None, ROOM - 1]) == 2
    assert choose_refuge([ROOM, None]) is None
    assert choose_refuge([None]) is None


@settings(max_examples=50)
@given(st.lists(st.none() | st.integers(0, 90), max_size=6), st.integers(1, 6))
def test_never_more_nodes_than_allowed_and_never_a_fuller_one(loads: list[int | None], nodes: int) -> None:
    index = choose(loads, Limits(nodes=nodes, room=ROOM))
    awake = [load for load in loads if load is not None]
    chosen = loads[index] if index < len(loads) else None
    if chosen is None:
        assert len(awake) < nodes
    else:
        assert chosen == min(awake)
