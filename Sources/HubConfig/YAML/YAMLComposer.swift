import HubModel

/// Builds the node tree of one file from its events, within limits that hold for hostile input.
struct YAMLComposer: ~Copyable {
  /// Deeper than any configuration needs, shallower than any stack.
  static let maxDepth = 64
  /// Nodes after aliases are expanded.
  static let maxNodes = 100_000

  private struct Stop: Error {}
  private struct Anchored {
    var node: ConfigNode
    var count: Int
  }

  private var events: YAMLEventStream
  private let file: String
  private let report: Report
  private var anchors: [String: Anchored] = [:]
  private var count = 0

  private init(events: consuming YAMLEventStream, file: String, report: Report) {
    self.events = events
    self.file = file
    self.report = report
  }

  /// The root of the only document; nil when there is none or it cannot be read, which was reported then.
  static func compose(_ text: String, file: String, report: Report) -> ConfigNode? {
    var text = text
    return text.withUTF8 { buffer in
      var composer = YAMLComposer(events: YAMLEventStream(buffer), file: file, report: report)
      return try? composer.document()
    }
  }

  private mutating func document() throws(Stop) -> ConfigNode? {
    var root: ConfigNode?
    while true {
      let event = try next()
      switch event.kind {
      case .streamEnd: return root
      case .documentStart where root != nil:
        report.error("multiple-documents", "a second document begins here; the configuration is one document", at: place(event))
        throw Stop()
      case .documentStart: root = try node(try next(), depth: 0)
      default: continue
      }
    }
  }

  private mutating func next() throws(Stop) -> YAMLEvent {
    do {
      return try events.next()
    } catch {
      let place = Diagnostic.Place(file: file, line: error.mark.line + 1, column: error.mark.column + 1)
      if error.problem.hasPrefix("Maximum nesting level") {
        report.error("too-deep", "nested deeper than \(Self.maxDepth) levels", at: place)
        throw Stop()
      }
      let isTab = report.character(at: place) == "\t"
      report.error(
        "yaml-syntax", isTab ? "a tab cannot indent YAML" : error.problem, at: place,
        hint: isTab ? "use spaces" : report.lineHasVariable(at: place) ? "a variable within { } or [ ] needs quotes: \"${NAME}\"" : nil)
      throw Stop()
    }
  }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(Stop) -> ConfigNode {
    let place = place(event)
    guard depth <= Self.maxDepth else {
      report.error("too-deep", "nested deeper than \(Self.maxDepth) levels", at: place)
      throw Stop()
    }
    let before = count
    try spend(1, at: place)
    switch event.kind {
    case .alias(let name): return try alias(name, at: place)
    case .scalar(let text, let isPlain, let tag, let anchor):
      let isText = tag == "!!str" || tag == "tag:yaml.org,2002:str" || tag == "!"
      refuse(tag: isText ? nil : tag, at: place)
      return register(.init(place: place, content: .scalar(.init(text: text, isPlain: isPlain && !isText))), as: anchor, since: before)
    case .sequenceStart(let tag, let anchor):
      refuse(tag: tag, at: place)
      let items = try sequence(depth: depth)
      return register(.init(place: place, content: .sequence(items)), as: anchor, since: before)
    case .mappingStart(let tag, let anchor):
      refuse(tag: tag, at: place)
      let entries = try mapping(depth: depth)
      return register(.init(place: place, content: .mapping(entries)), as: anchor, since: before)
    default: return ConfigNode(place: place, content: .invalid)
    }
  }

  private mutating func sequence(depth: Int) throws(Stop) -> [ConfigNode] {
    var items: [ConfigNode] = []
    while true {
      let event = try next()
      if case .sequenceEnd = event.kind { return items }
      items.append(try node(event, depth: depth + 1))
    }
  }

  private mutating func mapping(depth: Int) throws(Stop) -> [ConfigEntry] {
    var entries: [ConfigEntry] = []
    var places: [String: Diagnostic.Place] = [:]
    while true {
      let event = try next()
      if case .mappingEnd = event.kind { return entries }
      let key = try node(event, depth: depth + 1)
      let value = try node(try next(), depth: depth + 1)
      guard case .scalar(let scalar) = key.content else {
        report.error("wrong-kind", "a key must be plain text, found \(key.kindName)", at: key.place)
        continue
      }
      if scalar.text == "<<", scalar.isPlain {
        report.error("merge-key", "merge keys are not supported: every value has one place", at: key.place, hint: "write the keys out")
      } else if let first = places[scalar.text] {
        report.duplicate(scalar.text, at: key.place, first: first)
      } else {
        places[scalar.text] = key.place
        entries.append(ConfigEntry(key: scalar.text, keyPlace: key.place, value: value))
      }
    }
  }

  /// The anchored node as a shared copy: it costs nothing here, but whoever walks the tree pays for every node, so all count.
  private mutating func alias(_ name: String, at place: Diagnostic.Place) throws(Stop) -> ConfigNode {
    guard let anchored = anchors[name] else {
      report.error("unknown-anchor", "there is no anchor \(quoted(name)) before this place", at: place)
      return ConfigNode(place: place, content: .invalid)
    }
    try spend(anchored.count, at: place)
    return anchored.node
  }

  private mutating func register(_ node: ConfigNode, as anchor: String?, since before: Int) -> ConfigNode {
    if let anchor { anchors[anchor] = Anchored(node: node, count: count - before) }
    return node
  }

  private mutating func spend(_ nodes: Int, at place: Diagnostic.Place) throws(Stop) {
    count += nodes
    guard count <= Self.maxNodes else {
      report.error("too-many-nodes", "more than \(Self.maxNodes) nodes once aliases are expanded", at: place)
      throw Stop()
    }
  }

  private func refuse(tag: String?, at place: Diagnostic.Place) {
    guard let tag else { return }
    report.error("unknown-tag", "tag \(quoted(tag)) is not supported", at: place, hint: "only !!str is")
  }

  private func place(_ event: YAMLEvent) -> Diagnostic.Place {
    var length = 1
    if event.start.line == event.end.line, case .scalar = event.kind { length = event.end.column - event.start.column }
    if case .alias(let name) = event.kind { length = name.unicodeScalars.count + 1 }
    return Diagnostic.Place(file: file, line: event.start.line + 1, column: event.start.column + 1, length: length)
  }
}
