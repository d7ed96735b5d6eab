/* Softmax over the last dimension, portable reference (gemmlowp's fixed-point arithmetic).
 *
 * exponentials  exp(beta * scale * -d) as Q0.31 for d = 0, 1, ... shape->table_length - 1, where d is the
 *               distance from the row's largest quantum; further away counts as 0.
 * output        int8: scale 1/256, zero point -128; int16: scale 1/65536, zero point -32768.
 * Works in place where input and output have the same type.
 */
#ifndef TH_SOFTMAX_H
#define TH_SOFTMAX_H

#include "th_requantize.h"

typedef struct {
    int32_t rows, depth;
    int32_t table_length;
} th_softmax_shape;

/* 1 / (1 + a) for a in [0, 1), Q0.31: three Newton steps in Q2.29. */
TH_KERNEL int32_t th_one_over_one_plus(int32_t a)
{
    int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + th_high_multiply(half_denominator, -1010580540); /* 48/17 - 32/17 d */
    for (int32_t step = 0; step < 3; ++step) {
        int32_t error = ((int32_t)1 << 29) - th_high_multiply(half_denominator, x);
        x += (int32_t)((uint32_t)th_high_multiply(x, error) << 2);
    }
    return x > (INT32_MAX >> 1) ? INT32_MAX : x * 2;
}

#define TH_SOFTMAX(value_bits, lowest, highest)                                                            \
    for (int32_t row = 0; row < shape->rows; ++row, input += shape->depth, output += shape->depth) {       \
        int32_t largest = INT8_MIN;                                                                        \
        for (int32_t c = 0; c < shape->depth; ++c) {                                                       \
            largest = th_max(largest, input[c]);                                                           \
        }                                                                                                  \
        int32_t sum = 0; /* Q12.19 */                                                                      \
        for (int32_t c = 0; c < shape->depth; ++c) {                                                       \
            int32_t distance = largest - input[c];                                                         \
            if (distance < shape->table_length) {                                                          \
                sum += th_divide_by_power(exponentials[distance], 12);                                     \
            }                                                                                              \
        }                                                                                                  \
        int32_t headroom = __builtin_clz((uint32_t)sum);                                                   \
        int32_t scale = th_one_over_one_plus((int32_t)(((uint32_t)sum << headroom) - (1u << 31)));         \
        int32_t exponent = 12 - headroom + 31 - (value_bits);                                              \
        for (int32_t c = 0; c < shape->depth; ++c) {                                                       \
            int32_t distance = largest - input[c];                                                         \
            int32_t y = (lowest);                                                                          \
            if (distance < shape->table_length) {                                                          \
                y += th_divide_by_power(th_high_multiply(scale, exponentials[distance]), exponent);        \
            }                                                                                              \
            output[c] = th_clamp(y, (lowest), (highest));                                                  \
        }                                                                                                  \
    }

TH_KERNEL void th_softmax_int8(const int8_t *input, const int32_t *exponentials, int8_t *output,
                               const th_softmax_shape *shape)
{
    TH_SOFTMAX(8, INT8_MIN, INT8_MAX)
}

TH_KERNEL void th_softmax_int8_int16(const int8_t *input, const int32_t *exponentials, int16_t *output,
                                     const th_softmax_shape *shape)
{
    TH_SOFTMAX(16, INT16_MIN, INT16_MAX)
}

#undef TH_SOFTMAX

#endif
