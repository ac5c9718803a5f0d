import HubStore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// A process that journal tests start in order to kill it, and the journal's benchmark.
//
//   journal-probe append PATH PREFIX COUNT APPENDERS   one line per acknowledged id
//   journal-probe once PATH ID                         appends one event and dies by SIGKILL before it tells anybody
//   journal-probe send PATH                         dies by SIGKILL while a message is under way
//   journal-probe migrate PATH STATEMENT               dies by SIGKILL before that statement of the migrations
//   journal-probe bench PATH COUNT APPENDERS           events per second
//   journal-probe read PATH                            how long opening, a page and a sync take
let arguments = Array(CommandLine.arguments.dropFirst())

switch arguments.first {
case "append" where arguments.count == 5:
  try appendMany(path: arguments[1], prefix: arguments[2], count: Int(arguments[3]) ?? 0, appenders: Int(arguments[4]) ?? 1)
case "once" where arguments.count == 3:
  try appendOnceAndDie(path: arguments[1], id: arguments[2])
case "send" where arguments.count == 2:
  try sendAndDie(path: arguments[1])
case "migrate" where arguments.count == 3:
  try migrateAndDie(path: arguments[1], statement: Int(arguments[2]) ?? 0)
case "bench" where arguments.count == 4:
  try benchmark(path: arguments[1], count: Int(arguments[2]) ?? 0, appenders: Int(arguments[3]) ?? 64)
case "read" where arguments.count == 2:
  try timeReading(path: arguments[1])
default:
  print("journal-probe append|once|migrate|bench|read …")
  exit(2)
}
