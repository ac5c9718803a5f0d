internal import Synchronization

/// The series of one family by label values: an insert-only hash table of linked entries, read and grown without a lock.
///
/// It holds at most `capacity` series; what comes after that shares `overflow`, so that a label an outsider can choose
/// never costs unbounded memory.
final class SeriesTable<Series: MetricSeries>: Sendable {
  private final class Entry: Sendable {
    let values: [String]
    let series: Series
    let next = Link()

    init(_ values: [String], _ series: Series) {
      self.values = values
      self.series = series
    }
  }

  private final class Link: Sendable {
    let entry = WriteOnce<Entry>()
  }

  private let definition: MetricDefinition
  private let capacity: Int
  private let heads: [Link]
  private let reserved = Atomic<Int>(0)
  private let overflow = WriteOnce<Series>()

  init(_ definition: MetricDefinition, capacity: Int) {
    self.definition = definition
    self.capacity = definition.labels.isEmpty ? 1 : capacity
    heads = (0..<(definition.labels.isEmpty ? 1 : 64)).map { _ in Link() }
  }

  /// The series of these label values, made at first use; the shared overflow series when the table is full.
  func series(_ values: [String]) -> (series: Series, isOverflow: Bool) {
    var link = heads[heads.count == 1 ? 0 : Int(UInt(bitPattern: values.hashValue) % UInt(heads.count))]
    var candidate: Entry?
    while true {
      if let entry = link.entry.load() {
        if entry.values == values {
          if candidate != nil { reserved.wrappingSubtract(1, ordering: .relaxed) }
          return (entry.series, false)
        }
        link = entry.next
        continue
      }
      if candidate == nil {
        guard reserved.wrappingAdd(1, ordering: .relaxed).newValue <= capacity else {
          reserved.wrappingSubtract(1, ordering: .relaxed)
          return (overflow.storeIfNil(Series(definition: definition)), true)
        }
        candidate = Entry(values, Series(definition: definition))
      }
      // Whoever stores first wins the place; the loser looks at what is there now and walks on.
      if let candidate, link.entry.storeIfNil(candidate) === candidate { return (candidate.series, false) }
    }
  }

  /// Every series with its label values, in the order of the values; the overflow series last, all its values `other`.
  func all() -> [(values: [String], series: Series)] {
    var found: [(values: [String], series: Series)] = []
    for head in heads {
      var link = head
      while let entry = link.entry.load() {
        found.append((entry.values, entry.series))
        link = entry.next
      }
    }
    found.sort { $0.values.lexicographicallyPrecedes($1.values) }
    if let series = overflow.load() { found.append((definition.labels.map { _ in "other" }, series)) }
    return found
  }
}
