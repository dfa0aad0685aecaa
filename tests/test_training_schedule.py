"""How long a stage is: where its learning rate begins to fall, by numbers and by a clock that the tests set."""

import pytest

from afmnn.training.budget import Budget
from afmnn.training.schedule import Deadline, StageLength, constant_steps, steps_after


class Trainer:
    """Says when it was told to fall, and over how many steps."""

    def __init__(self):
        self.told = []

    def fall(self, steps):
        self.told.append(steps)


class Clock:
    """A clock that only tests move."""

    def __init__(self, seconds=100.0):
        self.seconds = seconds

    def __call__(self):
        return self.seconds


def trained(length, clock, seconds):
    """Make the steps that a length asks for, each of so many seconds; return how many, and after which ones it validates."""
    done, validated = 0, []
    while length.total(done) != done:
        clock.seconds += seconds(done)
        done += 1
        if length.validates_after(done):
            validated.append(done)
    return done, validated


def test_where_the_rate_falls_says_how_many_steps_there_are():
    ends = [constant_steps(steps) for steps in range(1, 500)]
    assert ends[:10] == [0, 1, 1, 2, 3, 3, 4, 4, 5, 6]
    for constant in range(300):
        assert constant_steps(steps_after(constant)) == constant
        assert steps_after(constant) == 1 + ends.index(constant)


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 333])
def test_the_rate_falls_once_over_all_steps_that_are_left(steps):
    trainer, clock = Trainer(), Clock()
    made, validated = trained(StageLength(trainer, steps, 4), clock, lambda _: 1.0)
    assert made == steps
    assert trainer.told == [steps - constant_steps(steps)]
    assert validated[-1] == steps
    falling = [step for step in validated if step > constant_steps(steps)]
    assert 1 <= len(falling) <= 5
    assert set(validated) - set(falling) == {2**i for i in range(9) if 2**i <= constant_steps(steps)}


@pytest.mark.parametrize("seconds", [0.01, 0.3, 1.0, 7.0])
def test_a_deadline_is_kept_by_a_machine_of_any_speed(seconds):
    clock = Clock()
    made, _ = trained(StageLength(Trainer(), Deadline(110.0, clock), 4), clock, lambda _: seconds)
    assert made * seconds <= max(10.0, 2 * seconds)
    assert made == 2 or (made + 3) * seconds > 10.0  # not more is left than the rate can fall in


def test_a_machine_that_becomes_slow_makes_fewer_steps_and_one_that_becomes_fast_more():
    def count(seconds):
        clock = Clock()
        return trained(StageLength(Trainer(), Deadline(200.0, clock), 4), clock, seconds)[0], clock.seconds

    steady, _ = count(lambda _: 1.0)
    slower, end = count(lambda step: 1.0 if step < 20 else 3.0)
    assert 98 <= steady <= 100
    assert 30 < slower < 60
    assert 195.0 < end < 240.0  # what a step takes is an average, which lags
    assert count(lambda step: 1.0 if step < 20 else 0.3)[0] > 150


@pytest.mark.parametrize("end", [0.0, 100.0])
def test_there_is_always_a_step(end):
    clock, trainer = Clock(), Trainer()
    assert trained(StageLength(trainer, Deadline(end, clock), 4), clock, lambda _: 1.0) == (1, [1])
    assert trainer.told == [1]


@pytest.mark.parametrize("seconds", [0.02, 0.5, 4.0])
def test_the_number_that_the_clock_has_found_repeats_everything(seconds):
    clock, trainer, again = Clock(), Trainer(), Trainer()
    by_clock = trained(StageLength(trainer, Deadline(123.0, clock), 4), clock, lambda step: seconds * (1 + step % 3))
    by_number = trained(StageLength(again, by_clock[0], 4), clock, lambda _: 0.0)
    assert (by_number, again.told) == (by_clock, trainer.told)


def test_stages_get_their_shares_of_the_time():
    """A stage that takes longer before its first step than those after it leaves them their share of what there is."""
    clock, shares, ends = Clock(), (0.5, 0.25, 0.25), []
    budget = Budget(110.0, 90.0, clock)  # 10 s have gone for what all stages need
    for number in range(3):
        assert budget.begin_stage()
        clock.seconds += 4.0
        steps, _ = trained(StageLength(Trainer(), budget.deadline(shares[number:]), 4), clock, lambda _: 0.5)
        ends.append(steps)
    assert ends == [pytest.approx(2 * 88.0 * share, abs=4) for share in shares]
    assert 196.0 < clock.seconds <= 200.0


def test_a_stage_for_which_no_time_is_left_is_not_begun():
    clock = Clock()
    budget = Budget(8.0, 100.0, clock)
    assert budget.begin_stage()
    clock.seconds += 5.0
    steps, _ = trained(StageLength(Trainer(), budget.deadline((0.5, 0.5)), 4), clock, lambda _: 1.0)
    assert steps == 1  # five of the other three seconds are for the second stage to begin
    assert not budget.begin_stage()
    assert not budget.is_over()
    clock.seconds += 3.0
    assert budget.is_over()


def test_what_is_expected_of_a_stage():
    clock = Clock()
    deadline = Deadline(150.0, clock)
    assert deadline.total(0) is None
    clock.seconds += 2.0
    assert deadline.total(1) is None
    assert deadline.expected(1) == 1 + 24
