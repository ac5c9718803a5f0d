// Linked into plugins only: carries the ELF note that says "built by this Swift toolchain".
#ifndef CHUBSDK_H
#define CHUBSDK_H
#include "hub_plugin.h"
/// Called once by the SDK's export, so that the linker keeps the note's object file.
const void *hub_sdk_note(void);
#endif
