"""The bot's process, where that can be seen without one."""

import gc

from cli.run import Ending, settle


def test_what_stands_after_the_start_is_no_business_of_the_garbage_collector() -> None:
    ending, here = Ending(), [object()]
    try:
        settle(ending)
        assert ending.stands
        assert gc.get_freeze_count() > 0
        assert not any(one is here for one in gc.get_objects())
    finally:
        gc.unfreeze()
    assert any(one is here for one in gc.get_objects())
