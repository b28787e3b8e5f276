import random

from fixed_random import FixedRandom
from swarmlog.backoff import LAST_CEILING_NS, STABLE_NS, Backoff
from swarmlog.retry_budget import RetryBudget
from swarmlog.units import NS_PER_MS, NS_PER_SECOND

SEED = 1


def test_should_double_its_ceiling_up_to_thirty_seconds() -> None:
    # given
    backoff = Backoff(FixedRandom())
    # when, then
    for ms in (100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600):
        assert backoff.next_delay_ns(0) == ms * NS_PER_MS
    for _ in range(100):
        assert backoff.next_delay_ns(0) == 30 * NS_PER_SECOND


def test_should_begin_later_after_a_loss() -> None:
    # given
    backoff = Backoff(FixedRandom())
    # when, then
    assert backoff.delay_after_loss_ns(0, 5 * NS_PER_MS) == 805 * NS_PER_MS
    assert backoff.delay_after_loss_ns(0) == 1_600 * NS_PER_MS


def test_should_stay_in_the_upper_half_where_it_is_to_wait_long() -> None:
    # given
    source = random.Random(SEED)
    for _ in range(1_000):
        backoff = Backoff(source)
        backoff.next_delay_ns(0)
        # when
        delay_ns = backoff.long_delay_ns(0, 2 * NS_PER_SECOND)
        # then
        assert 2_100 * NS_PER_MS <= delay_ns <= 2_200 * NS_PER_MS


def test_should_spread_over_all_of_the_interval() -> None:
    # given
    source = random.Random(SEED)
    # when
    delays = [Backoff(source).next_delay_ns(0, 2 * NS_PER_SECOND) for _ in range(1_000)]
    # then
    assert min(delays) >= 2 * NS_PER_SECOND
    assert max(delays) <= 2_100 * NS_PER_MS
    assert 60 <= sum(delay < 2_010 * NS_PER_MS for delay in delays) <= 140
    assert 60 <= sum(delay > 2_090 * NS_PER_MS for delay in delays) <= 140


def test_should_wait_as_long_as_it_is_told_and_a_tenth_more_at_most() -> None:
    # given
    latest = Backoff(FixedRandom())
    day_ns = 86_400 * NS_PER_SECOND
    # when, then
    assert latest.told_delay_ns(2 * NS_PER_SECOND) == 2_200 * NS_PER_MS
    assert latest.told_delay_ns(NS_PER_MS) == 11 * NS_PER_MS
    assert latest.told_delay_ns(day_ns) == day_ns + 30 * NS_PER_SECOND
    # and nothing is doubled by that
    assert latest.next_delay_ns(0) == 100 * NS_PER_MS


def test_should_wait_for_anything_up_to_the_last_ceiling() -> None:
    assert Backoff(FixedRandom()).any_delay_ns() == LAST_CEILING_NS


def test_should_start_again_only_after_a_stable_period() -> None:
    # given
    backoff = Backoff(FixedRandom())
    backoff.next_delay_ns(0)
    backoff.next_delay_ns(0)
    # when, then
    backoff.succeeded(0)
    backoff.succeeded(STABLE_NS - 1)
    assert backoff.next_delay_ns(STABLE_NS - 1) == 400 * NS_PER_MS
    backoff.succeeded(0)
    assert backoff.next_delay_ns(STABLE_NS) == 100 * NS_PER_MS


def test_should_allow_a_tenth_of_what_succeeded() -> None:
    # given
    budget = RetryBudget.of_producers()
    assert _taken(budget) == 10
    # when
    for _ in range(55):
        budget.succeeded()
    # then
    assert _taken(budget) == 5


def test_should_not_save_up_more_than_a_hundred() -> None:
    # given
    budget = RetryBudget.of_producers()
    # when
    budget.succeeded(1_000_000)
    budget.succeeded(2**31)
    # then
    assert _taken(budget) == 100


def test_should_allow_handlers_half_of_what_succeeded() -> None:
    # given
    budget = RetryBudget.of_handlers()
    assert _taken(budget) == 10
    # when
    budget.succeeded(2**31)
    # then
    assert _taken(budget) == 20


def _taken(budget: RetryBudget) -> int:
    taken = 0
    while budget.take():
        taken += 1
    return taken
