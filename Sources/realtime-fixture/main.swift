import Glibc

// Before any thread starts, so that the signal waits for `sigwait` whichever thread it comes to.
var stopping = sigset_t()
sigemptyset(&stopping)
sigaddset(&stopping, SIGTERM)
sigaddset(&stopping, SIGINT)
pthread_sigmask(SIG_BLOCK, &stopping, nil)

do throws(FixtureArguments.Problem) {
  let arguments = try FixtureArguments(Array(CommandLine.arguments.dropFirst()))
  raiseFileLimit()
  let (stops, stop) = AsyncStream.makeStream(of: Void.self)
  Task.detached {
    do {
      let running = try await Fixture.start(arguments)
      print("listening on \(running.address) as \(arguments.mode.rawValue)")
      fflush(nil)
      for await _ in stops { break }
      await running.end()
      exit(0)
    } catch {
      fail("cannot listen: \(error)", status: 1)
    }
  }
  var signal: Int32 = 0
  sigwait(&stopping, &signal)
  stop.yield()
  // A second signal waits for nobody.
  sigwait(&stopping, &signal)
} catch {
  fail("\(error.text)\n\(FixtureArguments.usage)", status: 2)
}

/// Thousands of sockets need as many descriptors.
func raiseFileLimit() {
  var limit = rlimit()
  let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  guard getrlimit(files, &limit) == 0 else { return }
  limit.rlim_cur = limit.rlim_max
  _ = setrlimit(files, &limit)
}

func fail(_ text: String, status: Int32) -> Never {
  let line = Array("realtime-fixture: \(text)\n".utf8)
  write(STDERR_FILENO, line, line.count)
  exit(status)
}
