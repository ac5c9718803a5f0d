#include "measure.h"

extern int64_t allocations_so_far(void) __attribute__((weak));

__attribute__((noinline)) void codec_measured(void (*body)(void *context), void *context) {
    body(context);
    __asm__ volatile("");  // not a tail call: the end of this function ends the collection
}

int64_t codec_allocations(void) { return allocations_so_far ? allocations_so_far() : 0; }
