#include "checksum.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

int checksum_is_there(void) { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t checksum_add(uint32_t state, const void *bytes, size_t count) {
  const unsigned char *next = bytes;
  uint64_t word, wide = state;
  for (; count >= sizeof word; count -= sizeof word, next += sizeof word) {
    memcpy(&word, next, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  state = (uint32_t)wide;
  while (count-- > 0) state = _mm_crc32_u8(state, *next++);
  return state;
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

int checksum_is_there(void) { return 1; }

uint32_t checksum_add(uint32_t state, const void *bytes, size_t count) {
  const unsigned char *next = bytes;
  uint64_t word;
  for (; count >= sizeof word; count -= sizeof word, next += sizeof word) {
    memcpy(&word, next, sizeof word);
    state = __crc32cd(state, word);
  }
  while (count-- > 0) state = __crc32cb(state, *next++);
  return state;
}

#else

int checksum_is_there(void) { return 0; }

uint32_t checksum_add(uint32_t state, const void *bytes, size_t count) {
  (void)bytes, (void)count;
  return state;
}

#endif
