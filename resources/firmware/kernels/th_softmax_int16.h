/* Softmax of int16 quanta over the last dimension, portable reference. Works in place.
 *
 * exponentials  513 samples of exp on [-10, 0], Q0.15
 * reciprocals   513 samples of 1 / (1 + x) on [0, 1], Q0.15
 * Output scale 1/32768, zero point 0.
 */
#ifndef TH_SOFTMAX_INT16_H
#define TH_SOFTMAX_INT16_H

#include "th_requantize.h"

typedef struct {
    int32_t rows, depth;
} th_softmax_int16_shape;

/* From a distance in quanta to 1/65535 of the exponentials' range. */
typedef struct {
    int32_t multiplier, shift;
} th_softmax_int16_scale;

/* Interpolates between 513 samples, 128 quanta apart. */
TH_KERNEL int32_t th_interpolate(int32_t x, const int16_t *table)
{
    int32_t index = 256 + (x >> 7);
    int32_t slope = table[index + 1] - table[index];
    return table[index] + ((slope * (x & 0x7F) + 64) >> 7);
}

TH_KERNEL void th_softmax_int16(const int16_t *input, const int16_t *exponentials, const int16_t *reciprocals,
                                const th_softmax_int16_scale *scale, int16_t *output,
                                const th_softmax_int16_shape *shape)
{
    for (int32_t row = 0; row < shape->rows; ++row, input += shape->depth, output += shape->depth) {
        int32_t largest = INT16_MIN;
        for (int32_t c = 0; c < shape->depth; ++c) {
            largest = th_max(largest, input[c]);
        }
        int32_t sum = 0; /* Q16.15 */
        for (int32_t c = 0; c < shape->depth; ++c) {
            int32_t scaled = th_requantize(input[c] - largest, scale->multiplier, scale->shift);
            int32_t e = th_interpolate(th_clamp(scaled + 32767, INT16_MIN, INT16_MAX), exponentials);
            output[c] = (int16_t)e;
            sum += e;
        }
        int32_t headroom = __builtin_clz((uint32_t)sum);
        int32_t mantissa = (int32_t)((((int64_t)sum << (headroom - 1)) + (1 << 13)) >> 14); /* in 1..2 */
        int32_t centred = th_clamp(mantissa - ((1 << 15) + (1 << 16)), INT16_MIN, INT16_MAX);
        int32_t reciprocal = th_interpolate(centred, reciprocals);
        int32_t shift = 31 - headroom;
        for (int32_t c = 0; c < shape->depth; ++c) {
            int32_t y = (int32_t)(((int64_t)output[c] * reciprocal + ((int64_t)1 << (shift - 1))) >> shift);
            output[c] = (int16_t)th_clamp(y, 0, INT16_MAX);
        }
    }
}

#endif
