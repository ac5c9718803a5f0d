import ArgumentParser

/// How the process ends.
enum ExitStatus: Int32 {
  case ok = 0
  case failure = 1
  case usage = 2
  case configurationInvalid = 3
  case connectionTestFailed = 4
  case alreadyRunning = 5
}

/// Ends a verb: the line for stderr and the exit status.
struct CommandFailure: Error {
  let status: ExitStatus
  /// Empty when everything has been said already.
  let message: String

  init(_ status: ExitStatus, _ message: String = "") {
    self.status = status
    self.message = message
  }
}
