/// What is to happen when.
struct Agenda<Item: Sendable>: Sendable {
  private struct Entry: Sendable {
    let moment: Moment
    let item: Item
  }

  /// By moment, and for one moment in the order added.
  private var entries: [Entry] = []

  /// The earliest moment of all.
  var next: Moment? { entries.first?.moment }

  mutating func add(_ item: Item, at moment: Moment) {
    let index = entries.lastIndex { $0.moment <= moment }.map { $0 + 1 } ?? 0
    entries.insert(Entry(moment: moment, item: item), at: index)
  }

  /// Takes the first that is due.
  mutating func take(until now: Moment) -> (moment: Moment, item: Item)? {
    guard let first = entries.first, first.moment <= now else { return nil }
    entries.removeFirst()
    return (first.moment, first.item)
  }

  mutating func removeAll() { entries = [] }
}
