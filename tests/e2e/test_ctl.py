"""onionbalancectl on a publisher of the private network: each command, as an operator uses it."""

import json
import re
import signal
import time

import pytest

from ctl import Ctl
from robust import running
from testnet import wait_until


@pytest.fixture(scope="module")
def place(network, tmp_path_factory):
    """The folder of the configuration: one frontend, called shop, over all backends."""
    folder = tmp_path_factory.mktemp("ctl")
    write(network, folder)
    return folder


@pytest.fixture(scope="module")
def publisher(network, place):
    with running(place, place / "config.yaml", network.publisher) as started:
        yield started


@pytest.fixture(scope="module")
def shared(publisher, place):
    """A Ctl, once everything is published."""
    ctl = Ctl(place / "admin")
    publisher.wait_log("configuration read")
    ctl.ask("wait", "confirmed", "--timeout", "60s")
    return ctl


@pytest.fixture
def ctl(shared, network):
    """The same, with every instance as configured and up; as configured afterwards, too."""
    for name in network.nodes("backend"):
        shared.ask("wait", "instance", name, "up", "--timeout", "60s")
    yield shared
    for name in network.nodes("backend"):
        shared.ask("instance", "enable", name)
        shared.ask("instance", "weight", name, "default")
    shared.ask("wait", "confirmed", "--timeout", "60s")


def write(network, folder, head=""):
    path = folder / "config.yaml"
    network.write_config(path, frontends=network.frontends[:1])
    path.write_text(head + path.read_text().replace("  key:", "  name: shop\n  key:", 1)
                    + f"admin-socket: {folder}/admin\n")


def wait_out(ctl, name):
    """Wait until the instance is in neither descriptor and every HSDir has said so."""
    wait_until(lambda: ctl.instance(name)["points"] == [0, 0], 60, f"{name} out of the plan", 0.1)
    ctl.ask("wait", "confirmed", "shop", "--timeout", "30s")
    assert ctl.instance(name)["points"] == [0, 0] and ctl.instance(name)["share"] == 0


def wait_in(ctl, name):
    wait_until(lambda: min(ctl.instance(name)["points"]) > 0, 60, f"{name} in the plan", 0.1)
    ctl.ask("wait", "confirmed", "shop", "--timeout", "30s")


def test_status(ctl, network):
    text = ctl.ask("status")
    assert "16/16 uploads confirmed" in text and "WARNING" not in text
    for name in network.nodes("backend"):
        assert f"  {name} " in text
    told = ctl.json("status")
    [service] = told["services"]
    assert told["tor"]["isReady"] and told["signerIsUp"] and told["warnings"] == []
    assert service["name"] == "shop"
    assert service["onionAddress"] == network.frontends[0].address.removesuffix(".onion") + ".onion"
    assert service["confirmed"] == service["uploads"] == 16
    assert [each["isCurrent"] for each in service["descriptors"]].count(True) == 1
    assert sum(each["share"] for each in service["instances"]) == pytest.approx(1, abs=0.01)


def without_health(instance):
    """What does not change from one probe to the next."""
    assert instance.pop("health")["state"] == "up"
    return instance


def test_show(ctl):
    rows = {tuple(line.split()[:2]) for line in ctl.ask("status").splitlines()}  # behind them are times
    assert {tuple(line.split()[:2]) for line in ctl.ask("show", "service", "sho").splitlines()} <= rows
    assert "backend2" not in ctl.ask("show", "instance", "backend1")
    assert ctl.ask("show", "hsdir").count(" confirmed ") == 16
    assert ctl.ask("show", "upload", "shop").count("8/8") == 2
    assert "connected" in ctl.ask("show", "tor")
    assert (without_health(ctl.json("show", "instance", "backend1"))
            == without_health(ctl.instance("backend1")))
    assert ctl.ask("version").count("0.1.0") == 2
    address = ctl.instance("backend3")["onionAddress"]
    assert ctl.json("show", "instance", address[:12])["name"] == "backend3"


def read_metrics(text):
    """{(name, label text): value}; each line is a comment or has the format."""
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    matches = [re.fullmatch(r"(onionbalance_[a-z_]+)(\{[^}]*\})? ([0-9.]+)", line) for line in lines]
    assert all(matches), text
    return {(match[1].removeprefix("onionbalance_"), match[2]): float(match[3]) for match in matches}


def test_metrics(ctl, network):
    found = read_metrics(ctl.ask("metrics"))
    assert found["tor_up", None] == found["signer_up", None] == 1 and found["warnings", None] == 0
    shop = '{service="shop"}'
    assert found["service_uploads", shop] == found["service_uploads_confirmed", shop] == 16
    shares = [value for (name, _), value in found.items() if name == "instance_share_ratio"]
    assert sum(shares) == pytest.approx(1, abs=0.01) and len(shares) == len(network.nodes("backend"))
    assert found["instance_up", '{service="shop",instance="backend1"}'] == 1
    assert read_metrics(ctl.ask("--json", "metrics")).keys() == found.keys()


def test_explain(ctl):
    told = ctl.ask("explain", "shop")
    assert "8 of 8 HSDirs have confirmed it" in told and "In it: backend1" in told
    assert "backend1 is up" in ctl.ask("explain", "backend1")
    ctl.ask("instance", "drain", "backend1")
    wait_out(ctl, "backend1")
    assert "Not in it: backend1 (drain" in ctl.ask("explain", "shop")
    assert "instance enable" in ctl.ask("explain", "backend1")


def test_what_is_spelled_wrong(ctl, place):
    assert 'did you mean "backend1"' in ctl.refused("show", "instance", "backed1")
    assert "more than one" in ctl.refused("instance", "drain", "backend")
    assert 'did you mean "instance drain"' in ctl.refused("drian", "backend1", code=2)
    assert "instance weight NAME WEIGHT" in ctl.refused("instance", "weight", "backend1", code=2)
    assert "from 0 to 256" in ctl.refused("instance", "weight", "backend1", "257", code=2)
    assert 'did you mean "confirmed"' in ctl.refused("wait", "confirmd", code=2)
    assert "is onionbalance running" in Ctl(place / "nobody").refused("status", code=3)


def test_drain(ctl, network):
    assert ctl.ask("instance", "drain", "backend2") == "backend2: done\n"
    assert ctl.ask("instance", "drain", "backend2") == "backend2: no change\n"
    wait_out(ctl, "backend2")
    ctl.ask("wait", "instance", "backend2", "drain")
    wait_until(lambda: ctl.instance("backend2")["safeAt"], 60, "HSDirs without backend2", 0.2)
    reason = ctl.refused("wait", "instance", "backend2", "safe-to-stop", "--timeout", "1s")
    assert "it may be stopped in" in reason
    outcomes = network.request_many(network.frontends[0].address, 6, timeout=60)
    assert "backend2" not in {each.backend for each in outcomes if each.ok}
    ctl.ask("instance", "enable", "backend2")
    wait_in(ctl, "backend2")


@pytest.mark.parametrize("state, word", [("disable", "disabled"), ("maintenance", "maintenance")])
def test_taken_out(ctl, state, word):
    ctl.ask("instance", state, "backend3")
    wait_out(ctl, "backend3")
    assert ctl.instance("backend3")["state"] == word
    ctl.ask("instance", "enable", "backend3")
    wait_in(ctl, "backend3")


def test_weight(ctl):
    before = ctl.instance("backend1")["weight"]
    ctl.ask("instance", "weight", "backend1", "0")
    wait_out(ctl, "backend1")
    ctl.ask("instance", "weight", "shop/backend1", str(before))
    wait_in(ctl, "backend1")
    assert ctl.instance("backend1")["isWeightSet"]
    ctl.ask("instance", "weight", "backend1", "default")
    assert not ctl.instance("backend1")["isWeightSet"]
    assert ctl.instance("backend1")["weight"] == before


def test_publish_now(ctl):
    before = [each["lastUpload"] for each in ctl.json("show", "upload")[0]["descriptors"]]
    time.sleep(1.1)  # they have whole seconds
    ctl.ask("publish", "now", "shop")

    def is_new():
        now = [each["lastUpload"] for each in ctl.json("show", "upload")[0]["descriptors"]]
        return all(then < time for then, time in zip(before, now))

    wait_until(is_new, 60, "new uploads", 0.2)
    ctl.ask("wait", "confirmed", "--timeout", "30s")
    assert ctl.json("status")["services"][0]["confirmed"] == 16


def test_reload(ctl, network, place):
    assert "the new configuration is used" in ctl.ask("reload")
    write(network, place, head="servces: []\n")
    assert 'did you mean "services"' in ctl.ask("reload")
    with open(place / "config.yaml", "a", encoding="ascii") as file:
        file.write("- here: [\n")
    try:
        reason = ctl.refused("reload")
        assert "config.yaml:" in reason and "the new configuration is not used" in reason
        assert ctl.json("status")["services"][0]["confirmed"] == 16
    finally:
        write(network, place)
    ctl.ask("reload")


def test_watch(ctl):
    with ctl.watch() as watch:
        ctl.ask("show", "tor")  # it has come in before the next one
        ctl.ask("instance", "drain", "backend1")
        ctl.ask("reload")
        seen = []
        while not {"instance", "upload", "configuration"} <= {each["event"] for each in seen}:
            seen.append(json.loads(watch.stdout.readline()))
            if seen[-1]["event"] == "upload" and "confirmed" in seen[-1]["to"]:
                break
        watch.send_signal(signal.SIGINT)
    assert {"event": "instance", "service": "shop", "instance": "backend1", "from": "up",
            "to": "drain"}.items() <= next(each for each in seen
                                           if each["event"] == "instance").items()
    assert any(each["event"] == "upload" and each["service"] == "shop" for each in seen)


def test_add_and_remove(ctl, network, place):
    lost = ctl.instance("backend3")["onionAddress"]
    lines = (place / "config.yaml").read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if lost.split(".", 1)[0] in line)
    (place / "config.yaml").write_text("\n".join(lines[:at] + lines[at + 2:]) + "\n")
    try:
        ctl.ask("reload")
        assert ctl.ask("instance", "remove", lost) == f"{lost}: no change\n"
        ctl.ask("instance", "add", "shop", lost, "back \"3\"")
        wait_in(ctl, 'back "3"')
        assert len(list((place / "instances.d").iterdir())) == 1
        assert "no change" in ctl.ask("instance", "add", "shop", lost)
        assert "backend1 stands in" in ctl.refused("instance", "remove", "backend1")
        assert "not an onion address" in ctl.refused("instance", "add", "shop", "a" * 56)
        frontend = ctl.json("status")["services"][0]["onionAddress"]
        assert "taken away again" in ctl.refused("instance", "add", "shop", frontend)
        assert len(list((place / "instances.d").iterdir())) == 1
        ctl.ask("instance", "remove", 'back "3"')
        assert list((place / "instances.d").iterdir()) == []
        assert len(ctl.json("status")["services"][0]["instances"]) == len(network.nodes("backend")) - 1
    finally:
        write(network, place)
        ctl.ask("reload")


def test_kept_in_a_file(ctl, place):
    folder = place / "instances.d"
    assert "backend1: no change" in ctl.ask("instance", "drain", "backend1", "--keep=file")
    [file] = folder.iterdir()
    assert file.name.startswith("state-") and "state: drain" in file.read_text()
    wait_out(ctl, "backend1")
    assert ctl.instance("backend1")["admin"] == "drain" and not ctl.instance("backend1")["isAdminSet"]
    ctl.ask("instance", "weight", "shop/backend2", "7", "--keep=file")
    assert ctl.instance("backend2")["weight"] == 7 and not ctl.instance("backend2")["isWeightSet"]
    assert len(list(folder.iterdir())) == 2
    assert "from 0 to 256" in ctl.refused("instance", "weight", "backend2", "257", "--keep=file", code=2)
    ctl.ask("instance", "enable", "backend1", "--keep=file")
    ctl.ask("instance", "weight", "shop/backend2", "default", "--keep=file")
    assert list(folder.iterdir()) == []
    wait_in(ctl, "backend1")
    assert ctl.instance("backend2")["weight"] == 100


def test_not_kept(ctl):
    ctl.ask("instance", "drain", "backend1", "--keep=no")
    wait_out(ctl, "backend1")
    assert ctl.instance("backend1")["isAdminSet"] and not ctl.instance("backend1")["isAdminKept"]
    assert "until the next start" in ctl.ask("explain", "backend1")
    assert ctl.ask("instance", "drain", "backend1") == "backend1: done\n"  # now it is kept
    assert ctl.instance("backend1")["isAdminKept"]
    ctl.ask("instance", "enable", "backend1")
    wait_in(ctl, "backend1")
