/* Between floats and quanta, and from one scale to another. Elementwise; in place where the output's
 * elements are not wider than the input's.
 */
#ifndef TH_QUANTIZE_H
#define TH_QUANTIZE_H

#include "th_requantize.h"

typedef struct {
    float scale;
    int32_t zero_point;
} th_affine;

typedef struct {
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, shift;
} th_rescale;

/* Nearest integer, ties away from zero; saturates at +-2^30, NaN gives 0. */
TH_KERNEL int32_t th_round_float(float x)
{
    const float limit = 1073741824.0f;
    if (!(x > -limit)) {
        return x < 0.0f ? -(1 << 30) : 0;
    }
    if (x >= limit) {
        return 1 << 30;
    }
    int32_t whole = (int32_t)x;
    float rest = x - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

TH_KERNEL int32_t th_quantum(float x, const th_affine *affine, int32_t low, int32_t high)
{
    return th_clamp(th_round_float(x / affine->scale) + affine->zero_point, low, high);
}

TH_KERNEL void th_quantize_int8(const float *input, const th_affine *affine, int8_t *output,
                                const th_count_shape *shape)
{
    for (int32_t i = 0; i < shape->count; ++i) {
        output[i] = (int8_t)th_quantum(input[i], affine, INT8_MIN, INT8_MAX);
    }
}

TH_KERNEL void th_quantize_uint8(const float *input, const th_affine *affine, uint8_t *output,
                                 const th_count_shape *shape)
{
    for (int32_t i = 0; i < shape->count; ++i) {
        output[i] = (uint8_t)th_quantum(input[i], affine, 0, UINT8_MAX);
    }
}

TH_KERNEL void th_quantize_int16(const float *input, const th_affine *affine, int16_t *output,
                                 const th_count_shape *shape)
{
    for (int32_t i = 0; i < shape->count; ++i) {
        output[i] = (int16_t)th_quantum(input[i], affine, INT16_MIN, INT16_MAX);
    }
}

#define TH_DEQUANTIZE                                                                                      \
    for (int32_t i = 0; i < shape->count; ++i) {                                                           \
        output[i] = affine->scale * (float)(input[i] - affine->zero_point);                                \
    }

TH_KERNEL void th_dequantize_int8(const int8_t *input, const th_affine *affine, float *output,
                                  const th_count_shape *shape)
{
    TH_DEQUANTIZE
}

TH_KERNEL void th_dequantize_uint8(const uint8_t *input, const th_affine *affine, float *output,
                                   const th_count_shape *shape)
{
    TH_DEQUANTIZE
}

TH_KERNEL void th_dequantize_int16(const int16_t *input, const th_affine *affine, float *output,
                                   const th_count_shape *shape)
{
    TH_DEQUANTIZE
}

#define TH_RESCALE(value_type, low, high)                                                                  \
    const th_rescale r = *rescale;                                                                         \
    for (int32_t i = 0; i < shape->count; ++i) {                                                           \
        int32_t y = th_requantize(input[i] - r.input_zero_point, r.multiplier, r.shift);                   \
        output[i] = (value_type)th_clamp(y + r.output_zero_point, (low), (high));                          \
    }

TH_KERNEL void th_rescale_int8_int16(const int8_t *input, const th_rescale *rescale, int16_t *output,
                                     const th_count_shape *shape)
{
    TH_RESCALE(int16_t, INT16_MIN, INT16_MAX)
}

TH_KERNEL void th_rescale_int8_int32(const int8_t *input, const th_rescale *rescale, int32_t *output,
                                     const th_count_shape *shape)
{
    TH_RESCALE(int32_t, INT32_MIN, INT32_MAX)
}

TH_KERNEL void th_rescale_int16_int8(const int16_t *input, const th_rescale *rescale, int8_t *output,
                                     const th_count_shape *shape)
{
    TH_RESCALE(int8_t, INT8_MIN, INT8_MAX)
}

TH_KERNEL void th_rescale_int16_int16(const int16_t *input, const th_rescale *rescale, int16_t *output,
                                      const th_count_shape *shape)
{
    TH_RESCALE(int16_t, INT16_MIN, INT16_MAX)
}

TH_KERNEL void th_rescale_int16_int32(const int16_t *input, const th_rescale *rescale, int32_t *output,
                                      const th_count_shape *shape)
{
    TH_RESCALE(int32_t, INT32_MIN, INT32_MAX)
}

TH_KERNEL void th_rescale_int32_int8(const int32_t *input, const th_rescale *rescale, int8_t *output,
                                     const th_count_shape *shape)
{
    TH_RESCALE(int8_t, INT8_MIN, INT8_MAX)
}

TH_KERNEL void th_rescale_int32_int16(const int32_t *input, const th_rescale *rescale, int16_t *output,
                                      const th_count_shape *shape)
{
    TH_RESCALE(int16_t, INT16_MIN, INT16_MAX)
}

#undef TH_DEQUANTIZE
#undef TH_RESCALE

#endif
