/* Addition, subtraction, multiplication and PReLU of two tensors with broadcasting, portable reference.
 *
 * A shape of four dimensions says how both inputs step: a stride of 0 repeats an element. Equal shapes are
 * one dimension long. Works in place over either input that is not broadcast.
 */
#ifndef TH_ARITHMETIC_H
#define TH_ARITHMETIC_H

#include "th_requantize.h"

typedef struct {
    int32_t size0, size1, size2, size3;
    int32_t a0, a1, a2, a3; /* strides of input a, in elements */
    int32_t b0, b1, b2, b3; /* strides of input b */
} th_broadcast_shape;

/* Both inputs are shifted left by left_shift (int8: 20, int16: 15), scaled to the larger input scale times
 * two, added, and scaled to the output. */
typedef struct {
    int32_t a_zero_point, a_multiplier, a_shift;
    int32_t b_zero_point, b_multiplier, b_shift;
    int32_t output_zero_point, output_multiplier, output_shift;
    int32_t minimum, maximum;
} th_sum_quantization;

typedef struct {
    int32_t a_zero_point, b_zero_point;
    int32_t output_zero_point, output_multiplier, output_shift;
    int32_t minimum, maximum;
} th_product_quantization;

/* Input a below its zero point is multiplied by the slope b; the rest is only scaled to the output. */
typedef struct {
    int32_t a_zero_point, b_zero_point, output_zero_point;
    int32_t scale_multiplier, scale_shift;
    int32_t slope_multiplier, slope_shift;
} th_prelu_quantization;

#define TH_FOR_EACH_PAIR(statement)                                                                        \
    for (int32_t i0 = 0; i0 < shape->size0; ++i0) {                                                        \
        for (int32_t i1 = 0; i1 < shape->size1; ++i1) {                                                    \
            for (int32_t i2 = 0; i2 < shape->size2; ++i2) {                                                \
                int32_t at_a = i0 * shape->a0 + i1 * shape->a1 + i2 * shape->a2;                           \
                int32_t at_b = i0 * shape->b0 + i1 * shape->b1 + i2 * shape->b2;                           \
                for (int32_t i3 = 0; i3 < shape->size3; ++i3, at_a += shape->a3, at_b += shape->b3) {      \
                    statement                                                                              \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

TH_KERNEL int32_t th_scaled(int32_t x, int32_t zero_point, int32_t left_shift, int32_t multiplier, int32_t shift)
{
    int32_t shifted = (int32_t)((uint32_t)(x - zero_point) << left_shift);
    return th_divide_by_power(th_high_multiply(shifted, multiplier), -shift);
}

#define TH_SUM(value_type, left_shift, operation)                                                          \
    const th_sum_quantization q = *quantization;                                                           \
    TH_FOR_EACH_PAIR({                                                                                     \
        int32_t x = th_scaled(a[at_a], q.a_zero_point, (left_shift), q.a_multiplier, q.a_shift);           \
        int32_t y = th_scaled(b[at_b], q.b_zero_point, (left_shift), q.b_multiplier, q.b_shift);           \
        int32_t sum = th_divide_by_power(th_high_multiply(x operation y, q.output_multiplier),             \
                                         -q.output_shift);                                                 \
        *output++ = (value_type)th_clamp(sum + q.output_zero_point, q.minimum, q.maximum);                 \
    })

TH_KERNEL void th_add_int8(const int8_t *a, const int8_t *b, const th_sum_quantization *quantization,
                           int8_t *output, const th_broadcast_shape *shape)
{
    TH_SUM(int8_t, 20, +)
}

TH_KERNEL void th_sub_int8(const int8_t *a, const int8_t *b, const th_sum_quantization *quantization,
                           int8_t *output, const th_broadcast_shape *shape)
{
    TH_SUM(int8_t, 20, -)
}

TH_KERNEL void th_add_int16(const int16_t *a, const int16_t *b, const th_sum_quantization *quantization,
                            int16_t *output, const th_broadcast_shape *shape)
{
    TH_SUM(int16_t, 15, +)
}

TH_KERNEL void th_sub_int16(const int16_t *a, const int16_t *b, const th_sum_quantization *quantization,
                            int16_t *output, const th_broadcast_shape *shape)
{
    TH_SUM(int16_t, 15, -)
}

#define TH_PRODUCT(value_type)                                                                             \
    const th_product_quantization q = *quantization;                                                       \
    TH_FOR_EACH_PAIR({                                                                                     \
        int32_t product = (a[at_a] - q.a_zero_point) * (b[at_b] - q.b_zero_point);                         \
        int32_t y = th_requantize(product, q.output_multiplier, q.output_shift) + q.output_zero_point;     \
        *output++ = (value_type)th_clamp(y, q.minimum, q.maximum);                                         \
    })

TH_KERNEL void th_mul_int8(const int8_t *a, const int8_t *b, const th_product_quantization *quantization,
                           int8_t *output, const th_broadcast_shape *shape)
{
    TH_PRODUCT(int8_t)
}

TH_KERNEL void th_mul_int16(const int16_t *a, const int16_t *b, const th_product_quantization *quantization,
                            int16_t *output, const th_broadcast_shape *shape)
{
    TH_PRODUCT(int16_t)
}

TH_KERNEL void th_prelu_int8(const int8_t *a, const int8_t *b, const th_prelu_quantization *quantization,
                             int8_t *output, const th_broadcast_shape *shape)
{
    const th_prelu_quantization q = *quantization;
    TH_FOR_EACH_PAIR({
        int32_t x = a[at_a] - q.a_zero_point;
        int32_t y = x >= 0 ? th_requantize(x, q.scale_multiplier, q.scale_shift)
                           : th_requantize(x * (b[at_b] - q.b_zero_point), q.slope_multiplier, q.slope_shift);
        *output++ = (int8_t)th_clamp(y + q.output_zero_point, -128, 127);
    })
}

TH_KERNEL void th_add_float(const float *a, const float *b, const th_float_range *range, float *output,
                            const th_broadcast_shape *shape)
{
    TH_FOR_EACH_PAIR(*output++ = th_clamp_float(a[at_a] + b[at_b], range->minimum, range->maximum);)
}

TH_KERNEL void th_sub_float(const float *a, const float *b, const th_float_range *range, float *output,
                            const th_broadcast_shape *shape)
{
    TH_FOR_EACH_PAIR(*output++ = th_clamp_float(a[at_a] - b[at_b], range->minimum, range->maximum);)
}

TH_KERNEL void th_mul_float(const float *a, const float *b, const th_float_range *range, float *output,
                            const th_broadcast_shape *shape)
{
    TH_FOR_EACH_PAIR(*output++ = th_clamp_float(a[at_a] * b[at_b], range->minimum, range->maximum);)
}

TH_KERNEL void th_prelu_float(const float *a, const float *b, float *output, const th_broadcast_shape *shape)
{
    TH_FOR_EACH_PAIR(*output++ = a[at_a] >= 0.0f ? a[at_a] : a[at_a] * b[at_b];)
}

#undef TH_FOR_EACH_PAIR
#undef TH_SUM
#undef TH_PRODUCT

#endif
