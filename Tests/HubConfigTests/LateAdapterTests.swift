import HubConfig
import HubModel
import OrderedJSON
import Testing

/// A configuration is read while a plugin is missing; the plugin is there later.
@Suite struct LateAdapterTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("key", "verify-me")
    try scratch.write("jwt", "0123456789abcdef0123456789abcdef")
  }

  private func late(_ text: String, without missing: String = "meta-cloud", listen: String = "127.0.0.1:3333") throws -> LateAdapters {
    let auth = "auth: { jwt: { secret: secret://file/jwt } }\n"
    try scratch.write("hub.yaml", "version: 1\nserver: { listen: \"\(listen)\" }\n" + text + auth)
    let plugins = [TestCatalogue.metaCloud, TestCatalogue.socketio, TestCatalogue.stats].filter { $0.name != missing }
    let result = ConfigLoader.load(path: scratch.file("hub.yaml"), environment: [:], catalogue: FixedCatalogue(plugins))
    #expect(result.diagnostics.contains { $0.code == "unknown-plugin" && $0.severity == .warning })
    return try #require(LateAdapters(result, environment: [:]))
  }

  private func refusal(_ late: LateAdapters, _ id: String = "main", _ catalogue: FixedCatalogue = TestCatalogue.all) -> String? {
    do throws(LateAdapters.Refusal) {
      _ = try late.check(id, catalogue: catalogue)
      return nil
    } catch {
      return error.description.replacing(scratch.path + "/", with: "")
    }
  }

  private let channel =
    "channels: { main: { plugin: meta-cloud, on_start_error: retry, accounts: { a: { tenant: t } }, config: { path: /hook, verify_token: secret://file/key } } }\n"

  @Test("its settings are checked and filled in, and its claims and secrets are known")
  func ready() throws {
    let late = try late(channel)
    #expect(refusal(late, "main", FixedCatalogue([]))?.hasPrefix("hub.yaml:3:29: there is no plugin \"meta-cloud\" in ") == true)
    let checked = try late.check("main", catalogue: TestCatalogue.all)
    #expect(checked.adapter.config["graph_url"]?.string == "https://graph.facebook.com/v23.0")
    #expect(checked.adapter.config["accounts"]?["a"]?["tenant"]?.string == "t")
    #expect(checked.adapter.secrets == [SecretReference(.file("key"))])
    #expect(checked.adapter.refusal == nil)
    #expect(checked.adapter.onStartError == .retry)
    #expect(checked.claims.map(\.value) == ["/hook"])
    #expect(checked.sha256 == nil)
    var probed = TestCatalogue.metaCloud
    probed.sha256 = "abc"
    #expect(try late.check("main", catalogue: FixedCatalogue([probed])).sha256 == "abc")
  }

  @Test("a plugin that is there and refused says why")
  func refused() throws {
    var broken = TestCatalogue.metaCloud
    broken.error = "libmeta-cloud.so: truncated"
    #expect(
      refusal(try late(channel), "main", FixedCatalogue([broken]))?.hasSuffix("plugin \"meta-cloud\": libmeta-cloud.so: truncated") == true)
  }

  @Test("settings that do not fit are told with their place, all of them")
  func wrongSettings() throws {
    let late = try late(channel.replacing("path: /hook", with: "path: hook, verify_tokn: x"))
    let found = try #require(refusal(late))
    #expect(found.contains("hub.yaml:3:"))
    #expect(found.contains("unknown key \"verify_tokn\" in channels.main.config (did you mean \"verify_token\"?)"))
    #expect(found.contains("channels.main.config.path"))
  }

  @Test("a secret that is missing by then is an error")
  func missingSecret() throws {
    #expect(refusal(try late(channel.replacing("file/key", with: "file/nowhere")))?.contains("nowhere") == true)
  }

  @Test("a claim that a running adapter has is refused with both names")
  func clash() throws {
    let late = try late(channel.replacing("/hook", with: "/api/socket/stats") + "sinks: { counts: { plugin: stats } }\n")
    let found = try #require(refusal(late))
    #expect(found.contains("is claimed by channels.main and by sinks.counts (hub.yaml:4:"))
  }

  @Test("of two late adapters that claim the same the second is refused, and the first may come again")
  func twoLate() throws {
    let both = """
      channels:
        one: { plugin: meta-cloud, on_start_error: retry, accounts: {}, config: { path: /hook, verify_token: secret://file/key } }
        two: { plugin: meta-cloud, on_start_error: retry, accounts: {}, config: { path: /hook, verify_token: secret://file/key } }

      """
    let late = try late(both)
    #expect(refusal(late, "two") == nil)
    #expect(refusal(late, "one")?.contains("is claimed by channels.one and by channels.two") == true)
    #expect(refusal(late, "two") == nil)
  }

  @Test("what the hub would have refused at its start because of the listener is refused later as well")
  func unsigned() throws {
    let open = channel.replacing("path: /hook", with: "path: /hook, signature: off")
    #expect(refusal(try late(open)) == nil)
    #expect(refusal(try late(open, listen: "0.0.0.0:3333"))?.contains("channels.main does not check signatures") == true)
  }

  @Test("a configuration with errors has no late adapters")
  func invalid() throws {
    try scratch.write("hub.yaml", "version: 7\n")
    let result = ConfigLoader.load(path: scratch.file("hub.yaml"), environment: [:], catalogue: TestCatalogue.all)
    #expect(LateAdapters(result, environment: [:]) == nil)
  }
}
