import Testing

@testable import HubHost

@Suite("Who looks at which conversation")
struct InterestBookTests {
  private let ana = InterestBook.Looker(adapter: "frontend", socket: "ana")
  private let rui = InterestBook.Looker(adapter: "frontend", socket: "rui")
  private let one = InterestBook.Subject(tenant: "t", conversation: "cnv_1")
  private let two = InterestBook.Subject(tenant: "t", conversation: "cnv_2")
  private let place = ChannelPlace(channel: "crm", account: "ws", conversation: "conv_1")

  /// A book with everything in it placed, and what is due.
  private func due(_ book: inout InterestBook, _ places: [InterestBook.Subject: ChannelPlace]? = nil) -> [Int] {
    let strangers = book.strangers
    for subject in strangers { if let known = (places ?? [one: place])[subject] { book.place(subject, at: known) } }
    return book.due(tried: strangers).map(\.count)
  }

  @Test("a channel that wants it is told the count at every change, and each socket counts once")
  func counts() {
    var book = InterestBook()
    book.want("crm")
    book.look(ana, at: one, true)
    #expect(due(&book) == [1])
    book.look(ana, at: one, true)
    #expect(due(&book) == [])
    book.look(rui, at: one, true)
    #expect(due(&book) == [2])
    book.look(ana, at: one, false)
    book.look(rui, at: one, false)
    #expect(due(&book) == [0])
    book.look(rui, at: one, false)
    #expect(!book.hasChanges)
  }

  @Test("what somebody begins to look at while others are looked up is told the next time")
  func meanwhile() {
    var book = InterestBook()
    book.want("crm")
    book.look(ana, at: one, true)
    let strangers = book.strangers
    book.look(rui, at: two, true)
    book.place(one, at: place)
    #expect(book.due(tried: strangers).map(\.count) == [1] && book.hasChanges)
    #expect(due(&book, [two: ChannelPlace(channel: "crm", account: "ws", conversation: "conv_2")]) == [1])
    #expect(!book.hasChanges)
  }

  @Test("who is narrowed to other accounts counts for nothing")
  func narrowed() {
    var book = InterestBook()
    book.want("crm")
    book.look(ana, at: one, true, within: ["elsewhere"])
    #expect(due(&book) == [])
    book.look(rui, at: one, true, within: ["ws"])
    #expect(due(&book) == [1])
    book.gone(rui)
    book.gone(ana)
    #expect(due(&book) == [0])
    book.look(ana, at: one, true)
    #expect(due(&book) == [1], "a socket that comes later is not narrowed by one that was")
  }

  @Test("of changes that cancel out nothing is told")
  func coalesces() {
    var book = InterestBook()
    book.want("crm")
    book.look(ana, at: one, true)
    book.look(ana, at: one, false)
    #expect(due(&book) == [])
  }

  @Test("a socket that is gone looks at nothing any more")
  func gone() {
    var book = InterestBook()
    book.want("crm")
    let other = ChannelPlace(channel: "crm", account: "ws", conversation: "conv_2")
    for subject in [one, two] { book.look(ana, at: subject, true) }
    #expect(due(&book, [one: place, two: other]) == [1, 1])
    book.gone(ana)
    #expect(due(&book, [:]) == [0, 0])
    book.gone(ana)
    #expect(!book.hasChanges)
  }

  @Test("a channel that starts later, or again, is told everything that is looked at then, and nothing else")
  func startsAgain() {
    var book = InterestBook()
    book.look(ana, at: one, true)
    #expect(due(&book) == [])
    book.want("crm")
    #expect(due(&book) == [1])
    book.ended("crm")
    book.look(rui, at: one, true)
    #expect(due(&book) == [])
    book.want("crm")
    #expect(due(&book) == [2])
    book.ended("crm")
    for looker in [ana, rui] { book.look(looker, at: one, false) }
    _ = due(&book)
    book.want("crm")
    #expect(due(&book) == [])
  }

  @Test("the sockets of a sink end with it")
  func sinkEnds() {
    var book = InterestBook()
    book.want("crm")
    book.look(ana, at: one, true)
    book.look(InterestBook.Looker(adapter: "whatsapp", socket: "ana"), at: one, true)
    #expect(due(&book) == [2])
    book.ended("frontend")
    #expect(due(&book) == [1])
  }

  @Test("two ids of one conversation are one place, and a socket that looks at both counts once")
  func merged() {
    var book = InterestBook()
    book.want("crm")
    book.look(ana, at: one, true)
    book.look(ana, at: two, true)
    book.look(rui, at: two, true)
    #expect(Set(due(&book, [one: place, two: place])) == [2])
    book.look(ana, at: one, false)
    #expect(due(&book) == [])
    book.gone(ana)
    #expect(due(&book) == [1])
  }

  @Test("other channels are told nothing, and what is nowhere is told to nobody until somebody looks anew")
  func others() {
    var book = InterestBook()
    book.want("meta")
    book.look(ana, at: one, true)
    #expect(due(&book) == [])
    book.want("crm")
    book.look(ana, at: two, true)
    #expect(due(&book, [:]) == [1])
    #expect(!book.hasChanges)
    book.look(rui, at: two, true)
    #expect(due(&book, [two: ChannelPlace(channel: "crm", account: "ws", conversation: "late")]) == [2])
  }
}
