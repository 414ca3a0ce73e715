"""The command `testnet`."""

import argparse
import json
import os
import signal
import sys
from dataclasses import fields

from .client import RequestError
from .errors import TestnetError
from .network import Network
from .options import PUBLISHER_AUTH, Options

DEFAULT_DIRECTORY = os.environ.get("TESTNET_DIR", "/tmp/testnet")
NODE_COMMANDS = {
    "start": "start a node that was stopped",
    "stop": "end a node with SIGTERM",
    "kill": "end a node with SIGKILL",
    "freeze": "halt a node (SIGSTOP)",
    "thaw": "let a frozen node go on (SIGCONT)",
    "cut": "cut a backend off the network, its connections left open (root, nft)",
    "mend": "let a backend's packets through again",
}


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="testnet", description="A private Tor network on loopback.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--dir", default=DEFAULT_DIRECTORY, help="default: $TESTNET_DIR, or %(default)s")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_up(commands.add_parser("up", parents=[common], help="make and start a network"))
    status = commands.add_parser("status", parents=[common], help="show nodes and addresses")
    status.add_argument("--json", action="store_true", help="print the state file instead")
    for name, text in NODE_COMMANDS.items():
        commands.add_parser(name, parents=[common], help=text).add_argument("node")
    request = commands.add_parser("request", parents=[common], help="fetch a page through a client")
    request.add_argument("client")
    request.add_argument("address", help="an onion address, or the name of a frontend or service")
    request.add_argument("--count", type=int, default=1)
    request.add_argument("--fresh", action="store_true", help="fetch the descriptor anew each time")
    request.add_argument("--path", default="/")
    request.add_argument("--timeout", type=float, default=60)
    config = commands.add_parser("config", parents=[common],
                                 help="write a config.yaml: all instances under each frontend")
    config.add_argument("path")
    config.add_argument("--key-format", choices=("pem", "tor"), default="pem")
    commands.add_parser("down", parents=[common], help="end all processes of the network")
    return parser.parse_args(arguments)


def _add_up(parser):
    defaults = {field.name: field.default for field in fields(Options)}
    for name in ("authorities", "relays", "backends", "clients", "publishers", "frontends",
                 "services", "intro-points", "voting-interval"):
        parser.add_argument(f"--{name}", type=int, metavar="N",
                            default=defaults[name.replace("-", "_")], help="default: %(default)s")
    parser.add_argument("--plain", action="store_true", help="a plain service too on each backend")
    parser.add_argument("--publisher-auth", choices=PUBLISHER_AUTH, default="cookie")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE",
                        help="a consensus parameter, such as hsdir_spread_store=2")
    parser.add_argument("--torrc", action="append", default=[], metavar="NODE:LINE",
                        help="one more torrc line for a node or a role")


def _up(arguments):
    options = {field.name: getattr(arguments, field.name) for field in fields(Options)
               if hasattr(arguments, field.name)}
    options["params"] = {name: int(value) for name, value in
                         (item.split("=", 1) for item in arguments.param)}
    options["torrc"] = {}
    for item in arguments.torrc:
        node, _, line = item.partition(":")
        options["torrc"].setdefault(node, []).append(line)
    network = Network(arguments.dir, report=lambda text: print(text, flush=True), **options)
    network.up()
    _print_status(network)


def _status(arguments):
    network = Network.load(arguments.dir)
    if arguments.json:
        with open(os.path.join(network.directory, "state.json")) as file:
            json.dump(json.load(file), sys.stdout, indent=1)
        print()
    else:
        _print_status(network)


def _print_status(network):
    for name, node in network.nodes().items():
        ports = " ".join(f"{kind}={port}" for kind, port in node.record["ports"].items())
        print(f"{name:12} {node.status():8} {node.pid or '-':>8} {ports}")
    for service in network.services():
        print(f"{service.name:14} {service.kind:8} {service.address}")
    for frontend in network.frontends:
        print(f"{frontend.name:14} frontend {frontend.address}")


def _request(arguments):
    network = Network.load(arguments.dir)
    client = network.node(arguments.client)
    address = network.address(arguments.address)
    get = client.get_fresh if arguments.fresh else client.get
    failures = 0
    for _ in range(arguments.count):
        try:
            answer = get(address, path=arguments.path, timeout=arguments.timeout)
            print(f"{answer.status} {answer.backend} {answer.seconds:.2f} s", flush=True)
        except RequestError as error:
            failures += 1
            print(f"failed: {error}", flush=True)
    return 1 if failures else 0


def _config(arguments):
    Network.load(arguments.dir).write_config(arguments.path, key_format=arguments.key_format)


def _down(arguments):
    Network.load(arguments.dir).down()


def _act_on_node(arguments):
    getattr(Network.load(arguments.dir).node(arguments.node), arguments.command)()


def main(arguments=None):
    arguments = parse_arguments(arguments)
    actions = {"up": _up, "status": _status, "request": _request, "config": _config, "down": _down}
    action = actions.get(arguments.command, _act_on_node)
    # A shell starts what it puts in the background with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return action(arguments) or 0
    except TestnetError as error:
        print(f"testnet: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
