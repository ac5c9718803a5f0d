import Dispatch

/// Runs one adapter's tasks on a queue of its own: an adapter that blocks there holds back itself and nobody else.
final class AdapterExecutor: TaskExecutor {
  private let queue: DispatchQueue

  init(name: String) { queue = DispatchQueue(label: "adapter.\(name)") }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
