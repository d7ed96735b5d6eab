/* Addition and subtraction of two int8 tensors of one shape, for Cortex-M cores with the DSP extension.
 *
 * TFLite Micro scales both inputs, adds them and scales the sum, with a rounding each time. For int8 that
 * is a function of 256 * 256 pairs, and
 *
 *     saturate8((x * a + y * b + c) >> n)
 *
 * is compared with it for all of them when the constants are chosen (engine/firmware/sum_line.py); where
 * no such constants exist the portable kernel stays. The shift n is in the function's name.
 *
 * inputs   any address, any count
 * line     |x * a + y * b + c| < 2^31 for all int8 x and y
 * output   may be either input; saturated to int8, a narrower clamp follows in th_clamp_int8_dsp
 */
#ifndef TH_SUM_DSP_H
#define TH_SUM_DSP_H

#include "th_types.h"

typedef struct {
    int32_t a, b, c;
} th_sum_line;

#define TH_SUM_LINE(n)                                                                                     \
    TH_KERNEL int8_t th_sum_line_##n(int32_t x, int32_t y, const th_sum_line line)                         \
    {                                                                                                      \
        int32_t sum = x * line.a + (y * line.b + line.c);                                                  \
        __asm__("ssat %0, #8, %1, asr #" #n : "=r"(sum) : "r"(sum));                                       \
        return (int8_t)sum;                                                                                \
    }                                                                                                      \
    TH_KERNEL void th_sum_int8_dsp_##n(const int8_t *first, const int8_t *second,                          \
                                       const th_sum_line *constants, int8_t *output,                       \
                                       const th_count_shape *shape)                                        \
    {                                                                                                      \
        const th_sum_line line = *constants;                                                               \
        const int8_t *end = first + (shape->count & ~3);                                                   \
        while (first != end) {                                                                             \
            int32_t x, y;                                                                                  \
            th_copy(&x, first, 4);                                                                         \
            th_copy(&y, second, 4);                                                                        \
            first += 4;                                                                                    \
            second += 4;                                                                                   \
            output[0] = th_sum_line_##n((int8_t)x, (int8_t)y, line);                                       \
            output[1] = th_sum_line_##n((int8_t)(x >> 8), (int8_t)(y >> 8), line);                         \
            output[2] = th_sum_line_##n((int8_t)(x >> 16), (int8_t)(y >> 16), line);                       \
            output[3] = th_sum_line_##n(x >> 24, y >> 24, line);                                           \
            output += 4;                                                                                   \
        }                                                                                                  \
        for (int32_t i = 0; i < (shape->count & 3); ++i) {                                                 \
            output[i] = th_sum_line_##n(first[i], second[i], line);                                        \
        }                                                                                                  \
    }

TH_SUM_LINE(16)
TH_SUM_LINE(18)
TH_SUM_LINE(20)
TH_SUM_LINE(21)
TH_SUM_LINE(22)
TH_SUM_LINE(23)

#undef TH_SUM_LINE

#endif
