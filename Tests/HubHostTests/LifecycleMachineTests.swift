import Testing

@testable import HubHost

@Suite("LifecycleMachine")
struct LifecycleMachineTests {
  /// A machine that was led to the given stage, its call returned.
  func machine(at stage: LifecycleMachine.Stage) -> LifecycleMachine {
    var machine = LifecycleMachine()
    _ = machine.begin()
    machine.returned(.create)
    if stage == .create { return machine }
    _ = machine.created()
    machine.returned(.validate)
    if stage == .validate { return machine }
    _ = machine.answered(.validate, failure: nil)
    machine.returned(.start)
    if stage == .start { return machine }
    _ = machine.answered(.start, failure: nil)
    _ = machine.stop()
    machine.returned(.stop)
    if stage == .stop { return machine }
    _ = machine.answered(.stop, failure: nil)
    return machine
  }

  @Test("the steps come in their order, each after the answer to the one before")
  func order() {
    var machine = LifecycleMachine()
    #expect(machine.begin() == .create)
    #expect(machine.begin() == .none)
    #expect(machine.created() == .validate)
    #expect(machine.answered(.start, failure: nil) == .none)
    #expect(machine.answered(.validate, failure: nil) == .start)
    #expect(machine.answered(.start, failure: nil) == .announceRunning)
    #expect(machine.answered(.start, failure: nil) == .none)
    #expect(machine.stop() == .stop)
    #expect(machine.stop() == .none)
    #expect(machine.answered(.stop, failure: nil) == .destroy)
    #expect(machine.destroyed() == .announceEnd)
    #expect(machine.state == .ended(.stopped))
    #expect(machine.destroyed() == .none)
  }

  @Test("a refused create ends without a destroy, for there is no instance")
  func refused() {
    var machine = machine(at: .create)
    #expect(machine.refused(reason: "no") == .announceEnd)
    #expect(machine.state == .ended(.failed(.create, reason: "no", refusesConfig: true)))
  }

  @Test("a step that fails is followed by destroy, and the reason stays", arguments: [LifecycleMachine.Stage.validate, .start])
  func fails(stage: LifecycleMachine.Stage) {
    var machine = machine(at: stage)
    #expect(machine.answered(stage, failure: "no") == .destroy)
    #expect(machine.destroyed() == .announceEnd)
    #expect(machine.state == .ended(.failed(stage, reason: "no")))
  }

  @Test("a step that is not answered in time is cancelled and destroyed", arguments: [LifecycleMachine.Stage.validate, .start, .stop])
  func late(stage: LifecycleMachine.Stage) {
    var machine = machine(at: stage)
    #expect(machine.expired(stage, after: .seconds(2)) == .cancelAndDestroy)
    #expect(machine.answered(stage, failure: nil) == .none)
    #expect(machine.destroyed() == .announceEnd)
    let reason = "no answer within 2.0 seconds"
    #expect(machine.state == .ended(stage == .stop ? .stopped : .failed(stage, reason: reason)))
  }

  @Test("a call that does not return is left alone: neither cancelled nor destroyed")
  func abandoned() {
    var machine = LifecycleMachine()
    _ = machine.begin()
    #expect(machine.expired(.create, after: .seconds(1)) == .abandon)
    #expect(machine.created() == .none)
    #expect(machine.state == .ended(.abandoned(.create)))
    var second = self.machine(at: .destroy)
    #expect(second.expired(.destroy, after: .seconds(1)) == .abandon)
    #expect(second.destroyed() == .none)
  }

  @Test("a stop on the way up ends at the next step")
  func stopEarly() {
    var creating = machine(at: .create)
    #expect(creating.stop() == .none)
    #expect(creating.created() == .destroy)
    var validating = machine(at: .validate)
    #expect(validating.stop() == .none)
    #expect(validating.answered(.validate, failure: nil) == .destroy)
    var starting = machine(at: .start)
    #expect(starting.stop() == .none)
    #expect(starting.answered(.start, failure: nil) == .stop)
    var idle = LifecycleMachine()
    #expect(idle.stop() == .announceEnd)
  }
}
