"""The private network itself: nodes come, go and come back, and nothing stays behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from testnet import (Network, OnionKey, RequestError, Schedule, TestnetError, UploadWatch,
                     answers_by_backend, onion_address, wait_until)
from testnet.process import Process

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def pids_that_mention(text):
    """Pids of processes that have `text` in their command line."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    if text.encode() in file.read():
                        found.append(int(entry))
            except OSError:
                continue
    return found


def test_each_service_answers_with_its_name(network):
    client = network.clients[0]
    for service in network.services():
        answer = client.get_again(service.address)
        assert (answer.status, answer.backend) == (200, service.name)
        assert answer.body == service.name.encode() + b"\n"


def test_all_relays_are_hsdirs(network):
    consensus = network.consensus()
    options = network.options
    assert len(consensus.hsdirs) == options.authorities + options.relays
    assert consensus.voting_interval == options.voting_interval


def test_fresh_requests_through_all_clients(network):
    service = network.services("instance")[0]
    outcomes = network.request_many(service.address, 9)
    assert [outcome for outcome in outcomes if not outcome.ok] == []
    assert answers_by_backend(outcomes) == {service.name: 9}
    assert {outcome.client for outcome in outcomes} == {each.name for each in network.clients}


def test_forget_drops_the_descriptor(network):
    client = network.clients[0]
    address = network.services("instance")[0].address
    client.get_again(address)
    assert client.has_descriptor(address)
    client.forget(address)
    assert not client.has_descriptor(address)


def test_extended_errors_name_an_unknown_service(network):
    with pytest.raises(RequestError) as caught:
        network.clients[0].get(OnionKey.generate().address, proxy="extended")
    assert caught.value.code == 0xF0


def test_dead_and_erring_web_server(network):
    client = network.clients[0]
    service = network.services("instance")[0]
    web = network.web(service.backend)
    web.kill()
    with pytest.raises(RequestError):
        client.get(service.address)
    web.start()
    client.get_again(service.address)
    network.set_http_status(service.backend, 503)
    assert client.get_again(service.address).status == 503
    network.set_http_status(service.backend)
    assert client.get_again(service.address).status == 200


def test_frozen_web_server_times_out(network):
    service = network.services("instance")[0]
    web = network.web(service.backend)
    web.freeze()
    assert web.status() == "frozen"
    with pytest.raises(RequestError, match="timed out"):
        network.clients[0].get(service.address, timeout=3)
    web.thaw()
    assert network.clients[0].get_again(service.address).ok


def test_backend_killed_and_started_again(network):
    client = network.clients[0]
    service = network.services("instance")[1]
    backend = network.node(service.backend)
    backend.kill()
    assert backend.status() == "stopped" and backend.pid is None
    with pytest.raises(RequestError):
        client.get_fresh(service.address, timeout=10)
    network.start_node(service.backend)
    client.forget(service.address)
    assert client.get_again(service.address).backend == service.name


def test_stop_of_a_frozen_node(network):
    client = network.clients[1]
    client.freeze()
    client.stop()
    assert client.status() == "stopped"
    with pytest.raises(TestnetError):
        client.kill()
    client.start()
    client.wait_bootstrapped()
    with pytest.raises(TestnetError):
        client.start()


def test_publisher_has_what_a_balancer_wants(network):
    publisher = network.publisher
    with publisher.control() as control:
        assert control.getconf("TestingTorNetwork") == ["1"]
        assert control.getinfo("net/listeners/socks") == f'"127.0.0.1:{publisher.socks_port}"'
        assert control.getinfo("dir/status-vote/current/consensus-microdesc")
    assert publisher.get(network.services()[0].address).ok


def test_upload_watch_names_hsdirs(network):
    service = network.services("instance")[2]
    backend = network.node(service.backend)
    backend.stop()
    backend.start()
    with UploadWatch(backend) as watch:
        watch.wait_published([service.address], 60)
        descriptors = watch.hsdirs(service.address)
    known = {router.fingerprint for router in network.consensus().hsdirs}
    assert len(descriptors) == 2
    assert all(1 <= len(hsdirs) and hsdirs <= known for hsdirs in descriptors.values())


def test_frontend_keys_agree(network):
    frontend = network.frontends[0]
    with open(frontend.key_path("pem"), "rb") as file:
        key = OnionKey(file.read())
    with open(frontend.key_path("tor"), "rb") as file:
        assert file.read() == b"== ed25519v1-secret: type0 ==\0\0\0" + key.expanded
    assert onion_address(key.public) == frontend.address
    with open(os.path.join(network.services("instance")[0].directory, "ob_config")) as file:
        assert file.read() == "".join(f"MasterOnionAddress {each.address}\n"
                                      for each in network.frontends)


def test_config_lists_all_instances(network, tmp_path):
    path = network.write_config(tmp_path / "config.yaml")
    with open(path) as file:
        text = file.read()
    assert text.count("- address: ") == \
        len(network.services("instance")) * len(network.frontends)
    assert text.count("  key: ") == len(network.frontends)


def test_schedule():
    schedule = Schedule(20)
    assert (schedule.period_length, schedule.offset) == (480, 240)
    when = 480 * 1000
    assert schedule.next_shared_random(when) == when + 480
    assert schedule.next_period_change(when) == when + 240
    assert schedule.period_number(when + 239) + 1 == schedule.period_number(when + 240)
    assert not schedule.is_between_period_change_and_shared_random(when)
    assert schedule.is_between_period_change_and_shared_random(when + 240)


def test_recycled_pid_is_left_alone():
    child = subprocess.Popen(["sleep", "60"])
    try:
        stranger = Process(child.pid, 1, Process.spawn(["true"], "/", "/dev/null").boot)
        assert not stranger.send(signal.SIGKILL)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


SMALL = {"authorities": 1, "relays": 3, "backends": 0, "clients": 0, "publishers": 0}


def test_context_manager_leaves_nothing():
    with Network(**SMALL) as network:
        directory = network.directory
        assert pids_that_mention(directory)
    assert pids_that_mention(directory) == []
    assert not os.path.exists(directory)


def test_owned_network_ends_with_a_killed_owner(tmp_path):
    code = ("import sys, time; sys.path.insert(0, sys.argv[1])\n"
            "from testnet import Network\n"
            f"with Network(sys.argv[2], **{SMALL!r}): print('up', flush=True); time.sleep(600)")
    owner = subprocess.Popen([sys.executable, "-c", code, ROOT, str(tmp_path / "net")],
                             stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"up\n"
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert pids_that_mention(str(tmp_path))
    wait_until(lambda: not pids_that_mention(str(tmp_path)), 40, "end of an owned network", 0.5)


def test_cut_off_backend_is_silent_and_comes_back(network):
    backend, client = network.node("backend2"), network.clients[0]
    address = network.services("plain", "backend2")[0].address
    client.get_again(address)
    if os.geteuid() != 0:
        pytest.skip("only root can drop packets")
    backend.cut()
    with pytest.raises(RequestError, match="timed out"):
        client.get(address, timeout=5)
    backend.mend()
    client.get_again(address, timeout=20)


def test_interrupt_cleans_up(tmp_path):
    directory = tmp_path / "net"
    launcher = _launch(directory)
    wait_until(lambda: len(pids_that_mention(str(directory))) > 3, 30, "first nodes")
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(20) == 130
    assert pids_that_mention(str(directory)) == []


def test_down_after_the_launcher_was_killed(tmp_path):
    directory = tmp_path / "net"
    launcher = _launch(directory)
    wait_until(lambda: len(pids_that_mention(str(directory))) > 3, 30, "first nodes")
    time.sleep(0.5)
    launcher.kill()
    launcher.wait()
    assert pids_that_mention(str(directory))
    subprocess.run([f"{ROOT}/testnet/testnet", "down", "--dir", directory], check=True)
    assert pids_that_mention(str(directory)) == []


def _launch(directory):
    arguments = [text for key, value in SMALL.items() for text in (f"--{key}", str(value))]
    return subprocess.Popen([f"{ROOT}/testnet/testnet", "up", "--dir", directory, *arguments],
                            stdout=subprocess.DEVNULL)
