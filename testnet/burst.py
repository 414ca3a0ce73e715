"""Many requests through many clients at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .client import RequestError

PREPARATIONS = {
    None: lambda client, address: None,
    "descriptor": lambda client, address: client.forget(address),
    "client": lambda client, address: client.restart(new_guards=True),
}


def request_many(clients, address, count, fresh="descriptor", **arguments):
    """Send `count` requests spread over `clients`, one at a time through each.

    `fresh` says what is new for each request: "descriptor" (fetched anew, guards
    and all else as before), "client" (the tor is started anew with new guards,
    1.2 s each), or None. Returns the outcomes, Response or RequestError (both
    have `ok`, `seconds` and `client`).
    """
    prepare = PREPARATIONS[fresh]
    shares = [count // len(clients) + (number < count % len(clients))
              for number in range(len(clients))]

    def run(client, share):
        return [_attempt(client, prepare, address, arguments) for _ in range(share)]

    with ThreadPoolExecutor(len(clients)) as pool:
        return [outcome for outcomes in pool.map(run, clients, shares) for outcome in outcomes]


def _attempt(client, prepare, address, arguments):
    prepare(client, address)
    try:
        return client.get(address, **arguments)
    except RequestError as error:
        return error


def answers_by_backend(outcomes):
    """How many good answers came from each web server."""
    return Counter(outcome.backend for outcome in outcomes if outcome.ok)
