"""Many requests through many clients at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .client import RequestError


def request_many(clients, address, count, fresh=True, **arguments):
    """Send `count` requests spread over `clients`, one at a time through each.

    With `fresh` each one fetches the descriptor anew. Returns the outcomes,
    Response or RequestError (both have `ok`, `seconds` and `client`).
    """
    shares = [count // len(clients) + (number < count % len(clients))
              for number in range(len(clients))]

    def run(client, share):
        get = client.get_fresh if fresh else client.get
        return [_attempt(get, address, arguments) for _ in range(share)]

    with ThreadPoolExecutor(len(clients)) as pool:
        return [outcome for outcomes in pool.map(run, clients, shares) for outcome in outcomes]


def _attempt(get, address, arguments):
    try:
        return get(address, **arguments)
    except RequestError as error:
        return error


def answers_by_backend(outcomes):
    """How many good answers came from each web server."""
    return Counter(outcome.backend for outcome in outcomes if outcome.ok)
