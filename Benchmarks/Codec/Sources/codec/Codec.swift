import CMeasure
import Glibc

/// One piece of codec work, to be done many times.
struct Operation {
  let name: String
  /// By what its numbers are divided, such as members of a room.
  var units = 1
  let work: () -> Void
}

/// `codec COUNT [PLANTED]` does every operation COUNT times, after doing it a few times unmeasured, and prints its name, its units and how
/// often it allocated. `PLANTED` names an operation that does its work twice, which the thresholds must notice.
@main enum Codec {
  static func main() {
    guard CommandLine.arguments.count > 1, let count = Int(CommandLine.arguments[1]), count > 0 else {
      print("usage: codec COUNT [PLANTED]")
      exit(2)
    }
    let planted = CommandLine.arguments.dropFirst(2).first
    // What the measuring itself takes is to be subtracted.
    let nothing = [Operation(name: "nothing") {}]
    for operation in nothing + EngineWork.operations() + SocketWork.operations() + FrameWork.operations() + JSONWork.operations()
      + RoomWork.operations()
    {
      for _ in 0..<3 { operation.work() }
      let allocations = measure(times: operation.name == planted ? count * 2 : count, operation.work)
      print(operation.name, operation.units, allocations)
    }
  }

  /// Gives the number of allocations; it means nothing when nobody counts.
  private static func measure(times: Int, _ work: () -> Void) -> Int64 {
    let before = codec_allocations()
    withoutActuallyEscaping(work) { work in
      var loop: () -> Void = { for _ in 0..<times { work() } }
      withUnsafeMutablePointer(to: &loop) { pointer in
        codec_measured({ $0?.assumingMemoryBound(to: (() -> Void).self).pointee() }, pointer)
      }
    }
    return codec_allocations() - before
  }
}

/// Keeps a result from being optimised away, and makes sure that there is one.
@inline(never) func keep<Value>(_ value: Value?) {
  guard value != nil else { fatalError("an operation failed: it would measure nothing") }
}
