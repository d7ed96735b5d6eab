/* Logistic function and hyperbolic tangent of int16 quanta by interpolation. Work in place.
 *
 * table  65536 / (1 + exp(-i / 24)) for i = 0..255. An input is first brought to units of 1 / 12288:
 *        (x * multiplier, rounded) >> shift. Output scale 1 / 32768, zero point 0.
 */
#ifndef TH_CURVE_H
#define TH_CURVE_H

#include "th_types.h"

typedef struct {
    int32_t multiplier, shift; /* shift 0..31 */
} th_curve_scale;

TH_KERNEL int32_t th_curve_argument(int32_t x, const th_curve_scale *scale)
{
    int32_t rounding = scale->shift > 0 ? (int32_t)(1u << (scale->shift - 1)) : 0;
    return (x * scale->multiplier + rounding) >> scale->shift;
}

TH_KERNEL int16_t th_logistic_value(int32_t x, const uint16_t *table)
{
    uint32_t magnitude = (uint32_t)(x < 0 ? -x : x);
    uint32_t index = magnitude >> 9;
    uint32_t y = 0x7FFFu << 10;
    if (index < 255) {
        y = ((uint32_t)table[index] << 9) + (magnitude & 0x1FF) * (uint32_t)(table[index + 1] - table[index]);
    }
    y = x >= 0 ? y + (1u << 9) : (1u << 25) - y + (1u << 9) - 1u;
    return (int16_t)(y >> 10);
}

TH_KERNEL int16_t th_tanh_value(int32_t x, const uint16_t *table)
{
    uint32_t magnitude = (uint32_t)(x < 0 ? -x : x);
    uint32_t index = magnitude >> 8;
    int32_t y = 0xFFFF << 8;
    if (index < 255) {
        y = (int32_t)(((uint32_t)table[index] << 8)
                      + (magnitude & 0xFF) * (uint32_t)(table[index + 1] - table[index]));
    }
    y = x >= 0 ? y - (1 << 23) + (1 << 7) : -y + (1 << 23) + (1 << 7) - 1;
    return (int16_t)(y >> 8);
}

TH_KERNEL void th_logistic_int16(const int16_t *input, const uint16_t *table, const th_curve_scale *scale,
                                 int16_t *output, const th_count_shape *shape)
{
    for (int32_t i = 0; i < shape->count; ++i) {
        output[i] = th_logistic_value(th_curve_argument(input[i], scale), table);
    }
}

TH_KERNEL void th_tanh_int16(const int16_t *input, const uint16_t *table, const th_curve_scale *scale,
                             int16_t *output, const th_count_shape *shape)
{
    for (int32_t i = 0; i < shape->count; ++i) {
        output[i] = th_tanh_value(th_curve_argument(input[i], scale), table);
    }
}

#endif
