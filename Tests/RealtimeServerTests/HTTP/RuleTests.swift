import NIOCore
import Testing

@testable import RealtimeServer

@Suite("Rules without a socket")
struct RuleTests {
  @Test("the upgrade table sends engine paths by prefix and transport, and everything else to HTTP")
  func upgradeTable() {
    let table = UpgradeTable(paths: ["/socket.io/", "/api/ws/"])
    #expect(table.decide(path: "/socket.io/", query: "transport=websocket&EIO=4", wantsWebSocket: true) == .webSocket)
    #expect(table.decide(path: "/api/ws/x", query: "transport=polling&transport=websocket", wantsWebSocket: true) == .webSocket)
    #expect(table.decide(path: "/socket.io/", query: "transport=polling", wantsWebSocket: true) == .refuse("Bad request"))
    #expect(table.decide(path: "/socket.io/", query: "", wantsWebSocket: true) == .refuse("Transport unknown"))
    #expect(table.decide(path: "/socket.io/", query: "transport=websocket", wantsWebSocket: false) == .polling)
    #expect(table.decide(path: "/socket.io", query: "transport=websocket", wantsWebSocket: true) == .http)
    #expect(table.decide(path: "/", query: "transport=websocket", wantsWebSocket: true) == .http)
  }

  @Test("of a repeated parameter the last counts, and names and values are form-decoded")
  func query() {
    let request = HTTPRequest(method: "GET", target: "/p?a=1&b=x+y%21&a=2&%63=3&d&e=%zz&f=a=b?c")
    #expect(request.path == "/p")
    #expect(request.queryValue("a") == "2")
    #expect(request.queryValue("b") == "x y!")
    #expect(request.queryValue("c") == "3")
    #expect(request.queryValue("d") == "")
    #expect(request.queryValue("e") == "%zz")
    #expect(request.queryValue("f") == "a=b?c")
    #expect(request.queryValue("g") == nil)
    let gaps = HTTPRequest(method: "GET", target: "/p?&a=1&&=x&b&")
    #expect(["a", "", "b", "c"].map(gaps.queryValue) == ["1", "x", "", nil])
  }

  @Test(
    "hosts",
    arguments: [
      ("a", true), ("a:80", true), ("a-b.c_d", true), ("127.0.0.1:3333", true), ("[::1]", true), ("[::1]:80", true), ("", false),
      (":80", false), ("a:b", false), ("a b", false), ("a,b", false), ("[::1", false), ("::1", false), ("a:", true), ("a:123456", false),
      ("\u{e9}", false),
    ])
  func hosts(text: String, isValid: Bool) {
    #expect(HeadCheck.isHost(text.utf8) == isValid)
  }

  @Test("trusted proxies: the last hop that nobody vouches for is the client")
  func proxies() throws {
    let trusted = try #require(TrustedProxies(["10.0.0.0/8", "192.168.4.0/22", "fd00::/8", "2001:db8::1"]))
    #expect(trusted.contains("10.255.1.1") && trusted.contains("192.168.7.255") && trusted.contains("fdff::1"))
    #expect(
      !trusted.contains("11.0.0.1") && !trusted.contains("192.168.8.0") && !trusted.contains("2001:db8::2") && !trusted.contains("unix"))
    #expect(trusted.contains("::ffff:10.0.0.1"))
    #expect(trusted.client(peer: "10.0.0.1", forwarded: ["1.1.1.1, 2.2.2.2", "10.9.9.9"]) == "2.2.2.2")
    #expect(trusted.client(peer: "10.0.0.1", forwarded: []) == "10.0.0.1")
    #expect(trusted.client(peer: "10.0.0.1", forwarded: ["nonsense, 10.2.2.2"]) == "10.2.2.2")
    #expect(trusted.client(peer: "9.9.9.9", forwarded: ["1.1.1.1"]) == "9.9.9.9")
    #expect(TrustedProxies(["unix"])?.client(peer: "unix", forwarded: ["1.1.1.1"]) == "1.1.1.1")
    #expect(trusted.isSecure(peer: "10.0.0.1", forwarded: "https, http") == true)
    #expect(trusted.isSecure(peer: "10.0.0.1", forwarded: " HTTPS") == true)
    for said in [nil, "", "gopher", "http", "http, https"] { #expect(trusted.isSecure(peer: "10.0.0.1", forwarded: said) == nil) }
    #expect(trusted.isSecure(peer: "9.9.9.9", forwarded: "https") == nil)
    for bad in ["10.0.0.0/33", "10.0.0", "host", "10.0.0.0/-1", "/8", ""] { #expect(TrustedProxies([bad]) == nil, "\(bad)") }
  }

  @Test("origins: listed, the server's own, none; everything else isn't permitted")
  func origins() {
    let policy = CORSPolicy(.exact(["https://app.example"]))
    #expect(policy.permits(origin: nil, host: "hub", isSecure: true))
    #expect(policy.permits(origin: "https://app.example", host: "hub", isSecure: false))
    for (origin, isSecure, isOwn) in [
      ("http://hub:3333", nil, true), ("https://hub:3333", nil, true), ("http://hub:3333", false, true), ("HTTPS://Hub:3333", true, true),
      ("http://hub:3333", true, false), ("https://hub:3333", false, false), ("hub:3333", nil, false),
    ] as [(String, Bool?, Bool)] {
      #expect(policy.permits(origin: origin, host: "hub:3333", isSecure: isSecure) == isOwn, "\(origin)")
    }
    for origin in ["https://app.example.evil", "http://app.example", "null", "", "https://hub.evil"] {
      #expect(!policy.permits(origin: origin, host: "hub", isSecure: nil), "\(origin)")
    }
    #expect(CORSPolicy(.any).fields(origin: "https://x").contains { $0 == ("Access-Control-Allow-Origin", "https://x") })
    #expect(!CORSPolicy(.any, credentials: false).fields(origin: "https://x").contains { $0.0 == "Access-Control-Allow-Credentials" })
  }

  @Test("deadlines follow the phase; a long body earns time, a pending answer has none")
  func deadlines() {
    let start = NIODeadline.uptimeNanoseconds(0)
    var deadlines = HTTPDeadlines(limits: HTTPLimits(), now: start)
    #expect(deadlines.deadline == start + .seconds(10))
    deadlines.enter(.head, now: start + .seconds(5))
    #expect(deadlines.deadline == start + .seconds(10))
    deadlines.enter(.body, now: start)
    #expect(!deadlines.isExpired(now: start + .milliseconds(29_999)))
    #expect(deadlines.isExpired(now: start + .seconds(30)))
    deadlines.progress(32 * 1024)
    #expect(deadlines.deadline == start + .seconds(32))
    deadlines.enter(.answering, now: start)
    #expect(!deadlines.isExpired(now: start + .hours(9)))
    deadlines.enter(.idle, now: start + .seconds(1))
    #expect(deadlines.deadline == start + .seconds(61))
  }

  @Test("addresses to listen on are printed as they are written")
  func addresses() {
    #expect(ListenAddress.tcp(host: "127.0.0.1", port: 80).description == "127.0.0.1:80")
    #expect(ListenAddress.tcp(host: "::1", port: 80).description == "[::1]:80")
    #expect(ListenAddress.unix(path: "/run/a.sock").description == "unix:/run/a.sock" && ListenAddress.descriptor(3).description == "fd:3")
  }

  @Test("a slow clock starts once and forgets when the backlog is gone")
  func slowClock() {
    let start = NIODeadline.uptimeNanoseconds(0)
    var clock = SlowClock()
    #expect(clock.deadline(after: .seconds(10)) == nil)
    clock.set(isOver: true, now: start)
    clock.set(isOver: true, now: start + .seconds(5))
    #expect(clock.deadline(after: .seconds(10)) == start + .seconds(10))
    clock.set(isOver: false, now: start + .seconds(6))
    #expect(clock.deadline(after: .seconds(10)) == nil)
  }
}
