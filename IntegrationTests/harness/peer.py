"""A Socket.IO client over a WebSocket written by hand, which reads as fast as it is told to."""

import json
import socket
import struct

from . import TIMEOUT, Closing

TARGET = "/socket.io/?EIO=4&transport=websocket"


def upgrade(hub, target=TARGET, *lines):
    fields = [
        f"Host: 127.0.0.1:{hub.port}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *lines]
    return (f"GET {target} HTTP/1.1\r\n" + "\r\n".join(fields) + "\r\n\r\n").encode()


def frame(payload, opcode=1, final=True, compressed=False):
    """A masked frame; the mask is zero, so that the payload can be read on the wire. `compressed` says that it is, and compresses nothing."""
    payload = payload.encode() if isinstance(payload, str) else payload
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size)
    return bytes([(0x80 if final else 0) | (0x40 if compressed else 0) | opcode]) + length + b"\0\0\0\0" + payload


class Peer(Closing):
    def __init__(self, hub, token=None, window=None, target=TARGET, fields=()):
        self.socket = socket.socket()
        if window:  # before connecting, or the window has been announced already
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(("127.0.0.1", hub.port))
        self.left = b""
        self.socket.sendall(upgrade(hub, target, *fields))
        while b"\r\n\r\n" not in self.left:
            self.left += self._some()
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head
        self.opened = self.text()
        self.sid = json.loads(self.opened[1:])["sid"]
        if token:
            self.send("40" + json.dumps({"token": token}))
            self.id = json.loads(self.text()[2:])["sid"]

    def send(self, text):
        self.socket.sendall(frame(text))

    def _some(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        return data

    def _take(self, count):
        while len(self.left) < count:
            self.left += self._some()
        data, self.left = self.left[:count], self.left[count:]
        return data

    def receive(self):
        """The next frame: opcode and payload."""
        first, size = self._take(2)
        if size == 126:
            (size,) = struct.unpack(">H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._take(8))
        return first & 15, self._take(size)

    def text(self):
        """The next text; pings are answered."""
        while True:
            opcode, payload = self.receive()
            if opcode == 8:
                raise ConnectionError(f"closed with {int.from_bytes(payload[:2]) if payload else None}")
            if payload == b"2":
                self.send("3")
            elif opcode == 1:
                return payload.decode()

    def call(self, packet):
        """Sends an event that asks for an answer and gives the answer's arguments; other events are passed over."""
        number, _, _ = packet[2:].partition("[")
        self.send(packet)
        while not (text := self.text()).startswith(f"43{number}["):
            pass
        return json.loads(text[2 + len(number):])

    def close_code(self):
        """The code of the close frame; None for an empty one; ConnectionError when there is none."""
        while True:
            opcode, payload = self.receive()
            if opcode == 8:
                return int.from_bytes(payload[:2]) if payload else None

    def close(self):
        # A thread that waits in recv would hold the connection open beyond the close of its descriptor.
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the hub was faster
        self.socket.close()
