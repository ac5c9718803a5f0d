import Testing

@testable import HubConfig

@Suite struct ValueTests {
  @Test("sizes take decimal and binary units")
  func sizes() {
    #expect(ByteSize("1KB")?.bytes == 1000)
    #expect(ByteSize("3MiB")?.bytes == 3 << 20)
    #expect(ByteSize("512")?.bytes == 512)
    for text in ["", "KB", "1 KB", "-1", "1.5MB", "1XB", "99999999999TB"] { #expect(ByteSize(text) == nil, "\(text)") }
    #expect(ByteSize(bytes: 1_000_000).description == "1MB")
    #expect(ByteSize(bytes: 8 << 20).description == "8MiB")
    #expect(ByteSize(bytes: 1001).description == "1001")
  }

  @Test("an address range contains its addresses and no others")
  func ranges() throws {
    let ten = try #require(IPRange("10.0.0.0/9"))
    #expect(ten.contains("10.127.255.255"))
    #expect(!ten.contains("10.128.0.0"))
    #expect(ten.contains("::ffff:10.1.2.3"))
    #expect(!ten.contains("not an address"))
    let six = try #require(IPRange("fd00::/8"))
    #expect(six.contains("fdff::1"))
    #expect(!six.contains("fe00::1"))
    #expect(IPRange("1.2.3.4")?.contains("1.2.3.4") == true)
    for text in ["", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "a/8"] { #expect(IPRange(text) == nil, "\(text)") }
  }

  @Test("only loopback and unix sockets count as local", arguments: ["127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/x"])
  func local(_ text: String) throws {
    #expect(try ListenAddress.parse(text).isLocal)
    #expect(try ListenAddress.parse(text).description == text)
  }

  @Test(
    "everything else can be reached", arguments: ["0.0.0.0:1", "[::]:1", "192.168.0.1:1", "example.org:1", "systemd", "127.evil.example:1"])
  func reachable(_ text: String) throws {
    #expect(try !ListenAddress.parse(text).isLocal)
  }

  @Test("rates name a period")
  func rates() {
    #expect(Rate("80/s")?.count == 80)
    #expect(Rate("1000/m")?.period == .seconds(60))
    for text in ["80", "/s", "80/d", "0/s", "8.5/s", "80/s/s"] { #expect(Rate(text) == nil, "\(text)") }
  }

  @Test("the nearest name is found for a slip, not for another word")
  func nearest() {
    #expect(nearestName(to: "pign_interval", in: ["ping_interval", "ping_timeout"]) == "ping_interval")
    #expect(nearestName(to: "Namespace", in: ["namespace"]) == "namespace")
    #expect(nearestName(to: "colour", in: ["secret", "issuer"]) == nil)
    #expect(nearestName(to: String(repeating: "x", count: 100_000), in: ["xx"]) == nil)
  }

  @Test("origins are exact")
  func origins() {
    for text in ["https://a.example", "http://localhost:5173", "https://[::1]:8443", "*"] {
      #expect(WebText.mistake(inOrigin: text) == nil)
    }
    for text in ["a.example", "https://a.example/", "https://*.example", "null", "ftp://a", "https://a:0", "https://"] {
      #expect(WebText.mistake(inOrigin: text) != nil, "\(text)")
    }
  }

  @Test("paths are seen from the folder of hub.yaml")
  func paths() {
    #expect(Paths.resolve("./data/", in: "/etc/hub") == "/etc/hub/data")
    #expect(Paths.resolve("data/hub.sqlite", in: ".") == "data/hub.sqlite")
    #expect(Paths.resolve("/var/lib/hub", in: "/etc/hub") == "/var/lib/hub")
    #expect(Paths.resolve(".", in: "/etc/hub") == "/etc/hub")
    #expect(Paths.resolve("x", in: "/") == "/x")
    #expect(Paths.folder(of: "hub.yaml") == ".")
    #expect(Paths.shellQuoted("/a b/it's") == "'/a b/it'\\''s'")
  }
}
