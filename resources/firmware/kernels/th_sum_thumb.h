/* Addition and subtraction of two int8 tensors of one shape, for Cortex-M0 and M0+.
 *
 * The three roundings of TFLite Micro are a function of 256 * 256 pairs, and
 *
 *     clamp((x * a + y * b + c) >> shift)
 *
 * is compared with it for all of them when the constants are chosen (engine/firmware/sum_line.py).
 *
 * inputs   any address, any count
 * line     |x * a + y * b + c| < 2^31 for all int8 x and y
 * output   may be either input; clamped to [minimum, maximum]
 */
#ifndef TH_SUM_THUMB_H
#define TH_SUM_THUMB_H

#include "th_types.h"

typedef struct {
    int32_t a, b, c;
} th_sum_thumb_line;

typedef struct {
    int32_t count, shift, minimum, maximum;
} th_sum_thumb_shape;

TH_KERNEL void th_sum_int8_thumb(const int8_t *first, const int8_t *second, const th_sum_thumb_line *line,
                                 int8_t *output, const th_sum_thumb_shape *shape)
{
    const int32_t a = line->a, b = line->b, c = line->c;
    for (int32_t i = 0; i < shape->count; ++i) {
        int32_t sum = (first[i] * a + second[i] * b + c) >> shape->shift;
        if (sum < shape->minimum) {
            sum = shape->minimum;
        }
        if (sum > shape->maximum) {
            sum = shape->maximum;
        }
        output[i] = (int8_t)sum;
    }
}

#endif
