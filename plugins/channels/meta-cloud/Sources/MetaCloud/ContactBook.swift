import OrderedJSON

/// `value.contacts[]`: who the people of this value are. The list is not aligned with the messages, so it is searched by id.
struct ContactBook {
  private var people: [Person] = []
  private var indexByKey: [String: Int] = [:]
  private var soleIsFree = false

  /// Above this many contacts a search by hash is cheaper than one by comparison.
  private static let linear = 8

  /// - Parameters:
  ///   - elements: how many elements of the value look for their contact.
  ///   - mentioned: the people they name; a single contact that fits one of them is not given to the others.
  init(_ value: JSONObject, elements: Int, mentioned: () -> [Person]) {
    guard let entries = value["contacts"]?.array, entries.isEmpty == false else { return }
    people = entries.compactMap { entry in entry.object.map(Self.person) }
    if people.count > Self.linear {
      for (index, person) in people.enumerated() {
        if let phone = person.phone { indexByKey[phone] = indexByKey[phone] ?? index }
        if let userID = person.userID { indexByKey[userID] = indexByKey[userID] ?? index }
      }
    }
    if people.count == 1 {
      soleIsFree = elements == 1 || mentioned().contains { Self.fits(people[0], $0) } == false
    }
  }

  /// Finds by id only: a single contact is not given to somebody it does not fit.
  init(matching value: JSONObject) {
    self.init(value, elements: 0) { [] }
    soleIsFree = false
  }

  /// The person with name and the other ids, when the list knows them.
  func completed(_ person: Person) -> Person {
    guard let contact = entry(for: person) else { return person }
    var person = person
    person.learn(from: contact)
    return person
  }

  private func entry(for person: Person) -> Person? {
    if people.isEmpty { return nil }
    if people.count > Self.linear {
      let index = person.userID.flatMap { indexByKey[$0] } ?? person.phone.flatMap { indexByKey[$0] }
      return index.map { people[$0] }
    }
    return people.first { Self.fits($0, person) } ?? (soleIsFree ? people.first : nil)
  }

  private static func fits(_ contact: Person, _ person: Person) -> Bool {
    if let userID = contact.userID, userID == person.userID { return true }
    guard let phone = contact.phone else { return false }
    return phone == person.phone
  }

  private static func person(_ entry: JSONObject) -> Person {
    var person = Person(entry, phone: "wa_id", userID: "user_id")
    let profile = entry.object("profile")
    person.name = profile?.identifier("name")
    person.username = profile?.identifier("username") ?? entry.identifier("username")
    return person
  }
}
