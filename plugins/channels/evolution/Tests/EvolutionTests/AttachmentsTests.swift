import HubPluginSDK
import OrderedJSON
import Testing

@testable import Evolution

@Suite struct AttachmentsTests {
  private static func placeholder(_ number: Int64) -> JSONValue { ["_placeholder": true, "num": .number(JSONNumber(number))] }

  @Test("short ones stand where they belong, wherever that is; long ones and those that are not there stay what they were")
  func restored() {
    let value: JSONValue = [
      ["a": Self.placeholder(1), "b": [Self.placeholder(0), 1, "x"]], Self.placeholder(2), Self.placeholder(-1), Self.placeholder(3),
    ]
    let bytes: [[UInt8]] = [[7], [1, 255], [UInt8](repeating: 0, count: 65)]
    #expect(
      Attachments.restored(value, bytes) == [
        ["a": ["type": "Buffer", "data": [1, 255]], "b": [["type": "Buffer", "data": [7]], 1, "x"]], Self.placeholder(2),
        Self.placeholder(-1), Self.placeholder(3),
      ])
    #expect(Attachments.restored(value, []) == value)
  }

  @Test("a digest is the same from an attachment as from a webhook")
  func digest() {
    let bytes = (0..<32).map { UInt8($0) }
    let restored = Attachments.restored(["fileSha256": Self.placeholder(0)], [bytes])
    #expect(WireBytes.digest(restored["fileSha256"]) == HubHex.text(bytes))
  }
}
