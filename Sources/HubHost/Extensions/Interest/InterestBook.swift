/// Who looks at which conversation, and what channels were told of it. Pure: conversations are found, and channels told, by whoever asks what
/// there is to do.
struct InterestBook: Sendable {
  /// A socket of a sink.
  struct Looker: Sendable, Hashable {
    let adapter: String
    let socket: String
  }

  /// A conversation by the hub's id.
  struct Subject: Sendable, Hashable {
    let tenant: String
    let conversation: String
  }

  /// Something to tell a channel.
  struct Notice: Sendable, Hashable {
    let place: ChannelPlace
    let count: Int
  }

  private var lookers: [Subject: Set<Looker>] = [:]
  private var subjects: [Looker: Set<Subject>] = [:]
  /// The accounts that a looker is narrowed to, of those who look at something.
  private var narrowings: [Looker: Set<String>] = [:]
  /// Where a conversation is; one id may have been merged into another, and then both are in one place.
  private var places: [Subject: ChannelPlace] = [:]
  private var members: [ChannelPlace: Set<Subject>] = [:]
  private var wanting: Set<String> = []
  private var told: [ChannelPlace: Int] = [:]
  private var changed: Set<Subject> = []

  // MARK: What happens

  /// A socket looks at a conversation, or no longer; only those of certain accounts count where it is narrowed to them.
  mutating func look(_ looker: Looker, at subject: Subject, _ isOn: Bool, within accounts: Set<String>? = nil) {
    if isOn {
      narrowings[looker] = accounts
      guard lookers[subject, default: []].insert(looker).inserted else { return }
      subjects[looker, default: []].insert(subject)
    } else {
      guard lookers[subject]?.remove(looker) != nil else { return }
      if lookers[subject]?.isEmpty == true { lookers[subject] = nil }
      subjects[looker]?.remove(subject)
      if subjects[looker]?.isEmpty == true { (subjects[looker], narrowings[looker]) = (nil, nil) }
    }
    changed.insert(subject)
  }

  /// A socket is gone.
  mutating func gone(_ looker: Looker) {
    for subject in subjects[looker] ?? [] { look(looker, at: subject, false) }
  }

  /// A channel's instance wants to know, from now on; it was told nothing yet.
  mutating func want(_ channel: String) {
    wanting.insert(channel)
    told = told.filter { $0.key.channel != channel }
    changed.formUnion(lookers.keys)
  }

  /// An instance is at its end: the sockets of a sink are gone, a channel is told nothing any more.
  mutating func ended(_ adapter: String) {
    for looker in subjects.keys where looker.adapter == adapter { gone(looker) }
    wanting.remove(adapter)
    told = told.filter { $0.key.channel != adapter }
  }

  // MARK: What to do

  var hasChanges: Bool { changed.isEmpty == false }

  /// Conversations that changed and whose place is not known.
  var strangers: [Subject] { changed.filter { places[$0] == nil && lookers[$0] != nil } }

  /// Says where a conversation is.
  mutating func place(_ subject: Subject, at place: ChannelPlace) {
    guard places[subject] == nil, lookers[subject] != nil else { return }
    places[subject] = place
    members[place, default: []].insert(subject)
  }

  /// What channels are to be told, the newest counts only. What cannot be placed is told to nobody until somebody looks anew.
  ///
  /// - Parameter tried: the strangers that were looked up; those that came meanwhile have their turn the next time.
  mutating func due(tried: [Subject]) -> [Notice] {
    var notices: [Notice] = []
    let untried = Set(strangers).subtracting(tried)
    for subject in changed {
      guard let place = places[subject] else { continue }
      let together = members[place] ?? []
      let all = together.reduce(into: Set<Looker>()) { $0.formUnion(lookers[$1] ?? []) }
      let count = all.count { narrowings[$0]?.contains(place.account) ?? true }
      if wanting.contains(place.channel), told[place] ?? 0 != count {
        told[place] = count == 0 ? nil : count
        notices.append(Notice(place: place, count: count))
      }
      if lookers[subject] == nil { forget(subject, at: place) }
    }
    changed = untried
    return notices
  }

  private mutating func forget(_ subject: Subject, at place: ChannelPlace) {
    places[subject] = nil
    members[place]?.remove(subject)
    if members[place]?.isEmpty == true { members[place] = nil }
  }
}
