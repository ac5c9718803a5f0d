import OrderedJSON
import Testing

@testable import ChatEngine

@Suite struct KnownContactsTests {
  private static let hour = KnownContacts.hourMs
  /// 2026-01-05T12:00:00Z.
  private static let noon: Int64 = 1_767_614_400_000

  private func restored(_ values: [[UInt8]], limit: Int = 100) -> KnownContacts {
    var contacts = KnownContacts(limit: limit)
    contacts.restore(values)
    return contacts
  }

  @Test("what changed is written once, and read back")
  func keeps() {
    var contacts = KnownContacts(limit: 100)
    for number in 0..<50 { contacts.learn("ctc_\(number)", of: "conv_\(number)", at: Self.noon) }
    let written = contacts.takeChanged()
    #expect(contacts.isChanged == false && contacts.takeChanged().isEmpty)
    contacts.learn("ctc_7", of: "conv_7", at: Self.noon)
    #expect(contacts.isChanged == false, "nothing new")
    contacts.learn("ctc_8", of: "conv_7", at: Self.noon)
    #expect(contacts.takeChanged().count == 1)
    var again = KnownContacts(limit: 100)
    again.learn("newer", of: "conv_1", at: Self.noon)
    again.restore(written.map { $0.value } + [Array("no JSON".utf8), Array(#"{"conv_99":7,"conv_98":[]}"#.utf8)])
    #expect(again["conv_0"] == "ctc_0" && again["conv_49"] == "ctc_49" && again.conversations.count == 50)
    #expect(again["conv_1"] == "newer" && again.conversations.last == "conv_1")
  }

  @Test("a conversation is kept without its contact too, until that is known")
  func withoutContact() {
    var contacts = KnownContacts(limit: 100)
    contacts.note("conv_1", at: Self.noon)
    contacts.learn("ctc_2", of: "conv_2", at: Self.noon)
    contacts.note("conv_2", at: Self.noon)
    let written = contacts.takeChanged()
    contacts.note("conv_1", at: Self.noon)
    #expect(contacts.isChanged == false && contacts["conv_1"] == nil && contacts["conv_2"] == "ctc_2")
    var again = restored(written.map { $0.value })
    #expect(Set(again.conversations) == ["conv_1", "conv_2"] && again["conv_1"] == nil && again["conv_2"] == "ctc_2")
    again.learn("ctc_1", of: "conv_1", at: Self.noon)
    #expect(again["conv_1"] == "ctc_1" && again.isChanged)
  }

  @Test("the order of use is that of all parts together, and the newest are those that stay")
  func order() {
    var contacts = KnownContacts(limit: 100)
    let names = (0..<60).map { "conv_\($0)" }
    for (number, name) in names.enumerated() { contacts.learn("c", of: name, at: Self.noon + Int64(number) * Self.hour) }
    let values = contacts.takeChanged().map { $0.value }
    #expect(values.count > 1)
    #expect(restored(values).conversations == names)
    #expect(restored(values.reversed(), limit: 7).conversations == Array(names.suffix(7)))
  }

  @Test("what was written before there were hours was used before everything else")
  func withoutHours() {
    var contacts = KnownContacts(limit: 100)
    contacts.note("conv_new", at: Self.noon)
    let old = Array(#"{"conv_b":"ctc_b","conv_a":null}"#.utf8)
    let again = restored(contacts.takeChanged().map { $0.value } + [old])
    #expect(again.conversations == ["conv_b", "conv_a", "conv_new"] && again["conv_b"] == "ctc_b" && again["conv_a"] == nil)
  }

  @Test("a use renews the part of a conversation of which nothing else is new, once an hour and when the hour is over")
  func renews() {
    var contacts = KnownContacts(limit: 100)
    for name in ["conv_1", "conv_2"] { contacts.learn("c", of: name, at: Self.noon) }
    _ = contacts.takeChanged()
    for minute in 1..<60 { contacts.note("conv_1", at: Self.noon + Int64(minute) * 60_000) }
    #expect(contacts.takeChanged(withUses: true).isEmpty, "it is the same hour")
    for minute in 60..<120 { contacts.note("conv_1", at: Self.noon + Int64(minute) * 60_000) }
    #expect(contacts.isChanged == false, "the hour is not over")
    contacts.learn("c", of: "conv_2", at: Self.noon + 2 * Self.hour)
    let written = contacts.takeChanged().map { String(decoding: $0.value, as: UTF8.self) }
    #expect(written == [#"{"conv_1":["c",\#(Self.noon / Self.hour + 1)]}"#])
    #expect(contacts.isChanged == false)
  }

  @Test("at the end the uses of the hour are written too, and once")
  func rest() {
    var contacts = KnownContacts(limit: 100)
    for name in ["conv_1", "conv_2"] { contacts.note(name, at: Self.noon) }
    let values = contacts.takeChanged().map { $0.value }
    contacts.note("conv_1", at: Self.noon + Self.hour)
    #expect(contacts.isChanged == false && contacts.takeChanged().isEmpty)
    let rest = contacts.takeChanged(withUses: true)
    #expect(rest.count == 1 && values.count == 2 && contacts.takeChanged(withUses: true).isEmpty)
    let kept = values.filter { String(decoding: $0, as: UTF8.self).contains("conv_2") } + rest.map { $0.value }
    #expect(restored(kept).conversations == ["conv_2", "conv_1"])
  }

  @Test("the number of conversations and the size of a part are bounded; what was used last stays")
  func bounds() {
    var few = KnownContacts(limit: 10)
    for number in 0..<20 { few.learn("c", of: "conv_\(number)", at: Self.noon) }
    #expect(few["conv_9"] == nil && few["conv_19"] == "c")
    var large = KnownContacts(limit: 20_000)
    let long = String(repeating: "x", count: 500)
    for number in 0..<8000 { large.learn(long, of: "\(number) \(long)", at: Self.noon) }
    let parts = large.takeChanged()
    #expect(parts.count == KnownContacts.parts && parts.allSatisfy { $0.value.count <= KnownContacts.maxBytes })
    let again = restored(parts.map { $0.value }, limit: 20_000)
    #expect(again["7999 \(long)"] == long && again["0 \(long)"] == nil)
  }
}
