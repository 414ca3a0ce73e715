"""The programs that are held against each other."""

import time

from publisher import Publisher

PYTHON_PROGRAM = "/usr/sbin/onionbalance"
SPREAD = 5  # seconds from the Python program's last upload until all HSDirs have it


def start_program(stack, network, directory, which, config):
    """"ours" or "python" with a configuration, once it has published; ends with `stack`."""
    if which == "ours":
        publisher = stack.enter_context(Publisher(directory, config, network.publisher))
        publisher.wait_confirmed(timeout=90)
        return publisher
    program = stack.enter_context(Publisher(directory, config, network.publisher,
                                            ["--is-testnet", "-v", "info"], PYTHON_PROGRAM))
    program.wait_log("Uploading second descriptor", 150)
    time.sleep(SPREAD)
    return program
