"""A backend dies in each of four ways: clients are led elsewhere within a minute, and back."""

import os

import pytest

from failover import DISASTERS

BOUND = 60  # seconds

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop packets")


@pytest.fixture(scope="module")
def outcomes(background):
    return {each.disaster: each for each in background["test_failover.py"].wait().outcomes}


@pytest.mark.parametrize("name", DISASTERS)
def test_out_of_the_descriptors_and_back_within_a_minute(outcomes, name, capsys):
    outcome = outcomes[name]
    with capsys.disabled():
        print(f"\n{DISASTERS[name].what}: {outcome}")
    assert outcome.out is not None and outcome.out <= BOUND
    assert outcome.back is not None and outcome.back <= BOUND
