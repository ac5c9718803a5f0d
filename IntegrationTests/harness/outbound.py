"""A channel that makes requests to outside for a test, and a server to make them to."""

import http.server
import json
import pathlib
import subprocess
import threading

import requests

from . import TIMEOUT, Closing
from .hub import ROOT


class Server(Closing):
    """Answers every request with what it saw of it; what the path names, it does instead."""

    def __init__(self):
        self.seen, self.files = [], {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.seen.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                if self.path == "/redirect":
                    self.send_response(302)
                    self.send_header("Location", f"{outer.url}/elsewhere")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif self.path == "/hang-up":
                    self.close_connection = True
                elif self.path in outer.files:
                    content = outer.files[self.path]
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                else:
                    text = f"{self.command} {self.headers['Authorization']} {body.decode()}".encode()
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Asker:
    """Puts the channel into a hub's configuration."""

    def __init__(self, hub, **settings):
        self.hub = hub
        folder = hub.folder / "plugins"
        folder.mkdir(exist_ok=True)
        source = pathlib.Path(__file__).with_suffix(".c")
        subprocess.run(
            ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{ROOT / 'Sources/CHubPlugin/include'}",
             "-o", str(folder / "liboutbound.so"), str(source)], check=True)
        secret = hub.folder / "data/secrets/outbound"
        secret.write_text("the-key")
        secret.chmod(0o600)
        hub.config["plugins"]["path"].append(str(folder))
        hub.config["channels"]["asker"] = {
            "plugin": "outbound", "accounts": {"none": {"tenant": "acme"}},
            "config": {"path": "/ask", "key": "secret://file/data/secrets/outbound"}, **settings}

    def emit(self, id, media, **message):
        """Puts a message with a medium into the journal."""
        event = {"contact": {"phone": "5511991230001", "name": "Marina"},
                 "message": {"providerMessageId": id, "direction": "inbound", "type": "image", "origin": "realtime", "media": media, **message}}
        assert self.ask(f"emit {id}", json.dumps(event)).startswith("0 ")

    def ask(self, line, body=None):
        text = line if body is None else f"{line}\n{body}"
        answer = requests.post(f"{self.hub.url}/ask", data=text.encode(), timeout=TIMEOUT)
        assert answer.status_code == 200, answer.text
        return answer.text
