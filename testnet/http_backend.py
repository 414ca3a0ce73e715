"""The web server behind an onion service: says which one it is.

    http_backend.py [--owner PID] DIRECTORY NAME=PORT...

`/bytes/N` answers N octets more, `/sleep/SECONDS` waits first. If DIRECTORY
holds a file `http-status`, each answer has the status in it. One line for each
request goes to stdout: time, name, path, status.
"""

import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

STATUS_FILE = "http-status"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.server.name}\n".encode()
        kind, _, argument = self.path.strip("/").partition("/")
        if kind == "bytes":
            body += b"x" * int(argument)
        elif kind == "sleep":
            time.sleep(float(argument))
        self.send_response(self._status())
        self.send_header("X-Backend", self.server.name)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def _status(self):
        try:
            with open(os.path.join(self.server.directory, STATUS_FILE)) as file:
                return int(file.read())
        except FileNotFoundError:
            return 200

    def log_request(self, code="-", size="-"):
        print(f"{time.time():.3f} {self.server.name} {self.path} {int(code)}", flush=True)


class Server(socketserver.ThreadingTCPServer):
    """Not http.server's own class: that one asks the resolver for its name."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, directory, name, port):
        self.directory = directory
        self.name = name
        super().__init__(("127.0.0.1", port), Handler)


def exit_with(owner):
    """End this process soon after process `owner` has ended."""
    while os.path.exists(f"/proc/{owner}"):
        time.sleep(2)
    os._exit(0)


def main(arguments):
    if arguments[0] == "--owner":
        threading.Thread(target=exit_with, args=[int(arguments[1])], daemon=True).start()
        arguments = arguments[2:]
    directory, *sites = arguments
    threads = []
    for site in sites:
        name, port = site.split("=")
        server = Server(directory, name, int(port))
        threads.append(threading.Thread(target=server.serve_forever))
        threads[-1].start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1:])
