// Yams carries libyaml as this module. Its own node builder stops at the first duplicate key and expands aliases without a
// limit, so the events are read here directly.
import CYaml

/// A position as libyaml counts: line and column from 0, columns in Unicode scalars.
struct YAMLMark: Equatable {
  var line: Int
  var column: Int

  init(_ mark: yaml_mark_t) {
    line = Int(mark.line)
    column = Int(mark.column)
  }
}

/// One parsing event.
struct YAMLEvent {
  enum Kind {
    case documentStart, documentEnd, streamEnd, sequenceEnd, mappingEnd, other
    case alias(String)
    case scalar(String, isPlain: Bool, tag: String?, anchor: String?)
    case sequenceStart(tag: String?, anchor: String?)
    case mappingStart(tag: String?, anchor: String?)
  }

  let kind: Kind
  let start: YAMLMark
  let end: YAMLMark
}

/// Why libyaml cannot go on.
struct YAMLSyntaxError: Error {
  let problem: String
  let mark: YAMLMark
}

/// The events of one buffer, which must outlive the stream.
struct YAMLEventStream: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>

  init(_ buffer: UnsafeBufferPointer<UInt8>) {
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    yaml_parser_initialize(parser)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deinitialize(count: 1)
    parser.deallocate()
  }

  mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    defer { yaml_event_delete(&event) }
    return YAMLEvent(kind: Self.kind(of: event), start: YAMLMark(event.start_mark), end: YAMLMark(event.end_mark))
  }

  private func syntaxError() -> YAMLSyntaxError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
    guard parser.pointee.error != YAML_READER_ERROR else { return YAMLSyntaxError(problem: problem, mark: YAMLMark(parser.pointee.mark)) }
    let (mark, begun) = (YAMLMark(parser.pointee.problem_mark), YAMLMark(parser.pointee.context_mark))
    var context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
    if !context.isEmpty, begun != mark { context += " that begins at \(begun.line + 1):\(begun.column + 1)" }
    return YAMLSyntaxError(problem: problem + context, mark: mark)
  }

  private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_STREAM_END_EVENT: return .streamEnd
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return .scalar(value, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, tag: text(scalar.tag), anchor: text(scalar.anchor))
    case YAML_SEQUENCE_START_EVENT:
      return .sequenceStart(tag: text(event.data.sequence_start.tag), anchor: text(event.data.sequence_start.anchor))
    case YAML_MAPPING_START_EVENT:
      return .mappingStart(tag: text(event.data.mapping_start.tag), anchor: text(event.data.mapping_start.anchor))
    default: return .other
    }
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }
}
