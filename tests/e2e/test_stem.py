"""What we published, read by stem: an implementation that shares nothing with ours.

The second frontend has a single instance, so that its descriptors can be held
against those of a plain service of the same tor: nothing may tell them apart.
"""

import re
from datetime import datetime, timedelta, timezone

import pytest

import ring
from descriptors import fetch_all, fetch_whole
from publisher import Publisher
from testnet import TestnetError, config_text

AUTH_CLIENTS = 16
LIFETIME = timedelta(hours=54)  # of certificates
PADDING = 10000


@pytest.fixture(scope="module")
def publisher(network, tmp_path_factory):
    ring.wait_settled(network)
    directory = tmp_path_factory.mktemp("stem")
    listed = [(each.name, each.address) for each in network.services("instance")]
    first, second = (each.key_path() for each in network.frontends[:2])
    config = directory / "config.yaml"
    config.write_text(config_text([(first, listed), (second, listed[:1])]))
    with Publisher(directory, config, network.publisher) as started:
        started.wait_confirmed(2)
        yield started
        assert started.stop() == 0


@pytest.fixture(scope="module")
def fetched(network, publisher, tmp_path_factory):
    """(period, copies) of the first frontend."""
    return fetch_whole(network, network.frontends[0].address, tmp_path_factory.mktemp("fetched"))


@pytest.fixture(scope="module")
def pair(network, publisher, tmp_path_factory):
    """A copy of the second frontend's descriptor, and one of a plain service."""
    directory = tmp_path_factory.mktemp("pair")
    addresses = [network.frontends[1].address, network.services("plain")[0].address]
    ours, tors = (fetch_whole(network, address, directory)[1][0] for address in addresses)
    if len(ours.points) != len(tors.points):
        raise TestnetError("tor has published another number of points for each service")
    return ours, tors


def keywords(layer):
    """The first word of each line that begins an item, and how long the others are.

    The lines of objects count as one item each, with their number.
    """
    return [[line.split(" ")[0], *(len(word) for word in line.split(" ")[1:])]
            for line in re.sub(r"(-----BEGIN.*\n)([^-]*)(?=-----END)",
                               lambda match: f"{match[1]}={len(match[2])}\n", layer).split("\n")]


def test_every_hsdir_has_it(fetched):
    _, copies = fetched
    assert len(copies) == 8
    for copy in copies:
        assert copy.outer.version == 3 and copy.outer.lifetime == 180
        assert len(copy.text) < 50000


def test_points_are_those_of_all_instances(network, fetched, tmp_path):
    _, copies = fetched
    offered = {}
    for service in network.services("instance"):
        # An HSDir that has just become responsible may not have it yet.
        for copy in filter(None, fetch_all(network, service.address, tmp_path)[1]):
            for point in copy.points:
                offered[point.enc_key_raw] = (service.name, point)
    chosen = copies[0].points
    assert {point.enc_key_raw for point in chosen} <= set(offered)
    counts = [sum(offered[point.enc_key_raw][0] == service.name for point in chosen)
              for service in network.services("instance")]
    print(f"points of each instance: {counts}")
    assert min(counts) == max(counts) >= 1
    for point in chosen:
        original = offered[point.enc_key_raw][1]
        assert point.auth_key_cert.key == original.auth_key_cert.key
        assert point.enc_key_cert.key == original.enc_key_cert.key
        assert point.onion_key_raw == original.onion_key_raw
        assert ([(each.type, each.value) for each in point.link_specifiers] ==
                [(each.type, each.value) for each in original.link_specifiers])
    relays = [each.value for point in chosen for each in point.link_specifiers if each.type == 2]
    assert len(set(relays)) == len(relays)


def test_lines_of_the_layers(fetched):
    for copy in fetched[1]:
        middle, inner = str(copy.middle), str(copy.inner)
        assert middle.startswith("desc-auth-type x25519\ndesc-auth-ephemeral-key ")
        assert middle.count("\nauth-client ") == len(copy.middle.clients) == AUTH_CLIENTS
        assert re.match(r"create2-formats 2\nflow-control \S+ \d+\nintroduction-point ", inner)
        assert inner.endswith("-----END ED25519 CERT-----\n")
        assert "pow-params" not in inner
        assert copy.padded_size % PADDING == 0


def test_one_descriptor_in_an_encoding_for_each_hsdir(fetched):
    _, copies = fetched
    assert len({copy.outer.superencrypted for copy in copies}) == len(copies)
    assert len({copy.middle.encrypted for copy in copies}) == len(copies)
    assert len({str(copy.inner) for copy in copies}) == 1
    assert len({(copy.outer.signing_cert.key, copy.middle.ephemeral_key) for copy in copies}) == 1
    assert len({tuple(sorted(copy.middle.clients)) for copy in copies}) == 1
    assert len({copy.outer.revision_counter for copy in copies}) == 1
    assert copies[0].outer.revision_counter > 0


def test_certificates_expire_as_tors_do(publisher, fetched):
    period, copies = fetched
    label = next(each.label for each in publisher.rounds())
    published = [each.started for each in publisher.rounds()
                 if (each.label, each.period) == (label, period)]
    made = datetime.fromtimestamp(published[-1], timezone.utc).replace(tzinfo=None)
    certificates = [each for point in copies[0].points
                    for each in (point.auth_key_cert, point.enc_key_cert)]
    assert len({each.expiration for each in certificates}) == 1
    # The hour before for those of the points, the next one for the signing key's.
    age = made - (certificates[0].expiration - LIFETIME)
    assert timedelta(minutes=-1) <= age <= timedelta(minutes=61)
    left = copies[0].outer.signing_cert.expiration - LIFETIME - made
    assert timedelta(minutes=-1) <= left <= timedelta(hours=1)


def test_nothing_tells_it_from_a_plain_service(pair):
    ours, tors = pair
    assert ours.size == tors.size
    assert ours.padded_size == tors.padded_size
    for layer in ("outer", "middle", "inner"):
        texts = [str(getattr(copy, layer)) for copy in pair]
        counter = re.compile(r"(?<=^revision-counter )\d+$", re.MULTILINE)
        assert keywords(counter.sub("N", texts[0])) == keywords(counter.sub("N", texts[1]))


def test_revision_counter_rises(network, publisher, fetched, tmp_path):
    """A new start publishes anew, with other keys and a higher counter."""
    period, before = fetched
    publisher.stop()
    publisher.start()
    publisher.wait_confirmed(2)
    now, after = fetch_whole(network, network.frontends[0].address, tmp_path)
    assert now != period or (min(copy.outer.revision_counter for copy in after) >
                             max(copy.outer.revision_counter for copy in before))
