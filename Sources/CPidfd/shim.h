// pidfd_open(2), which glibc has only since 2.36 and Swift cannot call through the variadic syscall(2).
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// The number is the same on every architecture.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static inline int CPidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }
