import HubConfig
import HubModel
import OrderedJSON
import Testing

@Suite struct LoadResultTests {
  private func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadResult {
    let scratch = try Scratch()
    try scratch.write("hub.yaml", text)
    try scratch.write("jwt", "0123456789abcdef0123456789abcdef")
    try scratch.write("key", "app-secret")
    return ConfigLoader.load(path: scratch.file("hub.yaml"), environment: environment, catalogue: TestCatalogue.all)
  }

  @Test("systemd's credentials are an error to who serves without them, a warning to who only looks, and read where they are")
  func credentials() throws {
    let scratch = try Scratch()
    try scratch.write("hub.yaml", "version: 1\nauth: { jwt: { secret: secret://credential/jwt } }\n")
    try scratch.write("given/jwt", "0123456789abcdef0123456789abcdef")
    try scratch.write("short/jwt", "0123")
    func findings(_ environment: [String: String], toServe: Bool) -> [String] {
      let result = ConfigLoader.load(
        path: scratch.file("hub.yaml"), environment: environment, catalogue: TestCatalogue.all, toServe: toServe)
      return result.diagnostics.map { "\($0.severity.rawValue) \($0.code)" }
    }
    #expect(findings([:], toServe: true) == ["error missing-secret"])
    #expect(findings([:], toServe: false) == ["warning unread-secret"])
    #expect(findings(["CREDENTIALS_DIRECTORY": scratch.file("given")], toServe: false) == [])
    #expect(findings(["CREDENTIALS_DIRECTORY": scratch.file("short")], toServe: false) == ["error weak-secret"])
    #expect(findings(["CREDENTIALS_DIRECTORY": scratch.file("none")], toServe: false) == ["error missing-secret"])
  }

  private let channel = """
    version: 1
    channels:
      main:
        plugin: meta-cloud
        accounts: { "5511": { tenant: demo, phone: 5511999999999, token: secret://env/T? }, "5512": { tenant: other } }
        config: { path: /hook, verify_token: secret://file/key, app_secret: [secret://file/key] }

    """

  @Test("a plugin gets its config with defaults, its accounts with their tenants, and secrets as handles")
  func pluginConfig() throws {
    let adapter = try #require(try load(channel).configuration?.channels["main"])
    #expect(
      adapter.config == [
        "path": "/hook", "verify_token": "secret://file/key", "app_secret": ["secret://file/key"],
        "graph_url": "https://graph.facebook.com/v23.0", "signature": "on",
        "accounts": [
          "5511": ["phone": 5_511_999_999_999, "token": "secret://env/T?", "tenant": "demo"], "5512": ["tenant": "other"],
        ],
      ])
    #expect(adapter.accounts["5511"]?.tenant == "demo")
    #expect(adapter.secrets == [SecretReference(.file("key")), SecretReference(.environment("T"), isOptional: true)])
  }

  @Test("claims of enabled adapters are collected, defaults included")
  func claims() throws {
    let configuration = try #require(
      try load(channel + "sinks: { s: { plugin: stats }, a: { plugin: socketio, config: { namespace: / } } }").configuration)
    #expect(
      configuration.claims.map { "\($0.kind.rawValue) \($0.value) \($0.adapter)" } == [
        "http-path /hook main", "http-path /api/socket/stats s", "namespace / a",
      ])
  }

  @Test("a file with any error gives no configuration")
  func noHalfConfiguration() throws {
    let result = try load("version: 1\nnode: \"a b\"\n")
    #expect(result.configuration == nil)
    #expect(EffectiveConfig(result) == nil)
    #expect(CheckReport(file: "hub.yaml", result: result).exitCode == 3)
  }

  @Test("an error is no obstacle to who needs other keys, and one to who needs these, however they are written")
  func partial() throws {
    let result = try load(
      """
      version: 1
      data: ./there
      srver: 5
      auth: { jwt: { algorithms: [HS256], secret: secret://file/jwt }, api_keys: { k: { key: secret://env/NONE, roles: [stats] } } }
      sinks: { a: { plugin: nowhere } }
      """)
    #expect(result.configuration == nil)
    #expect(result.configuration(using: [["data"], ["auth", "jwt"]])?.data == "./there")
    for needed in [["auth"], ["auth", "api_keys"], ["sinks"], ["srver"]] {
      #expect(result.configuration(using: [needed]) == nil, "\(needed)")
    }
    for bad in ["data: [x]", "data: ${NONE}", "data: a\nnode: b\ndata: c", "data: a\n b: c"] {
      #expect(try load("version: 1\n\(bad)\n").configuration(using: [["data"]]) == nil, "\(bad)")
    }
  }

  @Test("a key given twice is an obstacle to who needs it, wherever it stands, and to nobody else")
  func repeated() throws {
    let result = try load(
      """
      version: 1
      auth:
        jwt: { secret: secret://file/jwt }
        api_keys: { k: { key: secret://file/jwt, roles: [stats] } }
        jwt: { secret: secret://file/key }
      server: { listen: 127.0.0.1:4001, listen: 127.0.0.1:4002 }
      """)
    #expect(result.configuration(using: [["data"], ["auth", "api_keys"], ["server", "tls"]]) != nil)
    for needed in [["auth"], ["auth", "jwt"], ["auth", "jwt", "secret"], ["server"], ["server", "listen"]] {
      #expect(result.configuration(using: [needed]) == nil, "\(needed)")
    }
  }

  @Test("for a command that needs some keys no plugin is asked, no other secret read, and no text of a plugin's settings shown")
  func options() throws {
    let scratch = try Scratch()
    try scratch.write(
      "hub.yaml",
      """
      version: 1
      data: ./there
      auth: { jwt: { secret: secret://env/NONE } }
      sinks: { a: { plugin: nowhere, config: { key: canary }, x: 1 } }
      """)
    let path = scratch.file("hub.yaml")
    let result = ConfigLoader.loadOptions(path: path, environment: [:], secrets: [["data"]])
    #expect(result.configuration == nil)
    #expect(result.diagnostics.map(\.code) == ["unknown-key"])
    #expect(result.configuration(using: [["data"], ["auth", "jwt"]])?.data == "./there")
    #expect(!CheckReport(file: path, result: result).text.contains("canary"))
    let signing = ConfigLoader.loadOptions(path: path, environment: [:], secrets: [["auth", "jwt"]])
    #expect(signing.configuration(using: [["auth", "jwt"]]) == nil)
    #expect(signing.configuration(using: [["data"]])?.data == "./there")
  }

  @Test("warnings leave a configuration and exit code 0")
  func warnings() throws {
    let result = try load("version: 1\nchannels: { a: { plugin: nowhere, on_start_error: disable, accounts: {} } }\n")
    #expect(result.configuration?.channels["a"]?.refusal != nil)
    #expect(CheckReport(file: "hub.yaml", result: result).exitCode == 0)
  }

  @Test("the JSON report has the same findings as the text")
  func json() throws {
    let report = CheckReport(file: "hub.yaml", result: try load("version: 1\nnodee: x\n"))
    #expect(report.json["ok"] == false)
    #expect(report.json["errors"] == 1)
    let finding = report.json["diagnostics"]?[0]
    #expect(finding?["code"] == "unknown-key")
    #expect(finding?["line"] == 2)
    #expect(finding?["column"] == 1)
    #expect(finding?["length"] == 5)
    #expect(finding?["hint"] == "did you mean \"node\"?")
  }

  @Test("the effective values say where each comes from")
  func origins() throws {
    let result = try load("version: 1\nnode: ${NODE}\n", ["NODE": "n1"])
    let entries = try #require(EffectiveConfig(result)).entries
    func origin(_ path: [String]) -> String? { entries.first { $0.path == path }?.origin }
    #expect(origin(["node"])?.hasSuffix("hub.yaml:2, env NODE") == true)
    #expect(origin(["server", "listen"]) == "default")
  }

  @Test("no literal secret shows in any report")
  func literals() throws {
    let canary = "canary-0123456789abcdef"
    let result = try load(
      """
      version: 1
      auth: { jwt: { secret: \(canary) }, api_keys: { k: { key: "\(canary)", tenant: t, roles: [send], x: 1 } } }
      admin: { token: '\(canary)', listen: nonsense }
      channels:
        main: { plugin: meta-cloud, accounts: { a: { tenant: t, token: \(canary) } }, config: { path: /p, verify_token: \(canary), app_secret: [\(canary)], y: 1 } }
      """)
    let report = CheckReport(file: "hub.yaml", result: result)
    #expect(report.errors >= 9)
    #expect(!report.text.contains("canary"))
    #expect(!report.json.description.contains("canary"))
  }
}
