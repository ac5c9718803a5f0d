// What the thread sanitizer cannot see on Linux: the hand-overs of the Swift runtime, which is not built with it. Without them it calls
// every task, actor and contended mutex a race. Linked into the tests.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);
extern bool _swift_tsan_enabled;
extern void (*_swift_tsan_acquire)(void *address), (*_swift_tsan_release)(void *address);

// The runtime marks its own hand-overs once it is told to; on Darwin the sanitizer tells it.
__attribute__((constructor)) static void tell_the_runtime(void) {
    _swift_tsan_acquire = __tsan_acquire;
    _swift_tsan_release = __tsan_release;
    _swift_tsan_enabled = true;
}

// A mutex that is free is taken in the program's own code, which the sanitizer sees; one that is not, in the library and the kernel.
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF) {
    static SWIFT void (*next)(uint32_t, SELF);
    if (!next) next = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK);
    next(thread, self);
    __tsan_acquire(self);
}

SWIFT void unlock_slow(SELF) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF) {
    static SWIFT void (*next)(SELF);
    if (!next) next = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK);
    __tsan_release(self);
    next(self);
}
