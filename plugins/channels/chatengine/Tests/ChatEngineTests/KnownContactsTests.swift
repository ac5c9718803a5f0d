import OrderedJSON
import Testing

@testable import ChatEngine

@Suite struct KnownContactsTests {
  @Test("what changed is written once, and read back")
  func keeps() {
    var contacts = KnownContacts(limit: 100)
    for number in 0..<50 { contacts.learn("ctc_\(number)", of: "conv_\(number)") }
    let written = contacts.takeChanged()
    #expect(contacts.isChanged == false && contacts.takeChanged().isEmpty)
    contacts.learn("ctc_7", of: "conv_7")
    #expect(contacts.isChanged == false, "nothing new")
    contacts.learn("ctc_8", of: "conv_7")
    #expect(contacts.takeChanged().count == 1)
    var again = KnownContacts(limit: 100)
    again.learn("newer", of: "conv_1")
    for (_, value) in written { again.restore(value) }
    again.restore(Array("no JSON".utf8))
    again.restore(Array(#"{"conv_99":7}"#.utf8))
    #expect(again["conv_0"] == "ctc_0" && again["conv_49"] == "ctc_49" && again["conv_99"] == nil)
    #expect(again["conv_1"] == "newer")
  }

  @Test("a conversation is kept without its contact too, until that is known")
  func withoutContact() {
    var contacts = KnownContacts(limit: 100)
    contacts.note("conv_1")
    contacts.learn("ctc_2", of: "conv_2")
    contacts.note("conv_2")
    let written = contacts.takeChanged()
    contacts.note("conv_1")
    #expect(contacts.isChanged == false && contacts["conv_1"] == nil && contacts["conv_2"] == "ctc_2")
    var again = KnownContacts(limit: 100)
    for (_, value) in written { again.restore(value) }
    #expect(Set(again.conversations) == ["conv_1", "conv_2"] && again["conv_1"] == nil && again["conv_2"] == "ctc_2")
    again.learn("ctc_1", of: "conv_1")
    #expect(again["conv_1"] == "ctc_1" && again.isChanged)
  }

  @Test("the number of conversations and the size of a part are bounded; what was used last stays")
  func bounds() {
    var few = KnownContacts(limit: 10)
    for number in 0..<20 { few.learn("c", of: "conv_\(number)") }
    #expect(few["conv_9"] == nil && few["conv_19"] == "c")
    var large = KnownContacts(limit: 20_000)
    let long = String(repeating: "x", count: 500)
    for number in 0..<8000 { large.learn(long, of: "\(number) \(long)") }
    let parts = large.takeChanged()
    #expect(parts.count == KnownContacts.parts && parts.allSatisfy { $0.value.count <= KnownContacts.maxBytes })
    var again = KnownContacts(limit: 20_000)
    for (_, value) in parts { again.restore(value) }
    #expect(again["7999 \(long)"] == long && again["0 \(long)"] == nil)
  }
}
