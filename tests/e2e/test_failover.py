"""A backend dies in each of four ways: clients are led elsewhere, and back when it is well.

Both take less than a minute on a quiet machine (bench/failover); here it is waited
for longer, still far less than the hours that a descriptor lasts.
"""

import os

import pytest

from failover import DISASTERS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop packets")


@pytest.fixture(scope="module")
def outcomes(background):
    return {each.disaster: each for each in background["test_failover.py"].wait().outcomes}


@pytest.mark.parametrize("name", DISASTERS)
def test_out_of_the_descriptors_and_back(outcomes, name, capsys):
    outcome = outcomes[name]
    with capsys.disabled():
        print(f"\n{DISASTERS[name].what}: {outcome}")
    assert outcome.out is not None and outcome.back is not None
