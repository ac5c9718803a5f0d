import Foundation
import HubModel
import Testing

@Suite("docs/codes.md")
struct CodesDocumentTests {
  private var text: String {
    let rows = ProblemCode.allCases.map { "| `\($0.rawValue)` | \($0.status) | \($0.title) | \($0.help) |" }
    return """
      # Error codes

      Generated from `Sources/HubModel/ProblemCode.swift`; `HUB_WRITE_DOCS=1 swift test --filter Document` writes it.

      Every error answer over HTTP is `application/problem+json` (RFC 9457) with the members `title`, `status`, `code`, and where there is
      something to say `detail` and `requestId`, the response's `X-Request-Id`. A CONNECT_ERROR carries the same word in `data.code`. A code
      never changes its meaning; new ones may be added.

      The engine paths (`realtime.paths`) keep the answers of the Engine.IO reference, which clients know: `{"code":N,"message":…}` for polling,
      a plain sentence for an upgrade. A refused origin is 403 `{"code":4,"message":"Forbidden"}` to a poll and 400 `Forbidden` to an upgrade
      there, counts as `hub_realtime_drops_total{reason="origin_refused"}`, and is in the log with the origin to add to `server.cors.origins`;
      `origin_refused` below is what the admin listener says.

      | code | status | what happened | what to do |
      | --- | --- | --- | --- |
      \(rows.joined(separator: "\n"))

      """
  }

  @Test("the page is what the registry says")
  func page() throws {
    try GeneratedDocument("codes.md").verify(text)
  }

  @Test("every code is complete, and its word and status fit")
  func complete() {
    for code in ProblemCode.allCases {
      #expect((400...599).contains(code.status) && !code.title.isEmpty && !code.help.isEmpty, "\(code)")
      #expect(
        code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" } && code.title.first?.isUppercase == false && !code.title.hasSuffix("."))
    }
  }
}

/// A page of docs/ that a test compares, or writes when `HUB_WRITE_DOCS` is set.
struct GeneratedDocument {
  private let path: String

  init(_ name: String, testFile: String = #filePath) {
    let root = URL(fileURLWithPath: testFile).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    path = root.appendingPathComponent("docs/\(name)").path
  }

  func verify(_ text: String) throws {
    if ProcessInfo.processInfo.environment["HUB_WRITE_DOCS"] != nil {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect((try? String(contentsOfFile: path, encoding: .utf8)) == text, "stale: run HUB_WRITE_DOCS=1 swift test --filter Document")
  }
}
