// The ABI is the header; a C target needs one source file.
#include "hub_plugin.h"
