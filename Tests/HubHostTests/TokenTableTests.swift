import Testing

@testable import HubHost

@Suite("TokenTable")
struct TokenTableTests {
  @Test("a token is answered once; unknown, repeated and late answers are told apart")
  func strays() {
    var table = TokenTable<String>(base: 1000)
    let first = table.add("a", deadline: .seconds(1))
    let second = table.add("b", deadline: nil)
    #expect(table.take(first) == "a")
    #expect(table.take(first) == nil)
    #expect(table.stray(first) == .repeated)
    #expect(table.take(7) == nil)
    #expect(table.stray(7) == .unknown)
    #expect(table.take(second + 1) == nil)
    #expect(table.stray(second + 1) == .unknown)
    #expect(table.giveUp(second) == "b")
    #expect(table.take(second) == nil)
    #expect(table.stray(second) == .late)
  }

  @Test("token 0 stands for nothing")
  func zero() {
    var table = TokenTable<String>(base: 0)
    #expect(table.take(0) == nil)
  }

  @Test("an answer of another sort leaves the operation waiting")
  func otherSort() {
    var table = TokenTable<String>(base: 0)
    let token = table.add("request", deadline: nil)
    #expect(table.take(token) { $0 == "delivery" } == nil)
    #expect(table.stray(token) == .unknown)
    #expect(table.peek(token) == "request")
    #expect(table.take(token) == "request")
  }

  @Test("what is due is given up, oldest first, and the rest stays")
  func expires() {
    var table = TokenTable<String>(base: 0)
    _ = table.add("late", deadline: .seconds(5))
    _ = table.add("soon", deadline: .seconds(2))
    _ = table.add("now", deadline: .seconds(1))
    _ = table.add("never", deadline: nil)
    #expect(table.expire(now: .milliseconds(999)).isEmpty)
    #expect(table.expire(now: .seconds(2)).map(\.operation) == ["soon", "now"])
    #expect(table.expire(now: .seconds(4)).isEmpty)
    #expect(table.expire(now: .seconds(5)).map(\.operation) == ["late"])
    #expect(table.giveUpAll().map(\.operation) == ["never"])
    #expect(table.count == 0)
  }

  @Test("the memory of tokens given up is bounded")
  func bounded() {
    var table = TokenTable<Int>(base: 0)
    let tokens = (0..<5000).map { table.add($0, deadline: nil) }
    _ = table.giveUpAll()
    #expect(table.take(tokens[0]) == nil)
    #expect(table.take(tokens[4999]) == nil)
    #expect(table.stray(tokens[0]) == .repeated)
    #expect(table.stray(tokens[4999]) == .late)
  }
}
