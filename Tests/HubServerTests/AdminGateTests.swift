import Testing

@testable import HubServer

@Suite("Admin gate")
struct AdminGateTests {
  private let loopback = AdminAddress.tcp(host: "127.0.0.1", port: 3334)

  private func request(_ path: String = "/metrics", headers: [(String, String)] = [], remote: String = "10.0.0.9") -> AdminRequest {
    AdminRequest(method: "GET", path: path, headers: headers, remote: remote, requestID: "r")
  }

  @Test("with a token everything but /healthz needs it")
  func token() {
    let gate = AdminGate(token: "a-long-admin-token", address: .tcp(host: "0.0.0.0", port: 1))
    #expect(gate.refusal(request("/healthz"), now: 0) == nil)
    #expect(gate.refusal(request(), now: 0)?.status == 401)
    #expect(gate.refusal(request(headers: [("authorization", "Bearer wrong")]), now: 0)?.status == 401)
    #expect(gate.refusal(request(headers: [("Authorization", "Bearer a-long-admin-token")]), now: 0) == nil)
  }

  @Test("case 44: who guesses is held back, also with the right token, and others are not")
  func case44_bruteForce() {
    let gate = AdminGate(token: "a-long-admin-token", address: .tcp(host: "0.0.0.0", port: 1))
    let wrong = request(headers: [("authorization", "Bearer guess")])
    let right = [("authorization", "Bearer a-long-admin-token")]
    #expect((0..<10).allSatisfy { _ in gate.refusal(wrong, now: 0)?.status == 401 })
    #expect(gate.refusal(wrong, now: 0)?.status == 429)
    #expect(gate.refusal(request(headers: right), now: 0)?.status == 429)
    #expect(gate.refusal(request(headers: right, remote: "10.0.0.1"), now: 0) == nil)
    #expect(gate.refusal(request(headers: right), now: 2000) == nil)
  }

  @Test("without a token a loopback port answers every user's questions and takes nobody's commands")
  func questionsOnly() {
    func post(_ gate: AdminGate) -> Int? {
      gate.refusal(AdminRequest(method: "POST", path: "/admin/v1/stop", headers: [], remote: "127.0.0.1", requestID: "r"), now: 0)?.status
    }
    let gate = AdminGate(token: nil, address: loopback)
    #expect(gate.refusal(request("/admin/v1/status"), now: 0) == nil)
    #expect(post(gate) == 403)
    #expect(post(AdminGate(token: "a-long-admin-token", address: loopback)) == 401)
    #expect(post(AdminGate(token: nil, address: .unix(path: "/run/hub/admin.sock"))) == nil)
    #expect(post(AdminGate()) == nil)
  }

  @Test("a web page can't use the listener through the operator's browser")
  func browser() {
    let gate = AdminGate(token: nil, address: loopback)
    #expect(gate.refusal(request(headers: [("host", "127.0.0.1:3334")]), now: 0) == nil)
    #expect(gate.refusal(request(headers: [("host", "localhost:3334")]), now: 0) == nil)
    #expect(gate.refusal(request(headers: [("host", "[::1]:3334")]), now: 0) == nil)
    #expect(gate.refusal(request(headers: [("host", "rebound.example:3334")]), now: 0)?.status == 400)
    #expect(gate.refusal(request(headers: [("host", "127.0.0.1.evil.example")]), now: 0)?.status == 400)
    for origin in ["https://evil.example", "null"] {
      #expect(gate.refusal(request(headers: [("host", "127.0.0.1:3334"), ("origin", origin)]), now: 0)?.status == 403)
    }
    #expect(gate.refusal(request(headers: [("host", "127.0.0.1:3334"), ("origin", "http://127.0.0.1:3334")]), now: 0) == nil)
  }

  @Test("only loopback and unix sockets are local")
  func addresses() {
    for host in ["127.0.0.1", "127.9.9.9", "localhost", "::1"] { #expect(AdminAddress.tcp(host: host, port: 1).isLocal, "\(host)") }
    #expect(AdminAddress.unix(path: "/x").isLocal)
    for host in ["0.0.0.0", "::", "10.0.0.1", "example.org", "127.0.0.1.example"] {
      #expect(!AdminAddress.tcp(host: host, port: 1).isLocal, "\(host)")
    }
    #expect(AdminAddress.tcp(host: "::1", port: 1).description == "[::1]:1" && AdminAddress.unix(path: "/x").description == "unix:/x")
  }
}
