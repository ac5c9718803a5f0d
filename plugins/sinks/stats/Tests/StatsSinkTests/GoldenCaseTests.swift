import Foundation
import OrderedJSON
import Testing

@testable import StatsSink

@Suite("Golden cases: a snapshot and what each caller sees of it")
struct StatsGoldenCaseTests {
  @Test("every caller gets the answer of the case", arguments: ["two-tenants.json"])
  func answers(name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Cases/\(name)").standardizedFileURL
    let golden = try JSONValue(parsing: Array(Data(contentsOf: file)))
    for answer in golden["answers"]?.array ?? [] {
      let caller = answer["caller"]
      let view = StatsView(
        access: try #require(StatsAccess(rawValue: answer["access"]?.string ?? "")), tenant: caller?["tenant"]?.string,
        isKey: caller?["key"]?.bool ?? false, roles: caller?["roles"]?.array?.compactMap(\.string) ?? [])
      #expect(view?.body(of: golden["snapshot"] ?? .null) == answer["body"], "\(answer)")
    }
  }
}
