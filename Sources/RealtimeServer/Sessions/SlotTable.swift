/// A table whose places are used again, the one freed last first.
struct SlotTable<Element> {
  private(set) var elements: ContiguousArray<Element?> = []
  private var free: [Int] = []

  var count: Int { elements.count - free.count }

  /// The place that the next element will have.
  var nextSlot: Int { free.last ?? elements.count }

  mutating func insert(_ element: Element) {
    if let slot = free.popLast() {
      elements[slot] = element
    } else {
      elements.append(element)
    }
  }

  mutating func remove(_ slot: Int) {
    guard elements.indices.contains(slot), elements[slot] != nil else { return }
    elements[slot] = nil
    free.append(slot)
  }

  subscript(slot: Int) -> Element? {
    get { elements.indices.contains(slot) ? elements[slot] : nil }
    set { elements[slot] = newValue }
  }
}
