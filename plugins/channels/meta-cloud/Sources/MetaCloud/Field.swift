/// The webhook fields by what they give.
enum Field: Sendable {
  case messages, echoes, history, contacts, calls, groups, account, template
  /// Known to exist, passed on as it is.
  case unread

  init?(name: String) {
    switch name {
    case "messages": self = .messages
    case "smb_message_echoes", "message_echoes": self = .echoes
    case "history": self = .history
    case "smb_app_state_sync", "user_preferences", "user_id_update", "contacts": self = .contacts
    case "calls": self = .calls
    case "group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update": self = .groups
    case "account_update", "account_alerts", "account_review_update", "business_capability_update", "phone_number_quality_update",
      "phone_number_name_update", "flows", "security":
      self = .account
    case "message_template_status_update", "message_template_quality_update", "template_category_update",
      "message_template_components_update":
      self = .template
    case "payment_configuration_update", "partner_solutions", "tracking_events", "automatic_events", "business_status_update":
      self = .unread
    default: return nil
    }
  }
}
