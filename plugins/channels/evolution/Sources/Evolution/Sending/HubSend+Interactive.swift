import HubPluginSDK
import OrderedJSON

/// Buttons and lists.
extension HubSend {
  func call(_ interactive: HubInteractive) throws(HubError) -> RESTCall {
    var heading: String?
    switch interactive.header {
    case nil: break
    case .text(let text)?: heading = text
    case .media?: throw HubError(.unsupported, "the server has no header with a file")
    }
    var body: JSONObject = ["number": number, "title": .string(heading ?? interactive.text)]
    switch interactive.form {
    case .buttons(let choices):
      body.add("description", text: heading.map { _ in interactive.text })
      body.add("footer", text: interactive.footer)
      body.append(
        "buttons", .array(choices.map { ["type": "reply", "displayText": .string($0.title), "id": .string($0.id)] }))
      return post("sendButtons", quoting(body))
    case .list(let button, let sections):
      body.append("description", .string(interactive.text))
      // The server insists on one.
      body.append("footerText", .string(interactive.footer ?? " "))
      body.append("buttonText", .string(button))
      body.append("sections", .array(sections.map { Self.section($0, instead: interactive.text) }))
      return post("sendList", quoting(body))
    }
  }

  private static func section(_ section: HubInteractive.Section, instead title: String) -> JSONValue {
    let rows = section.rows.map { row -> JSONValue in
      ["title": .string(row.title), "description": .string(row.description ?? ""), "rowId": .string(row.id)]
    }
    return ["title": .string(section.title ?? title), "rows": .array(rows)]
  }
}
