/* Any function of one 8-bit value, as a table of 256 results indexed by the value's bit pattern
 * (quanta 0..127 first, then -128..-1). Works in place.
 */
#ifndef TH_LOOKUP_H
#define TH_LOOKUP_H

#include "th_types.h"

TH_KERNEL void th_lookup(const void *input, const uint8_t *table, void *output, const th_count_shape *shape)
{
    const uint8_t *from = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    for (int32_t i = 0; i < shape->count; ++i) {
        to[i] = table[from[i]];
    }
}

#endif
