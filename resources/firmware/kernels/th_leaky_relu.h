/* Leaky rectifier of 16-bit values, portable. A multiplier for each side of zero; results saturate; the
 * output may be the input.
 */
#ifndef TH_LEAKY_RELU_H
#define TH_LEAKY_RELU_H

#include "th_requantize.h"

typedef struct {
    int32_t positive, positive_shift;
    int32_t negative, negative_shift; /* of the slope's size */
    int32_t sign;                     /* of the slope, 1 or -1 */
} th_leaky_relu_multipliers;

TH_KERNEL void th_leaky_relu_int16(const int16_t *input, const th_leaky_relu_multipliers *multipliers,
                                   int16_t *output, const th_count_shape *shape)
{
    const th_leaky_relu_multipliers m = *multipliers;
    for (int32_t i = 0; i < shape->count; ++i) {
        int32_t x = input[i];
        int32_t y = x >= 0 ? th_requantize(x, m.positive, m.positive_shift)
                           : m.sign * th_requantize(x, m.negative, m.negative_shift);
        output[i] = (int16_t)th_clamp(y, -32768, 32767);
    }
}

#endif
