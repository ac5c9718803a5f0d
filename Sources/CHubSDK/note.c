#include "CHubSDK.h"
HUB_PLUGIN_NOTE(HUB_NOTE_SWIFT)
const void *hub_sdk_note(void) { return &hub_note_; }
