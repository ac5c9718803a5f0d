internal import Glibc
internal import Synchronization

/// Knows whether the process is going down with a fatal signal. Swift's report of a crash can take longer than a plugin's deadlines, and
/// threads that block signals go on meanwhile: what they take for a plugin's failure then is no reason to take its mark away.
enum CrashWatch {
  private static let began = Atomic(false)
  private static let signals = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]
  /// What handled each signal before. Written under the lock before the handler can run, then only read.
  nonisolated(unsafe) private static let previous = UnsafeMutablePointer<sigaction>.allocate(capacity: 32)
  private static let isInstalled = Mutex(false)

  /// From the first instant of the crash on.
  static var isCrashing: Bool { began.load(ordering: .acquiring) }

  /// Takes note of fatal signals from now on, and leaves what is done about them to who did it before.
  static func install() {
    isInstalled.withLock { isInstalled in
      guard !isInstalled else { return }
      isInstalled = true
      // Made now: a handler must not be the first to ask for it.
      began.store(false, ordering: .releasing)
      for number in signals {
        let place = previous + Int(number)
        place.initialize(to: sigaction())
        guard sigaction(number, nil, place) == 0 else { continue }
        var action = sigaction()
        action.__sigaction_handler.sa_sigaction = { number, info, _ in CrashWatch.note(number, info) }
        action.sa_flags = SA_SIGINFO | SA_ONSTACK
        sigaction(number, &action, nil)
      }
    }
  }

  /// A fault happens again when its instruction is, an abort has to be repeated: either meets the handler before.
  private static func note(_ number: Int32, _ info: UnsafeMutablePointer<siginfo_t>?) {
    began.store(true, ordering: .releasing)
    sigaction(number, previous + Int(number), nil)
    if (info?.pointee.si_code ?? 0) <= 0 { raise(number) }
  }
}
