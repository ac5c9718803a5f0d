import EngineIO
import SocketIO

extension UpstreamMachine {
  var joinedNamespaces: [String] { settings.namespaces.filter { namespaces[$0]?.join != nil } }

  mutating func ask(_ name: String, now: Int64) -> Action {
    namespaces[name]?.ask(until: now + settings.connectTimeout)
    return .join(name)
  }

  mutating func joined(_ name: String, socket: String) -> [Action] {
    guard namespaces[name]?.isAsked == true else { return [] }
    joins += 1
    namespaces[name]?.joined(joins)
    succeeded()
    return [.tell(.joined(namespace: name, socket: socket))]
  }

  mutating func refused(_ name: String, message: String, data: [UInt8]?, now: Int64, random: Double) -> [Action] {
    guard namespaces[name]?.isAsked == true, let wait = namespaces[name]?.wait(now: now, random: random) else { return [] }
    return [.tell(.refused(namespace: name, message: message, data: data, retryIn: wait))]
  }

  mutating func left(_ name: String, now: Int64, random: Double) -> [Action] {
    guard namespaces[name]?.join != nil, let wait = namespaces[name]?.wait(now: now, random: random) else { return [] }
    return answers.giveUp(in: name).map { .answer($0, .disconnected) } + [.tell(.left(namespace: name, retryIn: wait))]
  }

  /// Asks again whom it is time to ask. One that was asked and doesn't answer must not be asked twice, for that ends the connection; a
  /// server of which no namespace answers is as good as silent.
  mutating func wakeNamespaces(now: Int64, random: Double) -> [Action] {
    var actions: [Action] = []
    for name in settings.namespaces {
      switch namespaces[name]?.state {
      case .waiting(let until) where until <= now: actions.append(ask(name, now: now))
      case .asked(let until) where until <= now && !isHeld:
        guard !joinedNamespaces.isEmpty else {
          return actions + giveUp(UpstreamEnd(.silent, "no namespace answered"), now: now, random: random)
        }
        namespaces[name]?.ask(until: now + settings.connectTimeout)
      default: break
      }
    }
    return actions
  }

  static func leave(_ name: String) -> [UInt8] {
    var packet = [PacketKind.message.rawValue]
    PacketWriter.disconnect(namespace: name, to: &packet)
    return packet
  }

  /// The packet that asks to join; `auth` is JSON text.
  static func connect(_ name: String, auth: [UInt8]?) -> [UInt8] {
    Array("40".utf8) + (name == "/" ? [] : Array("\(name),".utf8)) + (auth ?? [])
  }
}
