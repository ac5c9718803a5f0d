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

    | kind | |
    | --- | --- |
    | duration | whole numbers with their units, `1h30m`: `ms`, `s`, `m`, `h`, `d`, `w` |
    | size | a whole number of bytes or with a unit: `KB`, `MB`, `GB`, `TB` are powers of 1000, `KiB`, `MiB`, `GiB`, `TiB` of 1024 |
    | rate | so many per second, minute or hour: `80/s`, `20/m`, `500/h` |
    | secret | where a secret is, never the secret itself: `secret://file/PATH` (relative to the folder of hub.yaml, mode 600 or 400), `secret://env/NAME`, `secret://credential/NAME` (of systemd, see packaging). With `?` at its end it may be missing |

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
