"""What may stand where a provider should be."""

import base64
import collections
import hashlib
import re
import socket
import struct
import threading

from . import TIMEOUT, Closing

HUGE = 100_000_000
PAGE = b"<!doctype html><title>It works!</title>"


class Relay(Closing):
    """Passes everything on to a provider, or is what `become` says instead, on the same port:

    down      nobody listens
    silent    accepts, and never says a word
    wrong     a web server that answers everything with a page
    garbage   what is no HTTP; to who asks for a websocket one, and in it what are no frames
    huge      a body of 100 MB; in a websocket an event of 100 MB
    headers   header fields without end
    redirect  sends everybody to `trap`, a port on loopback
    """

    def __init__(self, port):
        self.target, self.mode, self.met = port, "pass", collections.Counter()
        self.open, self.lock = set(), threading.Lock()
        self.trap = socket.create_server(("127.0.0.1", 0))
        self.trap.setblocking(False)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._accept()

    def _accept(self):
        threading.Thread(target=self._serve, args=(self.listener,), daemon=True).start()

    def become(self, mode):
        """Every connection there is ends."""
        if mode == "down":
            self.listener.shutdown(socket.SHUT_RDWR)  # close alone leaves a thread in accept, and with it the port open
            self.listener.close()
        elif self.mode == "down":
            self.listener = socket.create_server(("127.0.0.1", self.port))
            self._accept()
        with self.lock:
            self.mode, ending = mode, list(self.open)
        for connection in ending:
            end(connection)

    def trapped(self):
        """Whether anybody followed the redirect."""
        try:
            self.trap.accept()[0].close()
            return True
        except BlockingIOError:
            return False

    def close(self):
        if self.mode != "down":
            self.become("down")
        else:
            self.become("pass")
            self.become("down")
        self.trap.close()

    def _serve(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                mode = self.mode
                self.met[mode] += 1
                self.open.add(connection)
            threading.Thread(target=self._meet, args=(connection, mode), daemon=True).start()

    def _meet(self, connection, mode):
        try:
            getattr(self, "_" + mode)(connection)
        except OSError:
            pass  # the hub has had enough, or the mode is over
        finally:
            with self.lock:
                self.open.discard(connection)
            end(connection)

    # what it does

    def _pass(self, connection):
        with socket.create_connection(("127.0.0.1", self.target)) as other:
            with self.lock:
                self.open.add(other)
            back = threading.Thread(target=pump, args=(other, connection), daemon=True)
            back.start()
            pump(connection, other)
            back.join(TIMEOUT)
            with self.lock:
                self.open.discard(other)

    def _silent(self, connection):
        while connection.recv(65536):
            pass

    def _wrong(self, connection):
        request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)

    def _redirect(self, connection):
        request(connection)
        place = f"http://127.0.0.1:{self.trap.getsockname()[1]}/latest/meta-data/"
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())

    def _headers(self, connection):
        request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Endless: 0123456789\r\n" * 1000)

    def _garbage(self, connection):
        if upgraded(connection, request(connection)):
            connection.sendall(frame(b'0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'))
            for text in (b"\x00\xff\xfe", b"42[", b"4\xf0\x9f", b"not a packet", b"451-[\"x\",{\"_placeholder\":true,\"num\":9}]"):
                connection.sendall(frame(text))
        connection.sendall(bytes(byte * 151 % 251 | 0x80 for byte in range(4096)))
        self._silent(connection)

    def _huge(self, connection):
        if not upgraded(connection, request(connection)):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % HUGE)
            return zeros(connection, HUGE)
        connection.sendall(frame(b'0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'))
        connection.recv(65536)  # CONNECT
        connection.sendall(frame(b'40{"sid":"y"}'))
        head = b'42["messages.upsert","'
        connection.sendall(b"\x81\x7f" + struct.pack(">Q", len(head) + HUGE) + head)
        zeros(connection, HUGE)
        self._silent(connection)


def request(connection):
    """The head of a request."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (data := connection.recv(65536)):
            raise ConnectionError("closed")
        head += data
    return head


def upgraded(connection, head):
    key = re.search(rb"sec-websocket-key: *(\S+)", head, re.IGNORECASE)
    if not key:
        return False
    accept = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n" % accept)
    return True


def frame(text):
    assert len(text) < 126
    return bytes([0x81, len(text)]) + text


def zeros(connection, count):
    piece = b"0" * (1 << 20)
    while count > 0:
        connection.sendall(piece[:count])
        count -= len(piece)


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    end(target)
    end(source)


def end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended
    connection.close()
