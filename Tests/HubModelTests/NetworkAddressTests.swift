import Testing

@testable import HubModel

@Suite("Addresses that a stranger's URL may lead to")
struct NetworkAddressTests {
  @Test(
    "case43: special addresses are not public",
    arguments: [
      "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255",
      "169.254.169.254",
      "169.254.170.2", "172.16.0.0", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.255.255", "198.18.0.1",
      "198.19.255.255", "198.51.100.7", "203.0.113.7", "168.63.129.16", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
      "::",
      "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "fc00::1", "fd00:ec2::254",
      "fe80::1", "febf::1", "fec0::1", "ff02::1", "2001::1", "2001:2::1", "2001:10::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::1",
      "3fff::1", "4000::1",
    ])
  func special(text: String) throws {
    #expect(try #require(NetworkAddress(text)).isPublic == false)
  }

  @Test(
    "other addresses are",
    arguments: [
      "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255",
      "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::1",
      "2001:4860:4860::8888", "2606:4700::1111", "2a03:2880:f10c::1",
    ])
  func ordinary(text: String) throws {
    let address = try #require(NetworkAddress(text))
    #expect(address.isPublic && address.description == text)
  }

  @Test(
    "only the standard spelling is an address", arguments: ["0x7f.1", "2130706433", "0177.0.0.1", "127.1", "", "a", "fe80::1%eth0", "::g"])
  func spellings(text: String) { #expect(NetworkAddress(text) == nil) }
}

@Suite("URLs and hosts of requests to outside")
struct OutboundURLTests {
  @Test(
    "a URL is taken apart and put together in one spelling",
    arguments: [
      ("https://API.example", "https://api.example:443/"), ("http://a.example:8080/x?y=z", "http://a.example:8080/x?y=z"),
      ("HTTP://1.2.3.4?q", "http://1.2.3.4:80/?q"), ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
      ("http://127.1/", "http://127.1:80/"),
    ])
  func parses(text: String, whole: String) { #expect(OutboundURL(text)?.text == whole) }

  @Test(
    "case43: what can be read in two ways is none",
    arguments: [
      "", "api.example", "//api.example/", "ftp://a.example/", "file:///etc/passwd", "http://", "http:///x", "http://user@a.example/",
      "http://a.example@b.example/", "http://a.example#@b.example/", "http://a.example\\@b.example/", "http://a.example:0/",
      "http://a.example:65536/", "http://a.example:x/", "http://a example/", "http://a.example/\u{0}", "http://a.example/\r\nX: y",
      "http://[::1", "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://[a.example]/", "http://ä.example/", "http://a%2eexample/",
      "http://a.example/x#y",
    ])
  func refuses(text: String) { #expect(OutboundURL(text) == nil) }
}

@Suite("URLs that a stranger may name to a server of one's own")
struct PublicURLTests {
  @Test(
    "names of the public internet and public addresses may",
    arguments: [
      "https://cdn.example/a.png", "http://a.b.example:8080/x", "https://cdn.example./a", "https://8.8.8.8/a", "https://[2606:4700::1]/a",
      "https://1.example/a", "https://internal.example/", "https://localhost.example/",
    ])
  func may(_ text: String) { #expect(OutboundURL(text)?.looksPublic == true) }

  @Test(
    "case43: what is of the server's own machine or network, however it is spelled, may not",
    arguments: [
      "http://127.0.0.1/", "http://10.1.2.3:8080/", "http://192.168.0.1", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
      "http://[fe80::1]/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/", "http://0/", "http://2130706433/", "http://0x7f000001/",
      "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://1.2.3.0x4/", "http://localhost/", "http://LOCALHOST:9200/",
      "http://localhost./", "http://a.localhost/", "http://redis:6379/", "http://printer.local/", "http://metadata.google.internal/",
      "http://router.home.arpa/", "http://nas.lan/", "http://a..example/", "http://localhost.localdomain/",
    ])
  func mayNot(_ text: String) { #expect(OutboundURL(text)?.looksPublic != true) }

  @Test(
    "case43: what is no plain http address is none at all",
    arguments: [
      "file:///etc/passwd", "gopher://cdn.example/", "data:text/plain,x", "http://a@127.0.0.1/", "http://cdn.example\\@127.0.0.1/",
      "http://", "x",
    ])
  func isNone(_ text: String) { #expect(OutboundURL(text) == nil) }
}
