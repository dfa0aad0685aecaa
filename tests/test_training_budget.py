"""How many steps a budget pays for, from what stages cost."""

import pytest

from afmnn.training.budget import StageCost, affordable_steps


def seconds(steps, costs, shares, validations):
    """What so many steps take, by adding up what each stage does."""
    each = [share * steps for share in shares]
    return sum(
        cost.setup + validations * cost.validation + n * cost.step for cost, n in zip(costs, each, strict=True)
    )  # fmt: skip


COSTS = [StageCost(0.3, 0.02, 0.01), StageCost(0.5, 0.05, 0.03)]


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1)])
@pytest.mark.parametrize("budget", [2.0, 10.0, 100.0])
def test_steps_fill_the_budget_and_no_more(budget, shares):
    steps = affordable_steps(budget, COSTS, shares, 5)
    assert steps > 10
    assert seconds(steps, COSTS, shares, 5) <= budget < seconds(steps + 1, COSTS, shares, 5)


def test_small_budgets_pay_for_steps_that_are_validated_less_often():
    assert affordable_steps(1.0, COSTS, (0.5, 0.5), 5) == 10  # all of which are validated: no more than planned
    assert affordable_steps(0.3, COSTS, (0.5, 0.5), 5) == int(0.3 / (0.035 + 0.02))
    for budget in (1e-9, 0.0, -3.0):
        assert affordable_steps(budget, COSTS, (0.5, 0.5), 5) == 1
