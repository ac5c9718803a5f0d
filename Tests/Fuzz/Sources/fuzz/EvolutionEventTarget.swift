import HubPluginSDK
import OrderedJSON

@testable import Evolution

/// An envelope of Evolution API, as a webhook's body and as the argument of a socket's event. The same bytes give the same events, each is
/// of a configured instance, and what is kept of the unknown holds no secret.
enum EvolutionEventTarget: FuzzTarget {
  private static let instances: Set = ["loja-centro", "oficina_e9f2ed4d"]
  private static let parser = EnvelopeParser(instances: instances, receivedMs: 1_767_630_000_000)

  static func run(_ input: UnsafeRawBufferPointer) {
    let parsed = parser.parse(input)
    require(parsed == parser.parse(input), "the same body gives other events")
    check(parsed, size: input.count)
    let arguments = Array("[".utf8) + input + Array("]".utf8)
    for (mode, namespace) in [(Configuration.Mode.global, "/"), (.instance, "/loja-centro")] {
      let events = SocketEvents(mode: mode, instances: instances)
      check(
        events.parse(arguments, attachments: [[1, 2, 3], []], namespace: namespace, receivedMs: parser.receivedMs), size: arguments.count)
    }
  }

  private static func check(_ parsed: ParsedEnvelope, size: Int) {
    require(parsed.events.count <= size, "more events than bytes")
    require(parsed.unfamiliar.count <= ParsedEnvelope.unfamiliarLimit, "too many unknown names are kept")
    require(parsed.isRefused == false || parsed.events.isEmpty, "a body that is none has events")
    for event in parsed.events {
      require(instances.contains(event.account), "an event of an instance that is not configured")
      let body = JSONValue.object(event.body)
      require((try? JSONValue(parsing: body.serialized(), maxDepth: 512)) == body, "an event whose body is no JSON")
      if let raw = event.body["raw"] { require(Scrubbing.scrub(raw) == raw, "what is kept could have been scrubbed") }
    }
  }
}
