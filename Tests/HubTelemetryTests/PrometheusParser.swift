/// A strict reader of text exposition format 0.0.4: it refuses everything the format's page doesn't allow.
struct PrometheusParser {
  struct Sample: Hashable {
    let name: String
    let labels: [String: String]
    let value: Double
  }

  struct Family: Hashable {
    var help: String?
    var type: String?
    var samples: [Sample] = []
  }

  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  private(set) var families: [String: Family] = [:]
  private(set) var order: [String] = []
  private var seen: Set<Sample.Key> = []

  init(_ bytes: [UInt8]) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Refusal(description: "not UTF-8") }
    guard text.isEmpty || text.hasSuffix("\n") else { throw Refusal(description: "the last line has no line feed") }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { try read(String(line)) }
    for (name, family) in families {
      guard family.help != nil, family.type != nil, !family.samples.isEmpty else { throw Refusal(description: "\(name) is incomplete") }
    }
  }

  private mutating func read(_ line: String) throws {
    if line.hasPrefix("# ") { return try readComment(line) }
    guard !line.isEmpty, !line.hasPrefix("#") else { throw Refusal(description: "stray line: \(line)") }
    let sample = try Self.sample(line)
    guard let name = order.last, let family = families[name] else { throw Refusal(description: "sample before TYPE: \(line)") }
    let suffixes = family.type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    guard suffixes.contains(where: { sample.name == name + $0 }) else { throw Refusal(description: "\(line) is not of \(name)") }
    guard seen.insert(Sample.Key(sample)).inserted else { throw Refusal(description: "twice: \(line)") }
    families[name]?.samples.append(sample)
  }

  private mutating func readComment(_ line: String) throws {
    let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    guard words.count >= 3, Self.isName(words[2]) else { throw Refusal(description: "bad comment: \(line)") }
    switch words[1] {
    case "HELP":
      guard families[words[2]] == nil else { throw Refusal(description: "second HELP of \(words[2])") }
      families[words[2]] = Family(help: try Self.unescape(words.count > 3 ? words[3] : "", quotes: false))
      order.append(words[2])
    case "TYPE":
      let known = ["counter", "gauge", "histogram", "summary", "untyped"]
      guard order.last == words[2], words.count == 4, known.contains(words[3]), families[words[2]]?.samples.isEmpty == true else {
        throw Refusal(description: "bad TYPE: \(line)")
      }
      families[words[2]]?.type = words[3]
    default: throw Refusal(description: "unknown comment: \(line)")
    }
  }

  private static func sample(_ line: String) throws -> Sample {
    var rest = Substring(line)
    let name = rest.prefix { $0 != "{" && $0 != " " }
    guard isName(String(name)) else { throw Refusal(description: "bad name: \(line)") }
    rest = rest.dropFirst(name.count)
    var labels: [String: String] = [:]
    if rest.first == "{" {
      rest = rest.dropFirst()
      while rest.first != "}" {
        let label = rest.prefix { $0 != "=" }
        rest = rest.dropFirst(label.count)
        guard isName(String(label)), !label.contains(":"), rest.hasPrefix("=\"") else { throw Refusal(description: "bad label: \(line)") }
        rest = rest.dropFirst(2)
        var value = ""
        while let next = rest.first, next != "\"" {
          value.append(next)
          rest = rest.dropFirst()
          if next == "\\", let escaped = rest.popFirst() { value.append(escaped) }
        }
        guard rest.popFirst() == "\"" else { throw Refusal(description: "open quote: \(line)") }
        guard labels.updateValue(try unescape(value, quotes: true), forKey: String(label)) == nil else {
          throw Refusal(description: "label twice: \(line)")
        }
        if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "}" { throw Refusal(description: "no comma: \(line)") }
      }
      rest = rest.dropFirst()
    }
    guard rest.popFirst() == " ", let value = number(String(rest)) else { throw Refusal(description: "bad value: \(line)") }
    return Sample(name: String(name), labels: labels, value: value)
  }

  private static func number(_ text: String) -> Double? {
    switch text {
    case "+Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default: text.allSatisfy { "0123456789.e+-".contains($0) } ? Double(text) : nil
    }
  }

  private static func unescape(_ text: String, quotes: Bool) throws -> String {
    var output = ""
    var rest = Substring(text)
    while let next = rest.popFirst() {
      guard next == "\\" else {
        output.append(next)
        continue
      }
      switch rest.popFirst() {
      case "\\": output.append("\\")
      case "n": output.append("\n")
      case "\"" where quotes: output.append("\"")
      default: throw Refusal(description: "bad escape in \(text)")
      }
    }
    return output
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.first, first.isASCII, first.isLetter || first == "_" || first == ":" else { return false }
    return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
  }
}

extension PrometheusParser.Sample {
  /// A series is its name and labels.
  struct Key: Hashable {
    let name: String
    let labels: [String: String]

    init(_ sample: PrometheusParser.Sample) {
      name = sample.name
      labels = sample.labels
    }
  }
}
