import Testing

@testable import MetaCloud

@Suite struct AccountDirectoryTests {
  private static let sighting = NumberSighting(account: "1", waba: "W1", phone: "5511940001000")

  @Test("an account event goes to every number of its business account and to no other")
  func members() {
    let directory = AccountDirectory(["1": .init(waba: "W1"), "2": .init(waba: "W1"), "3": .init(waba: "W2"), "4": .init()])
    #expect(directory.concerned(waba: "W1", displayPhone: nil) == .accounts(["1", "2"]))
    #expect(directory.concerned(waba: "W2", displayPhone: nil) == .accounts(["3"]))
  }

  @Test("a display number in any spelling narrows it", arguments: ["+55 47 3321-0900", "554733210900", "(55) 47 3321.0900"])
  func displayNumber(_ spelling: String) {
    let directory = AccountDirectory(["1": .init(waba: "W1", phone: "5511940001000"), "2": .init(waba: "W1", phone: "554733210900")])
    #expect(directory.concerned(waba: "W1", displayPhone: spelling) == .accounts(["2"]))
  }

  @Test("the ninth digit does not hide a number")
  func ninthDigit() {
    let directory = AccountDirectory(["1": .init(waba: "W1", phone: "553188887777"), "2": .init(waba: "W1", phone: "5531977776666")])
    #expect(directory.concerned(waba: "W1", displayPhone: "+55 31 98888-7777") == .accounts(["1"]))
  }

  @Test("a display number that fits nobody goes to the numbers whose own is not known, or to nobody")
  func foreignDisplayNumber() {
    let all = AccountDirectory(["1": .init(waba: "W1", phone: "5511940001000")])
    #expect(all.concerned(waba: "W1", displayPhone: "15550001111") == .nobody)
    let some = AccountDirectory(["1": .init(waba: "W1", phone: "5511940001000"), "2": .init(waba: "W1")])
    #expect(some.concerned(waba: "W1", displayPhone: "15550001111") == .accounts(["2"]))
  }

  @Test("one number without a business account is assumed to be meant")
  func single() {
    #expect(AccountDirectory(["1": .init()]).concerned(waba: "W1", displayPhone: nil) == .accounts(["1"]))
    #expect(AccountDirectory([:]).concerned(waba: "W1", displayPhone: nil) == .nobody)
    #expect(AccountDirectory(["1": .init(waba: "W2")]).concerned(waba: "W1", displayPhone: nil) == .nobody)
  }

  @Test("several numbers without a business account are only meant when they are one tenant's")
  func tenants() {
    let one = AccountDirectory(["1": .init(tenant: "a"), "2": .init(tenant: "a")])
    #expect(one.concerned(waba: "W1", displayPhone: nil) == .accounts(["1", "2"]))
    let two = AccountDirectory(["1": .init(tenant: "a"), "2": .init(tenant: "b")])
    #expect(two.concerned(waba: "W1", displayPhone: nil) == .ambiguous)
    #expect(AccountDirectory(["1": .init(), "2": .init()]).concerned(waba: "W1", displayPhone: nil) == .ambiguous)
  }

  @Test("what a signed body says about a number fills in what is not configured")
  func learns() {
    var directory = AccountDirectory(["1": .init(tenant: "a"), "2": .init(tenant: "b")])
    let news = [directory.learn(Self.sighting), directory.learn(Self.sighting)]
    #expect(news == [true, false])
    #expect(directory.concerned(waba: "W1", displayPhone: nil) == .accounts(["1"]))
    #expect(directory.concerned(waba: "W2", displayPhone: nil) == .accounts(["2"]))
    #expect(directory.concerned(waba: "W2", displayPhone: "5511940001000") == .accounts(["2"]))
  }

  @Test("the configuration outweighs what was seen, and unknown numbers are not remembered")
  func configurationWins() {
    var directory = AccountDirectory(["1": .init(waba: "W9")])
    _ = directory.learn(Self.sighting)
    #expect(directory.concerned(waba: "W1", displayPhone: nil) == .nobody)
    let foreign = directory.learn(NumberSighting(account: "99", waba: "W1", phone: nil))
    #expect(foreign == false)
  }
}
