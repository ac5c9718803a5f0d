"""Headless Chromium with the official client, driven over its DevTools protocol."""

import functools
import http.server
import json
import pathlib
import shutil
import subprocess
import tempfile
import threading

import requests
import websocket

from . import TIMEOUT, assets

PAGE = b"<!doctype html><meta charset=utf-8><title>hub</title><link rel=icon href=data:,><script src=socket.io.min.js></script><script src=page.js></script>"


class _Files(http.server.BaseHTTPRequestHandler):
    pages = {}  # further ones, by path

    def do_GET(self):
        files = {"/": ("text/html", PAGE), "/socket.io.min.js": ("text/javascript", assets.socket_io_client().read_bytes())}
        files["/page.js"] = ("text/javascript", (pathlib.Path(__file__).parent / "page.js").read_bytes())
        files["/favicon.ico"] = ("image/png", b" ")  # asked for by every page that does not say otherwise
        files |= {path: ("text/html; charset=utf-8", text.encode()) for path, text in self.pages.items()}
        kind, body = files.get(self.path, ("text/plain", b""))
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Browser:
    """One page from an origin of its own."""

    def __init__(self):
        self.files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
        self.origin = f"http://127.0.0.1:{self.files.server_port}"
        threading.Thread(target=self.files.serve_forever, daemon=True).start()
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0",
             "--remote-allow-origins=*", f"--user-data-dir={self.profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.numbers, self.errors, self.console = iter(range(1, 1 << 30)), [], []
        self.page = websocket.create_connection(self._page(self._debugger()), timeout=TIMEOUT + 5)
        for domain in ("Runtime", "Log", "Page"):
            self._command(f"{domain}.enable")
        self.open()

    def _debugger(self):
        for line in self.process.stderr:  # ends when Chromium does
            if line.startswith("DevTools listening on ws://"):
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return line.split("//")[1].split("/")[0]
        raise AssertionError("Chromium did not start")

    def _page(self, address):
        targets = requests.get(f"http://{address}/json/list", timeout=TIMEOUT).json()
        return next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")

    def _command(self, method, until=None, **parameters):
        number = next(self.numbers)
        self.page.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = None
        while answer is None or until:
            message = json.loads(self.page.recv())
            if message.get("id") == number:
                answer = message
            elif message.get("method") == until:
                until = None
            else:
                self._event(message)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def _event(self, message):
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(message["params"]["exceptionDetails"].get("text", ""))
        if message.get("method") == "Runtime.consoleAPICalled":
            self.console.append(message["params"]["args"])
        if message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] in ("error", "warning"):
            self.errors.append(message["params"]["entry"]["text"])

    def open(self):
        """A fresh page."""
        self._command("Page.navigate", until="Page.loadEventFired", url=self.origin + "/")
        self.errors.clear()
        self.run(f"hub.limit = {TIMEOUT * 1000:g}")

    def visit(self, path, text):
        """Opens another page of the same origin."""
        _Files.pages[path] = text
        self.errors.clear()
        self.console.clear()
        self._command("Page.navigate", until="Page.loadEventFired", url=self.origin + path)

    def logged(self, wanted):
        """The arguments of the next line on the page's console for which `wanted` is true."""
        while True:
            while self.console:
                arguments = [self._value(argument) for argument in self.console.pop(0)]
                if wanted(arguments):
                    return arguments
            message = json.loads(self.page.recv())
            assert message.get("method") != "Inspector.targetCrashed"
            self._event(message)

    def _value(self, argument):
        if "objectId" not in argument:
            return argument.get("value")
        itself = self._command("Runtime.callFunctionOn", objectId=argument["objectId"], functionDeclaration="function () { return this }", returnByValue=True)
        return itself["result"].get("value")

    def run(self, expression):
        """The value of an expression, awaited."""
        result = self._command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            thrown = result["exceptionDetails"].get("exception", {})
            raise AssertionError(f"in the page: {(thrown.get('description') or thrown.get('value') or 'error')}".split("\n")[0])
        return result["result"].get("value")

    def __getattr__(self, name):
        """`browser.connect(…)` is `hub.connect(…)` in the page."""
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self._hub, name)

    def _hub(self, name, *arguments):
        return self.run(f"hub.{name}({', '.join(json.dumps(a) for a in arguments)})")

    def close(self):
        self.page.close()
        self.process.terminate()
        self.process.wait(TIMEOUT)
        self.files.shutdown()
        shutil.rmtree(self.profile, ignore_errors=True)
