import HubModel
import Testing

@Suite struct VCardTests {
  @Test("name and phones are found in any line end, group and parameters")
  func card() {
    let card = VCard("BEGIN:VCARD\r\nN:Lima;Ana\r\nFN:Ana Lima\nFN:Other\nitem1.TEL;waid=5521:+55 21\ntel:1\nNOTE\nEND:VCARD")
    #expect(card.name == "Ana Lima")
    #expect(card.phones == ["+55 21", "1"])
  }

  @Test("what is no card has neither", arguments: ["", "FN:", "hello", ":", ";:x"])
  func none(_ text: String) {
    #expect(VCard(text).name == nil && VCard(text).phones.isEmpty)
  }
}
