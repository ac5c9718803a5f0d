internal import Glibc

/// Runs one child to its end, or to its deadline.
enum ChildProcess {
  enum Result {
    case notStarted(Int32)
    case exited(code: Int32, output: [UInt8], errors: [UInt8])
    case signalled(Int32)
    case timedOut
    case tooMuchOutput
  }

  /// Blocks until the child ended. The child has no input, and only what a dynamic linker needs of the environment: secrets
  /// in variables stay here.
  static func run(_ arguments: [String], deadline: Duration, maximumOutput: Int) -> Result {
    var output: [Int32] = [-1, -1]
    var errors: [Int32] = [-1, -1]
    // Closed on exec from the start: a child that another thread starts meanwhile would keep it open, and this one unended. Glibc's
    // module has no pipe2, so these are sockets.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &output) == 0 else { return .notStarted(errno) }
    guard socketpair(AF_UNIX, kind, 0, &errors) == 0 else {
      closeAll(output)
      return .notStarted(errno)
    }
    let (started, child) = spawn(arguments, output: output[1], errors: errors[1])
    close(output[1])
    close(errors[1])
    defer { closeAll([output[0], errors[0]]) }
    guard started == 0 else { return .notStarted(started) }

    var reader = PipeReader(descriptors: [output[0], errors[0]], limit: maximumOutput)
    let end = ContinuousClock.now + deadline
    let finished = reader.read(until: end)
    if finished != .ended { kill(child, SIGKILL) }
    var status: Int32 = 0
    // A child that closed its pipes but lives on is ended too, at the deadline.
    while true {
      let waited = waitpid(child, &status, finished == .ended && ContinuousClock.now < end ? WNOHANG : 0)
      if waited == child { break }
      if waited < 0, errno != EINTR { return .notStarted(errno) }
      if waited == 0 {
        if ContinuousClock.now + .milliseconds(2) >= end { kill(child, SIGKILL) }
        usleep(1000)
      }
    }
    switch finished {
    case .deadline: return .timedOut
    case .overflow: return .tooMuchOutput
    case .ended: break
    }
    let signal = status & 0x7F
    if signal == SIGKILL, ContinuousClock.now >= end { return .timedOut }
    if signal != 0 { return .signalled(signal) }
    return .exited(code: (status >> 8) & 0xFF, output: reader.collected[0], errors: reader.collected[1])
  }

  private static func spawn(_ arguments: [String], output: Int32, errors: Int32) -> (code: Int32, child: pid_t) {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let kept = ["PATH", "LD_LIBRARY_PATH", "HOME", "LANG", "TZ"]
    let environment = kept.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } } + ["SWIFT_BACKTRACE=enable=no"]
    var child = pid_t()
    let code = withCStrings(arguments) { argv in
      withCStrings(environment) { envp in posix_spawnp(&child, arguments.first ?? "", &actions, &attributes, argv, envp) }
    }
    return (code, child)
  }

  private static func withCStrings<Result>(_ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result)
    -> Result
  {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    var pointers = copies + [nil]
    return pointers.withUnsafeMutableBufferPointer { buffer in
      // The array holds at least the closing nil, so there is a base address.
      withUnsafeMutablePointer(to: &buffer[0], body)
    }
  }

  private static func closeAll(_ descriptors: [Int32]) { for descriptor in descriptors { close(descriptor) } }
}

/// Reads several pipes at once until all have ended, too much came, or time is up.
private struct PipeReader {
  enum End { case ended, deadline, overflow }

  let descriptors: [Int32]
  let limit: Int
  private(set) var collected: [[UInt8]]

  init(descriptors: [Int32], limit: Int) {
    self.descriptors = descriptors
    self.limit = limit
    collected = descriptors.map { _ in [] }
  }

  mutating func read(until end: ContinuousClock.Instant) -> End {
    var open = Set(descriptors.indices)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while !open.isEmpty {
      let left = ContinuousClock.now.duration(to: end)
      guard left > .zero else { return .deadline }
      let order = open.sorted()
      var polled = order.map { pollfd(fd: descriptors[$0], events: Int16(POLLIN), revents: 0) }
      let milliseconds = Int32(clamping: left.milliseconds + 1)
      guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { continue }
      for (place, index) in order.enumerated() where polled[place].revents != 0 {
        let got = Glibc.read(descriptors[index], &chunk, chunk.count)
        if got <= 0 {
          open.remove(index)
        } else {
          collected[index].append(contentsOf: chunk[..<got])
          if collected[index].count > limit { return .overflow }
        }
      }
    }
    return .ended
  }
}
