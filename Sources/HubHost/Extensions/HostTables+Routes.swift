internal import CHubPlugin

extension HostTables {
  static let httpRoute = Table(
    hub_http_route_1(
      add: { host, method, path, access, role, route in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        return adapter.addRoute(method: method.text, path: path.text, access: access, role: role.text, route: route)
      },
      respond: { host, token, message in
        guard let message else { return }
        HostHandle.adapter(host)?.respond(token, message.pointee)
      }))
}
