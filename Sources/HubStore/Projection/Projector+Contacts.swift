internal import HubModel

extension Projector {
  /// The contact that these names belong to, taught what the event says. Names that turn out to be one person's are brought together.
  func contact(_ person: PersonDraft, _ draft: EventDraft, source: Int64, create: Bool) throws -> ContactState? {
    let tenant = draft.event.tenant
    var found = try owner(.userID, person.userID, tenant)
    if let other = try owner(.lid, person.lid, tenant) {
      found = try found.map { try join($0, other, draft, source: source) } ?? other
    }
    if let other = try phoneOwner(person.phone, tenant) {
      if Self.differ(found?.known.userID ?? person.userID, other.known.userID) {
        // The number went to another person: the user id tells them apart.
        try disown(other)
      } else {
        found = try found.map { try join($0, other, draft, source: source) } ?? other
      }
    }
    if found == nil, create { found = try addContact(person, tenant: tenant) }
    guard let found else { return nil }
    if found.learn(person) {
      try write(found)
      try addAliases(of: found)
    }
    return found
  }

  /// The contact with one of these names, as it is.
  func knownContact(_ person: PersonDraft, tenant: String) throws -> ContactState? {
    try owner(.userID, person.userID, tenant) ?? owner(.lid, person.lid, tenant) ?? phoneOwner(person.phone, tenant)
  }

  /// The contacts with these names, as they are; several where nobody has told yet that they are one.
  func knownContacts(_ person: PersonDraft, tenant: String) throws -> [ContactState] {
    let owners = [
      try owner(.userID, person.userID, tenant), try owner(.lid, person.lid, tenant), try phoneOwner(person.phone, tenant),
    ].compactMap { $0 }
    return owners.enumerated().filter { index, owner in !owners[..<index].contains { $0.number == owner.number } }.map(\.element)
  }

  private static func differ(_ one: String?, _ other: String?) -> Bool {
    if let one, let other { one != other } else { false }
  }

  private func owner(_ sort: AliasKey.Sort, _ value: String?, _ tenant: String) throws -> ContactState? {
    guard let value else { return nil }
    let key = AliasKey(tenant: tenant, sort: sort, value: value)
    if let number = aliases[key] { return try contact(number: number) }
    let find = sql.findAlias
    find.bind(1, tenant)
    find.bind(2, sort.rawValue)
    find.bind(3, value)
    let number = try find.step() ? find.int(0) : nil
    find.reset()
    guard let number else { return nil }
    aliases[key] = number
    return try contact(number: number)
  }

  private func phoneOwner(_ phone: String?, _ tenant: String) throws -> ContactState? {
    guard let phone else { return nil }
    if let known = aliases[AliasKey(tenant: tenant, sort: .phone, value: phone)] { return try contact(number: known) }
    guard let number = PhoneNumber(phone) else { return nil }
    for variant in number.variants(brazilNinthDigit: options.brazilNinthDigit) {
      if let owner = try owner(.phone, variant, tenant) { return owner }
    }
    return nil
  }

  func contact(number: Int64) throws -> ContactState? {
    if let contact = contacts[number] { return contact }
    let read = sql.readContact
    defer { read.reset() }
    read.bind(1, number)
    guard try read.step() else { return nil }
    let contact = ContactState(number: number, id: read.text(0), tenant: read.text(1), known: PersonDraft(row: read, from: 2))
    contacts[number] = contact
    return contact
  }

  private func addContact(_ person: PersonDraft, tenant: String) throws -> ContactState {
    let id = makeID(.contact)
    let add = sql.addContact
    add.bind(1, id)
    add.bind(2, tenant)
    person.bind(add, from: 3)
    guard try add.step() else { throw JournalError(.storage, "a contact was not stored") }
    let contact = ContactState(number: add.int(0), id: id, tenant: tenant, known: person)
    add.reset()
    contacts[contact.number] = contact
    try addAliases(of: contact)
    return contact
  }

  func write(_ contact: ContactState) throws {
    contact.known.bind(sql.updateContact, from: 1)
    sql.updateContact.bind(7, contact.number)
    try sql.updateContact.run()
  }

  func addAliases(of contact: ContactState) throws {
    let names: [(AliasKey.Sort, String?)] = [
      (.phone, contact.known.phone), (.userID, contact.known.userID), (.lid, contact.known.lid),
    ]
    for case (let sort, let value?) in names {
      let key = AliasKey(tenant: contact.tenant, sort: sort, value: value)
      if aliases[key] == contact.number { continue }
      sql.setAlias.bind(1, contact.tenant)
      sql.setAlias.bind(2, sort.rawValue)
      sql.setAlias.bind(3, value)
      sql.setAlias.bind(4, contact.number)
      try sql.setAlias.run()
      aliases[key] = contact.number
    }
  }

  /// Takes the phone from a contact that goes on under its other names.
  private func disown(_ contact: ContactState) throws {
    guard let number = contact.known.phone.flatMap({ PhoneNumber($0) }) else { return }
    for variant in number.variants(brazilNinthDigit: options.brazilNinthDigit) {
      sql.dropAlias.bind(1, contact.tenant)
      sql.dropAlias.bind(2, AliasKey.Sort.phone.rawValue)
      sql.dropAlias.bind(3, variant)
      try sql.dropAlias.run()
      aliases[AliasKey(tenant: contact.tenant, sort: .phone, value: variant)] = nil
    }
    contact.forgetPhone()
    try write(contact)
  }
}

extension PersonDraft {
  init(row: SQLStatement, from column: Int32) {
    phone = row.optionalText(column)
    userID = row.optionalText(column + 1)
    lid = row.optionalText(column + 2)
    username = row.optionalText(column + 3)
    name = row.optionalText(column + 4)
    avatar = row.optionalText(column + 5)
  }

  func bind(_ statement: SQLStatement, from index: Int32) {
    for (offset, value) in [phone, userID, lid, username, name, avatar].enumerated() { statement.bind(index + Int32(offset), value) }
  }
}
