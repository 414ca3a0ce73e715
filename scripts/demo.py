"""The second half of scripts/demo: build, network, publishing, balancing, fail-over."""

import argparse
import contextlib
import os
import queue
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [ROOT, os.path.join(ROOT, "tests", "e2e")]

from publisher import Publisher  # noqa: E402
from testnet import Network, RequestError, TestnetError  # noqa: E402

BACKENDS = 4
CLIENTS = 6
BAR_WIDTH = 40
VICTIM = 2  # number of the backend that is killed
PACE = 0.25  # seconds between two requests of the steady stream
STREAM = 24  # requests in each part of it
REQUEST_TIMEOUT = 10
INDENT = " " * 8

begun = time.monotonic()


# Words on the screen.

def headline(text):
    print(f"\n{time.monotonic() - begun:4.0f} s  {text}", flush=True)


def say(text=""):
    print(INDENT + text, flush=True)


def put(text):
    print(text, end="", flush=True)


def seconds(value):
    return f"{value:.2f} s"


# Whatever happens, nothing stays behind.

def on_signals(handler):
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, handler)


def on_late_signal(*_):
    """The clean-up is under way: nothing more to do. (SIG_IGN races with what is pending.)"""


def on_signal(number, _):
    on_signals(on_late_signal)
    put("\n")
    say("interrupted: cleaning up")
    raise SystemExit(128 + number)


def own_children():
    """The processes that this one has started and that are still there."""
    pids = []
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/children") as file:
            pids += [int(pid) for pid in file.read().split()]
    return pids


def end_children():
    """A child's pid cannot become another's before it has been waited for here."""
    for pid in own_children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


@contextlib.contextmanager
def work_directory():
    """A directory that is gone at the end, as are all processes, unless `keep()` is called."""
    directory = tempfile.mkdtemp(prefix="onionbalance-demo-")
    kept = []
    try:
        yield directory, lambda: kept.append(True)
    finally:
        on_signals(on_late_signal)
        if not kept:
            end_children()
            shutil.rmtree(directory, ignore_errors=True)


# Steps.

def run_tool(command):
    """Runs a tool quietly; its output is shown if it fails."""
    tool = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace",
                            start_new_session=True)
    try:
        output, _ = tool.communicate()
    except BaseException:
        os.killpg(tool.pid, signal.SIGTERM)
        tool.wait()
        raise
    if tool.returncode:
        raise TestnetError(f"{' '.join(command)} failed:\n{output[-4000:]}")


def build(directory):
    """Returns the folder with the programs; in the checkout, if that can be written."""
    folder = os.path.join(ROOT, "build-demo")
    if not os.access(folder if os.path.exists(folder) else ROOT, os.W_OK):
        folder = os.path.join(directory, "build")
    headline(f"Building Onionbalance in {folder.removeprefix(ROOT + '/')}")
    start = time.monotonic()
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        run_tool(["meson", "setup", folder, ROOT])
    run_tool(["ninja", "-C", folder, "onionbalance", "onionbalance-signer"])
    say(f"built in {time.monotonic() - start:.0f} s")
    return folder


def start_network(directory, is_owned):
    headline("Starting a private Tor network on loopback, of Debian's tor")
    network = Network(directory, report=lambda text: say(text), backends=BACKENDS, clients=CLIENTS)
    say(f"{network.options.authorities} directory authorities, {network.options.relays} relays, "
        f"{BACKENDS} backends, {CLIENTS} clients, 1 publisher")
    network.up(owned=is_owned)
    for service in network.services("instance"):
        say(f"{service.name}  {service.address}")
    say(f"frontend  {network.frontends[0].address}  (nothing published yet)")
    return network


def start_publisher(network, folder, is_owned):
    """Starts the program and waits until both descriptors are out."""
    headline("Publishing: the frontend's descriptors, with the points of all backends")
    config = network.write_config(os.path.join(network.directory, "config.yaml"))
    publisher = Publisher(network.directory, config, network.publisher,
                          program=os.path.join(folder, "onionbalance"))
    say("$ onionbalance -c config.yaml -s publisher1/control")
    if is_owned:  # it ends with us even if we are killed
        publisher.command[:0] = ["setpriv", "--pdeathsig", "TERM"]
    publisher.start()
    done = publisher.wait_confirmed(timeout=60)
    for each in publisher.current_rounds():
        say(f"time period {each.period}: {each.points} introduction points, "
            f"confirmed by {each.hsdirs}/{each.hsdirs} HSDirs after "
            f"{seconds(each.confirmed - publisher.started)}")
    total = sum(each.hsdirs for each in publisher.current_rounds())
    say(f"=> {total}/{total} uploads confirmed {seconds(done - publisher.started)} after the start")
    return publisher


def ask(clients, address, count, fresh, outcomes):
    """Sends requests through each client in a thread of its own, which dies with us."""
    shares = [count // len(clients) + (number < count % len(clients))
              for number in range(len(clients))]

    def run(client, share):
        for _ in range(share):
            outcomes.put(request(client, address, fresh))

    for client, share in zip(clients, shares):
        threading.Thread(target=run, args=(client, share), daemon=True).start()


def request(client, address, fresh):
    get = client.get_fresh if fresh else client.get
    try:
        return get(address, timeout=REQUEST_TIMEOUT)
    except (TestnetError, OSError) as error:
        return error if isinstance(error, RequestError) else \
            RequestError(str(error), None, 0, client.name)


def times_of(outcomes):
    good = [each.seconds for each in outcomes if each.ok]
    failed = len(outcomes) - len(good)
    if not good:
        return f"{failed} of {len(outcomes)} failed"
    return (f"{len(outcomes)} requests, {failed} failed, "
            f"median {seconds(statistics.median(good))}, slowest {seconds(max(good))}")


def show_balance(network, count):
    headline(f"Balancing: {count} requests to the frontend, each with a fresh descriptor")
    address = network.frontends[0].address
    say(f"$ curl -x socks5h://127.0.0.1:{network.clients[0].socks_port} http://{address}/")
    outcomes = queue.Queue()
    ask(network.clients, address, count, True, outcomes)
    answers = [outcomes.get() for _ in range(count)]
    share = Counter(each.backend for each in answers if each.ok)
    scale = BAR_WIDTH / max([1, *share.values()])
    for service in network.services("instance"):
        hits = share[service.name]
        say(f"{service.name}  {'#' * round(hits * scale):{BAR_WIDTH}}  "
            f"{hits:3d}  {100 * hits / count:4.1f} %")
    say(f"=> {times_of(answers)}")


def stream(network, label, fresh=False):
    """A request each PACE seconds; the digit of the backend that answers, x for none."""
    clients = network.clients
    address = network.frontends[0].address
    outcomes = queue.Queue()
    answers = []
    put(f"{INDENT}{label:10}")
    for number in range(STREAM):
        client = clients[number % len(clients)]
        threading.Thread(target=lambda: outcomes.put(request(client, address, fresh)),
                         daemon=True).start()
        time.sleep(PACE)
        while not outcomes.empty():
            answers.append(show_answer(outcomes.get()))
    while len(answers) < STREAM:
        answers.append(show_answer(outcomes.get()))
    put("\n")
    say(" " * 10 + times_of(answers))
    return answers


def show_answer(answer):
    put(" " + (answer.backend.removeprefix("backend") if answer.ok else "x"))
    return answer


def show_failover(network, publisher):
    victim = f"backend{VICTIM}"
    headline(f"Fail-over: clients ask {1 / PACE:.0f} times a second; "
             "the number of the backend that answers, x for a failure")
    stream(network, "all up")
    network.node(victim).kill()
    say(f"$ kill -9 {victim}'s tor: its introduction points are in the descriptors that the "
        "clients have")
    time.sleep(1)  # what was on its way is lost, as with any server
    stream(network, f"{VICTIM} dead")
    mark = publisher.mark()
    start = time.time()
    network.start_node(victim)
    say(f"{victim}'s tor started again; the services are back after {seconds(time.time() - start)}")
    publisher.wait_confirmed(timeout=60, since=mark)
    say("its new introduction points published and confirmed after "
        f"{seconds(time.time() - start)}")
    answers = stream(network, "all back", fresh=True)
    hits = sum(each.backend == victim for each in answers if each.ok)
    say(f"=> {hits} of them answered by {victim}")


def explain(network, publisher, keep):
    headline("Done. To look further:")
    if keep:
        say(f"cd {ROOT}; export TESTNET_DIR={network.directory}")
        say("testnet/testnet status                   all nodes, ports and addresses")
        say("testnet/testnet request client1 frontend1 --count 9 --fresh")
        say("testnet/testnet kill backend1            also stop, start, freeze, thaw")
        say(f"tail -f {publisher.log_path}")
        say("to end it:")
        say(f"kill {publisher.pid}; testnet/testnet down; rm -r $TESTNET_DIR")
        return
    say("scripts/demo --keep      leaves such a network running, to try things on it")
    say("README.md                how to put Onionbalance before your own onion service")
    say("testnet/README.md        private Tor networks, from the shell and from Python")
    say("scripts/test             every test, the end-to-end ones on such a network too")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo", add_help=False)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--requests", type=int, default=120)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    on_signals(on_signal)
    print("Onionbalance on a private Tor network; nothing leaves this machine.", flush=True)
    try:
        with work_directory() as (directory, keep):
            folder = build(directory)
            is_owned = not arguments.keep
            network = start_network(os.path.join(directory, "net"), is_owned)
            publisher = start_publisher(network, folder, is_owned)
            show_balance(network, max(1, arguments.requests))
            show_failover(network, publisher)
            explain(network, publisher, arguments.keep)
            if arguments.keep:
                keep()
    except TestnetError as error:
        print(f"\nscripts/demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
