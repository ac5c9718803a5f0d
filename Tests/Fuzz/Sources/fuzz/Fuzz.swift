import Glibc

/// One thing to feed with bytes. It must end well for any of them; `require` says what else must hold.
protocol FuzzTarget {
  static func run(_ input: UnsafeRawBufferPointer)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ argc: UnsafeMutablePointer<Int32>, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// `fuzz --target=NAME [libFuzzer's options] [CORPUS…]`: libFuzzer itself skips what begins with two dashes.
@main enum Fuzz {
  static let targets: [String: any FuzzTarget.Type] = [
    "engine-payload": EnginePayloadTarget.self,
    "socket-packet": SocketPacketTarget.self,
    "frames": FramesTarget.self,
    "upgrade-request": UpgradeRequestTarget.self,
    "json": JSONTarget.self,
    "yaml": YAMLTarget.self,
    "meta-webhook": MetaWebhookTarget.self,
    "evolution-event": EvolutionEventTarget.self,
    "plugin-file": PluginFileTarget.self,
    "planted": PlantedTarget.self,
  ]
  nonisolated(unsafe) static var target: any FuzzTarget.Type = PlantedTarget.self  // set once, before the driver runs

  static func main() {
    let prefix = "--target="
    guard let name = CommandLine.arguments.first(where: { $0.hasPrefix(prefix) })?.dropFirst(prefix.count),
      let chosen = targets[String(name)]
    else {
      print("usage: fuzz --target=\(targets.keys.sorted().joined(separator: "|")) [options] [CORPUS…]")
      exit(2)
    }
    target = chosen
    var argc = CommandLine.argc
    var argv = CommandLine.unsafeArgv
    exit(
      runDriver(&argc, &argv) { bytes, count in
        Fuzz.target.run(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
      })
  }
}

/// Stops the run, with the input kept, unless the condition holds.
func require(_ condition: Bool, _ text: @autoclosure () -> String) {
  guard condition else { fatalError(text()) }
}
