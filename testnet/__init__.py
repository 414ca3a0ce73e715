"""A private Tor network on loopback, made of stock tor processes."""

from .burst import answers_by_backend, request_many
from .client import Client, RequestError, Response
from .consensus import Consensus
from .control import Control, ControlError
from .errors import TestnetError, wait_until
from .frontend import Frontend, config_text
from .hs_events import UploadWatch
from .network import Network, Service
from .node import Node
from .onionkey import OnionKey, onion_address
from .options import Options
from .schedule import Schedule

__all__ = [
    "Client", "Consensus", "Control", "ControlError", "Frontend", "Network", "Node",
    "OnionKey", "Options", "RequestError", "Response", "Schedule", "Service",
    "TestnetError", "UploadWatch", "answers_by_backend", "config_text",
    "onion_address", "request_many", "wait_until",
]
