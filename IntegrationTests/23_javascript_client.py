"""The official JavaScript client against the realtime server alone: by polling, by websocket, and from one to the other."""

import json
import signal

import pytest

from harness import node, tokens

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}

PRELUDE = """
const connect = (name, namespace = "/", more = {}) => hub.connect(name, URL, namespace, { transports: TRANSPORTS, ...more });
const ask = (name, ...args) => hub.within(`answer to ${args[0]}`, new Promise((resolve) => hub.sockets[name].emit(...args, (...answer) => resolve(answer))));
const bytes = (length, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 255);
// What came as a buffer and what was sent as an array of bytes look the same as lists.
const plain = (value) => {
  if (value instanceof ArrayBuffer) return plain(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return { bytes: Array.from(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value;
};
const expect = (what, got, wanted) => {
  const [a, b] = [JSON.stringify(plain(got)), JSON.stringify(plain(wanted))];
  if (a !== b) throw new Error(`${what}: got ${a.slice(0, 300)}, wanted ${b.slice(0, 300)}`);
};
"""


class Script:
    """Runs JavaScript with the client at hand; it throws what it finds wrong."""

    def __init__(self, run, url, transports):
        self.run, self.url, self.transports = run, url, transports

    def __call__(self, body):
        return self.run(f"const URL = {json.dumps(self.url)}, TRANSPORTS = {json.dumps(self.transports)};{PRELUDE}{body}")


def in_page(browser):
    return lambda code: browser.run(f"(async () => {{{code}}})()")


@pytest.fixture(params=[*TRANSPORTS, "node"])
def script(request, realtime):
    if request.param == "node":
        return Script(node.run, realtime.url, ["websocket"])
    return Script(in_page(request.getfixturevalue("browser")), realtime.url, TRANSPORTS[request.param])


def test_text_and_binary_events_and_answers_both_ways(script):
    script("""
      await connect("a");
      const samples = [[], [1, -2.5, "ü\\u2028\\ud83d\\ude00", null, true, { a: [{}], b: "" }], [bytes(5)], [{ x: [bytes(300), 1] }, bytes(0), "end"]];
      for (const args of samples) expect("echo", await ask("a", "echo", ...args), args);
      hub.sockets.a.emit("emit-back", "back", { deep: [bytes(9)] }, 2);
      await hub.next("a", "back");
      expect("back", hub.got.a.find((e) => e[0] === "back").slice(1), [{ deep: [bytes(9)] }, 2]);
      hub.sockets.a.on("question", (x, answer) => answer({ heard: x }, bytes(3)));
      expect("ask-me", await ask("a", "ask-me", 17), [{ heard: 17 }, bytes(3)]);
      expect("ask-me with bytes", await ask("a", "ask-me", bytes(4)), [{ heard: bytes(4) }, bytes(3)]);
      hub.sockets.a.emit("hello", "Ana");
      expect("hello", await hub.next("a", "welcome"), "hello Ana");
      hub.sockets.a.emit("nobody handles this", 1);
      expect("after it", await ask("a", "echo", 1), [1]);
    """)


def test_namespaces_share_a_connection_and_nothing_else(script):
    script("""
      const root = await connect("root"), whatsapp = await connect("whatsapp", "/whatsapp");
      if (hub.sockets.root.io !== hub.sockets.whatsapp.io) throw new Error("two connections");
      const [me, you] = [(await ask("root", "whoami"))[0], (await ask("whatsapp", "whoami"))[0]];
      expect("ids", [me.sid, me.nsp, you.sid, you.nsp], [root.id, "/", whatsapp.id, "/whatsapp"]);
      if (root.id === whatsapp.id) throw new Error("one id for two sockets");
      await ask("root", "join", "r");
      await ask("whatsapp", "to-room", "r", "stray", bytes(2));
      await ask("root", "to-room", "r", "mine", bytes(2));
      expect("mine", await hub.next("root", "mine"), bytes(2));
      expect("strays", [...hub.got.root, ...hub.got.whatsapp].filter((e) => e[0] === "stray"), []);
      const nope = await connect("nope", "/nope");
      expect("nope", nope.refused?.message, "Invalid namespace");
      expect("still", await ask("root", "echo", 1), [1]);
    """)


def test_large_payloads(script):
    script("""
      await connect("a");
      const open = await (await fetch(`${URL}/socket.io/?EIO=4&transport=polling`)).text();
      const limit = JSON.parse(open.slice(1)).maxPayload;
      expect("limit", limit, 1000000);
      const text = "é".repeat(50000);
      expect("100 KB of text", (await ask("a", "echo", text))[0] === text, true);
      const binary = bytes(100000);
      expect("100 KB of bytes", await ask("a", "echo", binary), [binary]);
      const head = `42${hub.sockets.a.ids}["echo",""]`.length;
      const most = "x".repeat(limit - head);
      expect("a packet of the limit", (await ask("a", "echo", most))[0] === most, true);
      const websocket = hub.sockets.a.io.engine.transport.name === "websocket";
      const large = bytes(websocket ? limit : 700000);
      expect("large bytes", new Uint8Array((await ask("a", "echo", large))[0]).every((b, i) => b === large[i]), true);
      hub.sockets.a.io.reconnection(false);
      hub.sockets.a.emit("echo", "x".repeat(limit));
      const reason = await hub.next("a", "<disconnect>");
      if (reason !== "transport close" && reason !== "transport error") throw new Error(reason);
    """)


def test_rooms_others_and_exceptions(script):
    script("""
      for (const name of ["a", "b", "c"]) await connect(name, "/", { forceNew: true });
      for (const name of ["a", "b", "c"]) expect("join", await ask(name, "join", "r"), ["ok"]);
      await ask("c", "join", "out");
      expect("to-room", await ask("a", "to-room", "r", "all", 1), ["ok"]);
      await ask("a", "to-others", "r", "others", bytes(3));
      await ask("a", "to-room-except", "r", "out", "some", 3);
      await ask("b", "leave", "r");
      await ask("a", "to-room", "r", "left", 4);
      await ask("a", "to-room", hub.sockets.b.id, "private", 5);
      for (const name of ["a", "b", "c"]) await ask(name, "echo");
      const got = (name) => hub.got[name].map((e) => e[0]).filter((e) => !e.startsWith("<"));
      // A poll may still be on its way when the answer is there.
      await Promise.all([hub.next("a", "left"), hub.next("b", "private"), hub.next("c", "left")]);
      expect("a", got("a"), ["all", "some", "left"]);
      expect("b", got("b"), ["all", "others", "some", "private"]);
      expect("c", got("c"), ["all", "others", "left"]);
    """)


def test_a_broadcast_with_answers(script):
    script("""
      for (const [index, name] of ["a", "b", "c"].entries()) {
        await connect(name, "/", { forceNew: true });
        await ask(name, "join", "answers");
        hub.sockets[name].on("question", (x, answer) => { if (x + index < 12) answer(x + index); });
      }
      const all = (await ask("a", "ask-room", "answers", 10000, 5))[0];
      expect("all", [all.answers.sort(), all.complete], [[5, 6, 7], true]);
      const some = (await ask("a", "ask-room", "answers", 300, 10))[0];
      expect("some", [some.answers.sort(), some.complete], [[10, 11], false]);
      const none = (await ask("a", "ask-room", "empty", 10000, 1))[0];
      expect("none", none, { answers: [], complete: true });
    """)


def test_timeouts_and_volatile(script):
    script("""
      const socket = io(URL, { transports: TRANSPORTS, forceNew: true });
      hub.sockets.raw = socket;
      let early = 0;
      socket.on("early", () => early++);
      socket.volatile.emit("emit-back", "early", 1);
      await new Promise((resolve) => socket.on("connect", resolve));
      const failed = await socket.timeout(200).emitWithAck("no-ack").then(() => "answered", (error) => error.message);
      expect("timeout", failed, "operation has timed out");
      const back = new Promise((resolve) => socket.on("late", resolve));
      while (!socket.io.engine.transport.writable) await new Promise((resolve) => setTimeout(resolve, 5));
      socket.volatile.emit("emit-back", "late", 1);
      expect("volatile when connected", await hub.within("late", back), 1);
      const theirs = new Promise((resolve) => socket.on("theirs", resolve));
      // By polling the server drops it between two polls: it is asked again until one was open.
      const again = setInterval(() => socket.emit("volatile-back", "theirs", 2), 20);
      expect("volatile of the server", await hub.within("theirs", theirs), 2);
      clearInterval(again);
      expect("early", early, 0);
    """)


def test_the_server_ends_one_namespace_or_the_connection(script):
    script("""
      await connect("root", "/", { reconnection: true, reconnectionDelay: 50 });
      await connect("whatsapp", "/whatsapp");
      hub.sockets.whatsapp.emit("bye");
      expect("bye", await hub.next("whatsapp", "<disconnect>"), "io server disconnect");
      expect("root lives", [hub.sockets.root.connected, await ask("root", "echo", 1)], [true, [1]]);
      const first = hub.got.whatsapp.find((e) => e[0] === "<connect>")[1];
      hub.sockets.whatsapp.connect();
      await hub.next("whatsapp", "<connect>", "", 2);
      hub.sockets.root.emit("bye-all");
      expect("root", await hub.next("root", "<disconnect>"), "io server disconnect");
      expect("whatsapp", await hub.next("whatsapp", "<disconnect>", "", 2), "io server disconnect");
      // Longer than its delay before a reconnection: what is tested is that nothing happens.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect("stays away", [hub.sockets.root.connected, hub.sockets.whatsapp.connected], [false, false]);
      hub.sockets.whatsapp.connect();
      await hub.next("whatsapp", "<connect>", "", 3);
      if (hub.sockets.whatsapp.id === first) throw new Error("the old id");
    """)


def test_an_upgrade_amid_traffic_loses_doubles_and_reorders_nothing(realtime, browser):
    """Events go both ways before the probe, while it is under way, between its answer and the upgrade packet, and after that."""
    script = Script(in_page(browser), realtime.url, TRANSPORTS["upgrade"])
    script("""
      // The client's own WebSocket, except that the probe and the upgrade packet wait for their gates and what follows them for its turn.
      const gates = {}, open = {}, early = [];
      for (const packet of ["2probe", "5"]) gates[packet] = new Promise((resolve) => (open[packet] = resolve));
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        if (data === "2probe") this.addEventListener("message", (message) => { if (!this.isUpgraded) early.push(message.data); });
        this.line = (this.line ?? Promise.resolve()).then(() => gates[data]).then(() => {
          if (data === "5") this.isUpgraded = true;
          send.call(this, data);
        });
      };
      await connect("b", "/", { transports: ["websocket"], forceNew: true });
      await connect("a", "/", { forceNew: true });
      await ask("a", "join", "r");
      let count = 0;
      const emit = () => {
        hub.sockets.a.emit("emit-back", "mine", count);
        hub.sockets.b.emit("to-room", "r", "theirs", count);
        count += 1;
      };
      const burst = async (heard) => {
        for (let i = 0; i < 30; i++) emit();
        for (const event of heard) await hub.next("a", event, `",${count - 1}]`);
      };
      const pump = setInterval(emit, 1);
      await burst(["mine", "theirs"]);
      expect("transport", hub.sockets.a.io.engine.transport.name, "polling");
      open["2probe"]();
      await hub.upgraded("a");
      await burst([]);
      expect("b is heard", await ask("b", "echo", 1), [1]);
      expect("before the upgrade packet", early, ["3probe"]);
      open["5"]();
      await burst(["mine", "theirs"]);
      clearInterval(pump);
      await burst(["mine", "theirs"]);
      const numbers = Array.from({ length: count }, (_, i) => i);
      for (const event of ["mine", "theirs"]) expect(event, hub.got.a.filter((e) => e[0] === event).map((e) => e[1]), numbers);
    """)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("transports", TRANSPORTS)
def test_clients_come_back_after_a_restart(fixtures, browser, transports, how):
    server = fixtures()
    script = Script(in_page(browser), server.url, TRANSPORTS[transports])
    script("""
      await connect("a", "/", { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 });
      if (TRANSPORTS.length > 1) await hub.upgraded("a");
    """)
    server.stop(how)
    assert browser.next("a", "<disconnect>") in ("transport close", "transport error")
    server.start()
    script("""
      await hub.next("a", "<connect>", "", 2);
      expect("echo", await ask("a", "echo", bytes(3)), [bytes(3)]);
    """)


def test_a_refusal_carries_its_data_and_another_token_is_tried_on_the_same_connection(fixtures, browser):
    server = fixtures("--jwt-secret", tokens.SECRET)
    for transports in TRANSPORTS.values():
        browser.open()
        good, old = tokens.jwt(user="ana"), tokens.jwt(ttl=-60)
        Script(in_page(browser), server.url, transports)(f"""
          const refused = async (auth) => (await connect("a", "/", {{ auth, forceNew: true }})).refused;
          expect("none", await refused({{}}), {{ message: "unauthorized", data: {{ code: "missing_token" }} }});
          expect("old", await refused({{ token: "{old}" }}), {{ message: "unauthorized", data: {{ code: "token_expired" }} }});
          expect("bad", await refused({{ token: "x.y.z" }}), {{ message: "unauthorized", data: {{ code: "invalid_token" }} }});
          await connect("whatsapp", "/whatsapp", {{ auth: {{ token: "{good}" }}, forceNew: true }});
          const engine = hub.sockets.whatsapp.io.engine;
          const root = hub.sockets.root = hub.sockets.whatsapp.io.socket("/", {{ auth: {{}} }});
          const error = await hub.within("refusal", new Promise((resolve) => root.once("connect_error", resolve)));
          expect("each namespace asks", error.data, {{ code: "missing_token" }});
          root.auth = {{ token: "{good}" }};
          root.connect();
          await hub.within("connect", new Promise((resolve) => root.once("connect", resolve)));
          expect("same connection", engine === root.io.engine && engine.readyState === "open", true);
          expect("claims", (await ask("root", "whoami"))[0].claims.userId, "ana");
        """)
