"""HTTP written by hand."""

import socket

from . import TIMEOUT, Closing


class Connection(Closing):
    def __init__(self, hub):
        self.socket = socket.create_connection(("127.0.0.1", hub.port), timeout=TIMEOUT)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def pour(self, pieces):
        """Sends them one after the other until the other side has had enough."""
        try:
            for piece in pieces:
                self.send(piece)
        except ConnectionError:
            pass

    def read_to_end(self):
        """What comes until the other side closes; a reset counts as a close."""
        data = b""
        try:
            while chunk := self.socket.recv(65536):
                data += chunk
        except ConnectionError:
            pass
        return data

    def statuses(self, *requests):
        """The statuses of requests that are all sent at once, the last of which closes the connection."""
        data = self.send("".join(requests)).read_to_end()
        return [int(head.split(b" ", 1)[0]) for head in data.split(b"HTTP/1.1 ")[1:]]

    def status(self):
        """The status of the answer, 0 when the connection was closed without one; the connection must be closed after it."""
        data = self.read_to_end()
        return int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/1.") else 0

    def close(self):
        self.socket.close()
