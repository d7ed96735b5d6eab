/* Line buffers of layers that run together in bands of rows: the rows that the next band still reads move
 * to the front, word by word.
 *
 * rows     aligned to 4; any type
 */
#ifndef TH_BANDS_H
#define TH_BANDS_H

#include "th_types.h"

typedef struct {
    int32_t from, bytes; /* from > 0 */
} th_keep_rows_shape;

TH_KERNEL void th_keep_rows(void *rows, const th_keep_rows_shape *shape)
{
    uint8_t *to = (uint8_t *)rows;
    const uint8_t *from = to + shape->from;
    const uint8_t *end = to + (shape->bytes & ~3);
    while (to != end) {
        uint32_t word;
        th_copy(&word, from, 4);
        th_copy(to, &word, 4);
        from += 4;
        to += 4;
    }
    for (int32_t i = 0; i < (shape->bytes & 3); ++i) {
        to[i] = from[i];
    }
}

#endif
