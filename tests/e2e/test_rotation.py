"""A period change and the shared-random rotation after it (rotation.py makes them happen).

A client that fetches a frontend's descriptor right after the change of the
time period keeps it to the period's end. Its introduction points must be those
of the new period: the backends close the others at the next shared random value.

The publisher can fetch those only once its own tor has the consensus that
changes the period. A client that has it sooner, and asks within these seconds,
gets points of the old period, and nobody can help it. On the live network tor
with FetchDirInfoExtraEarly fetches the consensus 2 to 3 minutes after it is
valid, from the authorities; caches follow over half an hour, and clients ask
these. Private networks have no such distances (at an interval of 10 s one client
in eleven is faster than the publisher), so these clients are told apart here.
"""

import pytest

from rotation import INTERVAL
from traffic import unexplained


@pytest.fixture(scope="module")
def run(background):
    return background["test_rotation.py"].wait()


def first_round_after_the_change(run):
    period = next(place.period for place, _ in run.places["after"] if place.is_for_clients)
    return next(each for each in run.publisher.rounds()
                if each.period == period and each.started >= run.change)


def test_no_request_fails_that_a_plain_service_answers(run, capsys):
    republished = first_round_after_the_change(run).confirmed
    early = [each.traffic for each in run.crossings if each.asks_before(run.frontend, republished)]
    lines, failures = [], []
    for traffic in run.traffics:
        frontend, plain = traffic.of(run.frontend), traffic.of(run.plain)
        failures += [] if traffic in early else unexplained(frontend, plain)
        lines.append(f"{traffic.client.name}: frontend answered {sum(each.ok for each in frontend)} of "
                     f"{len(frontend)}, plain service {sum(each.ok for each in plain)} of {len(plain)}"
                     + (", asked before the publisher knew" if traffic in early else ""))
        # Enough of them after the new shared random value to have seen dead points.
        assert sum(each.begun > run.rotation + 2 * INTERVAL for each in frontend) >= 2
    with capsys.disabled():
        print("", *lines, sep="\n")
    assert len(early) <= len(run.keepers) / 2
    assert [str(each) for each in failures] == []


def test_republished_within_seconds(run, capsys):
    republished = first_round_after_the_change(run)
    seen = sorted(each.seen - run.change for each in run.crossings)
    with capsys.disabled():
        print(f"\nnew introduction points {republished.started - run.change:.1f} s after the change, "
              f"confirmed after {republished.confirmed - run.change:.1f} s; "
              f"clients learned of it after {', '.join(f'{each:.1f}' for each in seen)} s")
    assert republished.reason == "changed introduction points"
    assert republished.confirmed - run.change < 3 * INTERVAL


@pytest.mark.parametrize("moment", ["before", "after"])
def test_tor_uploads_where_we_would(run, moment):
    """Of each descriptor of each backend, before and after a new shared random value."""
    assert len(run.places[moment]) == 2 * 2 * 2
    for place, uploaded in run.places[moment]:
        assert uploaded == place.hsdirs, place
