import Glibc
import HubModel
import Testing

@testable import HubConfig

@Suite struct HubInitTests {
  static let repositoryFile =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/hub.yaml"

  private func kinds(_ report: HubInit, in scratch: Scratch) -> [String] {
    report.outcomes.map { "\($0.kind.rawValue) \($0.path.replacing(scratch.path + "/", with: ""))" }
  }

  @Test("what hub init writes is the repository's hub.yaml")
  func templateIsShipped() throws {
    #expect(try Scratch.text(Self.repositoryFile) == HubInit.template)
  }

  @Test("a fresh folder gets hub.yaml and secrets that only the owner reads, and hub check takes it with a warning on trial secrets")
  func fresh() throws {
    let scratch = try Scratch()
    let report = try HubInit.run(folder: scratch.file("site"), environment: [:])
    #expect(
      kinds(report, in: scratch) == [
        "created site/hub.yaml", "created site/data", "created site/data/secrets", "created site/data/secrets/jwt",
        "created site/data/secrets/meta-verify-token", "created site/data/secrets/meta-app-secret",
      ])
    #expect(report.text.contains("created \(scratch.path)/site/data/secrets/jwt\n"))
    #expect(report.next == "hub serve -c \(scratch.path)/site/hub.yaml")
    #expect(Scratch.mode(scratch.file("site/data")) & 0o777 == 0o700)
    #expect(Scratch.mode(scratch.file("site/data/secrets/jwt")) & 0o777 == 0o600)
    let result = ConfigLoader.load(path: scratch.file("site/hub.yaml"), environment: [:], catalogue: TestCatalogue.all)
    #expect(result.configuration != nil)
    #expect(result.diagnostics.map(\.code) == ["trial-secret", "trial-secret"])
    let configuration = try #require(result.configuration)
    #expect(configuration.server.listen.isLocal && configuration.admin.listen.isLocal)
    #expect(configuration.journalFile == scratch.file("site/data/hub.sqlite"))
  }

  @Test("making the secrets of a file that is not there says what writes one")
  func secretsOfNothing() throws {
    let scratch = try Scratch()
    #expect {
      try SecretMaker.ensureSecrets(path: scratch.file("hub.yaml"), environment: [:])
    } throws: { error in
      "\(error)" == "there is no \(scratch.path)/hub.yaml to make the secrets of; hub init without --secrets writes one and makes them"
    }
  }

  @Test(
    "hub.yaml names the folder where the program's plugins are, and the next command the program",
    arguments: ["/opt/hub 1/plugins", "/usr/lib/hub/plugins"])
  func pluginFolder(plugins: String) throws {
    let scratch = try Scratch()
    let report = try HubInit.run(folder: scratch.path, environment: [:], program: "/opt/hub 1/bin/hub", plugins: plugins)
    #expect(report.next == "'/opt/hub 1/bin/hub' serve -c \(scratch.path)/hub.yaml")
    let result = ConfigLoader.load(path: scratch.file("hub.yaml"), environment: [:], catalogue: TestCatalogue.all)
    let folders = try #require(result.configuration).pluginFolders
    #expect(folders.first == plugins && folders.last == "/usr/lib/hub/plugins" && Set(folders).count == folders.count)
  }

  @Test("a second run keeps everything as it was")
  func again() throws {
    let scratch = try Scratch()
    _ = try HubInit.run(folder: scratch.path, environment: [:])
    let secret = try Scratch.text(scratch.file("data/secrets/jwt"))
    try scratch.write("hub.yaml", try Scratch.text(scratch.file("hub.yaml")) + "# mine\n")
    let report = try HubInit.run(folder: scratch.path, environment: [:])
    #expect(report.outcomes.allSatisfy { $0.kind == .kept })
    #expect(try Scratch.text(scratch.file("data/secrets/jwt")) == secret)
    #expect(try Scratch.text(scratch.file("hub.yaml")).hasSuffix("# mine\n"))
  }

  @Test("two runs in two folders make different secrets")
  func secretsDiffer() throws {
    let (one, two) = (try Scratch(), try Scratch())
    _ = try HubInit.run(folder: one.path, environment: [:])
    _ = try HubInit.run(folder: two.path, environment: [:])
    for name in ["jwt", "meta-app-secret"] {
      let secret = try Scratch.text(one.file("data/secrets/\(name)"))
      #expect(secret.utf8.count > 64)
      #expect(try Scratch.text(two.file("data/secrets/\(name)")) != secret)
    }
  }

  @Test("a secret that is gone although the journal exists is reported as lost, not made up")
  func lost() throws {
    let scratch = try Scratch()
    _ = try HubInit.run(folder: scratch.path, environment: [:])
    try scratch.write("data/hub.sqlite", "")
    unlink(scratch.file("data/secrets/meta-app-secret"))
    let outcomes = try SecretMaker.ensureSecrets(path: scratch.file("hub.yaml"), environment: [:])
    #expect(outcomes.last?.kind == .missing)
    #expect(Scratch.mode(scratch.file("data/secrets/meta-app-secret")) == 0)
  }

  @Test("secrets outside the data folder, in the environment and of disabled adapters are never made")
  func onlyOwnFiles() throws {
    let scratch = try Scratch()
    try scratch.write(
      "hub.yaml",
      """
      version: 1
      auth: { jwt: { secret: "secret://file/elsewhere/jwt" } }
      admin: { token: "secret://file/data/../token" }
      channels:
        off: { plugin: x, enabled: false, config: { key: secret://file/data/key } }
        on: { plugin: x, config: { key: secret://env/KEY } }
      """)
    let outcomes = try SecretMaker.ensureSecrets(path: scratch.file("hub.yaml"), environment: [:])
    #expect(outcomes.map(\.path) == [scratch.file("data")])
    #expect(Scratch.names(in: scratch.file("data")).isEmpty)
  }

  @Test("a file in the place of the folder is an error that names it")
  func inTheWay() throws {
    let scratch = try Scratch()
    try scratch.write("site", "")
    #expect(throws: SecretMakerError.self) { try HubInit.run(folder: scratch.file("site"), environment: [:]) }
  }
}
