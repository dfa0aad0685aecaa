"""The training loop by itself, with a trainer whose errors are known beforehand."""

import warnings

import numpy as np
import pytest

from afmnn import Network, Scaling, TrainingWarning
from afmnn.training import validation
from afmnn.training.loop import fit
from afmnn.training.plan import Plan, Steps

RECORD = {"learning_rate": 0.1, "seed": 7}


def network(value):
    return Network((1, 1), (np.full((1, 2), value), np.full((1, 2), value)), Scaling("robust", 0.0, 1.0, 0.0, 1.0))


class Listed:
    """A trainer that has a list of errors, one a step of three updates; its weights are the number of updates."""

    error_unit = 10.0

    def __init__(self, errors):
        self.errors, self.updates = list(errors), 0

    def run(self, updates, threads):
        done = min(updates, 3 - self.updates % 3)
        error = self.errors[self.updates // 3]
        self.updates += done
        return 4.0 * error**2, 4.0, self.updates % 3 == 0

    def weights(self):
        return network(float(self.updates)).layers, None

    def extra_history(self):
        return {"updates": float(self.updates)}


class NowAndThen:
    """A length that is open until the last step, with validations after some."""

    def __init__(self, steps, validated):
        self.steps, self.validated, self.asked = steps, validated, []

    def total(self, done):
        self.asked.append(done)
        return self.steps if done == self.steps else None

    def validates_after(self, step):
        return step in self.validated


@pytest.fixture
def validated(monkeypatch):
    """Validation errors as they are listed; returns where, in updates, they were asked for."""

    def errors(values):
        values, asked = iter(values), []

        def validation_error(net, pairs, threads):
            assert (pairs, threads) == (["pair"], 2)
            asked.append(int(net.layers[0][0, 0]))
            return next(values)

        monkeypatch.setattr(validation, "validation_error", validation_error)
        return asked

    return errors


def test_steps_are_made_recorded_and_reported():
    told = []
    net = fit(Listed([3, 2, 1]), network(0.5), [], Plan(Steps(3), 2, RECORD), lambda step, losses: told.append((step, losses)))
    assert net.layers[0][0, 0] == 9
    assert {name: values.tolist() for name, values in net.history.items()} == {"training": [30, 20, 10], "updates": [3, 6, 9]}
    assert {name: net.training[name] for name in (*RECORD, "steps")} == {**RECORD, "steps": 3}
    assert [(step, losses["training"], np.isnan(losses["validation"])) for step, losses in told] == [
        (1, 30, True),
        (2, 20, True),
        (3, 10, True),
    ]


def test_no_steps_leave_the_network_as_it_is():
    trainer = Listed([])
    net = fit(trainer, network(0.5), [], Plan(Steps(0), 2, RECORD))
    assert net.training["steps"] == trainer.updates == 0
    assert net.history == {}


def test_training_ends_when_it_is_told_to():
    net = fit(Listed([3] * 9), network(0.5), [], Plan(Steps(9), 2, RECORD), lambda step, _: step == 4)
    assert net.training["steps"] == len(net.history["training"]) == 4


@pytest.mark.parametrize(("patience", "steps"), [(None, 8), (5, 8), (4, 7), (3, 6), (2, 5), (1, 2)])
def test_early_stopping(patience, steps, validated):
    """The third error is the lowest, and the fourth is as low: it does not count as falling, but its weights are kept."""
    validated([5, 5, 2, 2, 4, 4, 4, 3])
    plan = Plan(Steps(8), 2, RECORD, patience=patience, keep_best=True, warn=False)
    net = fit(Listed([1] * 8), network(0.5), ["pair"], plan)
    assert net.training["steps"] == steps
    assert net.history["validation"].tolist() == [5, 5, 2, 2, 4, 4, 4, 3][:steps]
    assert net.layers[0][0, 0] == (12 if steps > 3 else 6)


def test_validation_now_and_then(validated):
    asked = validated([5, 4, 3, 6])
    net = fit(Listed([1] * 8), network(0.5), ["pair"], Plan(NowAndThen(8, {1, 3, 6, 8}), 2, RECORD, warn=False))
    assert asked == [3, 9, 18, 24]
    assert net.history["validation"].tolist() == [5, 5, 4, 4, 4, 3, 3, 6]
    assert net.layers[0][0, 0] == 24  # the last weights, for nobody asked for the best


def test_a_length_that_is_open_is_asked_before_each_step():
    length = NowAndThen(4, set())
    net = fit(Listed([1] * 8), network(0.5), [], Plan(length, 2, RECORD, warn=False))
    assert length.asked == [0, 1, 2, 3, 4]
    assert net.training["steps"] == 4


def test_ctrl_c_leaves_whole_steps(validated):
    validated([5, 4])
    trainer = Listed([3, 2, 1])
    usual = trainer.extra_history

    def interrupted():
        if trainer.updates == 6:
            raise KeyboardInterrupt
        return usual()

    trainer.extra_history = interrupted  # the second step is validated, but not recorded yet
    with pytest.raises(KeyboardInterrupt) as caught:
        fit(trainer, network(0.5), ["pair"], Plan(Steps(3), 2, RECORD))
    net = caught.value.network
    assert net.layers[0][0, 0] == 6
    assert net.training["steps"] == 1
    assert {name: len(values) for name, values in net.history.items()} == {"training": 1, "validation": 1, "updates": 1}


def test_weights_that_grow_beyond_all_numbers_are_refused():
    with pytest.raises(ValueError, match=r"learning_rate must be small enough .* got 0\.1: they did not in step 2"):
        fit(Listed([1, np.inf]), network(0.5), [], Plan(Steps(2), 2, RECORD))


@pytest.mark.parametrize(
    ("errors", "judged", "message"),
    [
        ([3, 1, 1.2], [], "the training error rose from 10 after step 2 to 12"),
        ([3, 1, 1.05], [], None),
        ([3, 2, 1], [1, 2, 3], "the validation error rose from 1 after step 1 to 3 while"),
        ([2, 1.9, 2], [1, 2, 3], None),  # the training error has not fallen since
    ],
)
def test_errors_that_rise_are_warned_of(errors, judged, message, validated):
    validated(judged)
    pairs = ["pair"] if judged else []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(Listed(errors), network(0.5), pairs, Plan(Steps(3), 2, RECORD, warn=False))
        assert caught == []
        validated(judged)
        fit(Listed(errors), network(0.5), pairs, Plan(Steps(3), 2, RECORD))
    assert [w.category for w in caught] == [TrainingWarning] * (message is not None)
    assert all(message in str(w.message) for w in caught)
