#pragma once
#include <stdint.h>

/// Calls `body`. Callgrind collects between entry and exit of this function, by its name.
void codec_measured(void (*body)(void *context), void *context);

/// Allocations of this process so far; 0 when the counting library of ../allocations.c is not loaded.
int64_t codec_allocations(void);
