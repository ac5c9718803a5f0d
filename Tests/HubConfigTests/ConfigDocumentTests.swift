import Foundation
import HubConfig
import Testing

@Suite("docs/config.md")
struct ConfigDocumentTests {
  private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "docs/config.md").path

  private var text: String {
    """
    # Keys of hub.yaml

    Generated from the table that reads the file, `Sources/HubConfig/Options`; `HUB_WRITE_DOCS=1 swift test --filter Document` writes it.

    `hub init` writes a file to start from, `hub check` reports every mistake in one, `hub schema` prints the same as JSON Schema for editors,
    `hub config show` the values in force and where each comes from. `NAME` stands for a key of your choice. What `config` of an adapter takes
    is its plugin's business: `hub plugin inspect PLUGIN`.

    \(ConfigSchema.markdown)
    """
  }

  @Test("the page is what the loader reads")
  func page() throws {
    if ProcessInfo.processInfo.environment["HUB_WRITE_DOCS"] != nil {
      try text.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
    #expect((try? String(contentsOfFile: Self.path, encoding: .utf8)) == text, "stale: run HUB_WRITE_DOCS=1 swift test --filter Document")
  }
}
