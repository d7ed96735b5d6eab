/* Addition and subtraction of two int8 tensors of one shape, for Cortex-M cores with the DSP extension.
 *
 * TFLite Micro scales both inputs, adds them and scales the sum, with a rounding each time. For int8 that
 * is a function of 256 * 256 pairs, and
 *
 *     saturate8((x * a + y * b + c) >> n)
 *
 * is compared with it for all of them when the constants are chosen (engine/firmware/sum_line.py). The
 * shift n is in the function's name. Where no such constants exist, th_add_int8_dsp and th_sub_int8_dsp
 * do the three roundings with SMMULR.
 *
 * inputs   any address, any count
 * line     |x * a + y * b + c| < 2^31 for all int8 x and y
 * output   may be either input; saturated to int8, a narrower clamp follows in th_clamp_int8_dsp
 */
#ifndef TH_SUM_DSP_H
#define TH_SUM_DSP_H

#include "th_arithmetic.h"

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

/* What a rounding right shift of TFLite Micro adds before it shifts; nothing if it does not shift. */
typedef struct {
    int32_t multiplier, shift, half, sign;
} th_rounding;

TH_KERNEL th_rounding th_rounding_of(int32_t multiplier, int32_t shift)
{
    th_rounding rounding = {multiplier, -shift, (1 << -shift) >> 1, shift ? -1 : 0};
    return rounding;
}

/* th_requantize for |x| < 2^30 and no left shift. */
TH_KERNEL int32_t th_round_twice(int32_t x, const th_rounding rounding)
{
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x * 2), "r"(rounding.multiplier));
    return (high + rounding.half + ((high >> 31) & rounding.sign)) >> rounding.shift;
}

#define TH_SUM_EXACT(operation)                                                                            \
    const th_sum_quantization q = *quantization;                                                           \
    const th_rounding a_rounding = th_rounding_of(q.a_multiplier, q.a_shift);                              \
    const th_rounding b_rounding = th_rounding_of(q.b_multiplier, q.b_shift);                              \
    const th_rounding rounding = th_rounding_of(q.output_multiplier, q.output_shift);                      \
    for (int32_t i = 0; i < shape->count; ++i) {                                                           \
        int32_t x = th_round_twice((first[i] - q.a_zero_point) * (1 << 20), a_rounding);                   \
        int32_t y = th_round_twice((second[i] - q.b_zero_point) * (1 << 20), b_rounding);                  \
        int32_t sum = th_round_twice(x operation y, rounding) + q.output_zero_point;                       \
        output[i] = (int8_t)th_clamp(sum, q.minimum, q.maximum);                                           \
    }

TH_KERNEL void th_add_int8_dsp(const int8_t *first, const int8_t *second,
                               const th_sum_quantization *quantization, int8_t *output,
                               const th_count_shape *shape)
{
    TH_SUM_EXACT(+)
}

TH_KERNEL void th_sub_int8_dsp(const int8_t *first, const int8_t *second,
                               const th_sum_quantization *quantization, int8_t *output,
                               const th_count_shape *shape)
{
    TH_SUM_EXACT(-)
}

#undef TH_SUM_EXACT

#endif
