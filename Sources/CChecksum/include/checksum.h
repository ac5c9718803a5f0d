#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli) by the processor's own instruction, which no Swift says. The state is neither inverted before nor after. */

/* Whether this processor has it. */
int checksum_is_there(void);

/* Only where it is there. */
uint32_t checksum_add(uint32_t state, const void *bytes, size_t count);

#endif
