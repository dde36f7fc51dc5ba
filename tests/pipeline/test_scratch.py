"""Memory that tasks borrow: as many arrays as tasks at the same time, each used again."""

from fastpipe.pipeline.scratch import ScratchPool


def test_tasks_at_the_same_time_share_no_memory_and_later_ones_use_it_again() -> None:
    pool = ScratchPool(1000)
    with pool.borrow(10) as first, pool.borrow(1000) as second:
        first[:], second[:] = 1, 2
        assert (first == 1).all()
        addresses = {first.ctypes.data, second.ctypes.data}
    with pool.borrow(1000) as third, pool.borrow(500) as fourth:
        assert {third.ctypes.data, fourth.ctypes.data} == addresses


def test_a_longer_array_takes_the_place_of_a_shorter_one() -> None:
    pool = ScratchPool()
    with pool.borrow(10):
        pass
    with pool.borrow(10**6) as memory:
        assert memory.shape == (10**6,)
        assert memory.ctypes.data % 64 == 0
