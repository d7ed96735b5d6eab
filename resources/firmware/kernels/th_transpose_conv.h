/* Transpose convolution, portable reference: each output gathers the inputs that reach it.
 *
 * Layouts, bias and accumulators as a convolution's (th_conv.h). In th_conv_shape, input and output are the
 * operator's own; pad_top and pad_left are what the output loses before its first row and column.
 */
#ifndef TH_TRANSPOSE_CONV_H
#define TH_TRANSPOSE_CONV_H

#include "th_requantize.h"

#define TH_TRANSPOSE_CONV(value_type, sum_type, zero_point, statement)                                     \
    const int32_t depth = shape->input_channels;                                                           \
    for (int32_t batch = 0; batch < shape->batches; ++batch) {                                             \
        const value_type *image = input + batch * shape->input_height * shape->input_width * depth;        \
        for (int32_t out_y = 0; out_y < shape->output_height; ++out_y) {                                   \
            for (int32_t out_x = 0; out_x < shape->output_width; ++out_x) {                                \
                for (int32_t out_c = 0; out_c < shape->output_channels; ++out_c) {                         \
                    sum_type sum = 0;                                                                      \
                    for (int32_t ky = 0; ky < shape->kernel_height; ++ky) {                                \
                        int32_t y = out_y + shape->pad_top - ky;                                           \
                        if (y < 0 || y % shape->stride_height != 0                                         \
                            || y / shape->stride_height >= shape->input_height) {                          \
                            continue;                                                                      \
                        }                                                                                  \
                        for (int32_t kx = 0; kx < shape->kernel_width; ++kx) {                             \
                            int32_t x = out_x + shape->pad_left - kx;                                      \
                            if (x < 0 || x % shape->stride_width != 0                                      \
                                || x / shape->stride_width >= shape->input_width) {                        \
                                continue;                                                                  \
                            }                                                                              \
                            const value_type *from = image                                                 \
                                + (y / shape->stride_height * shape->input_width                           \
                                   + x / shape->stride_width) * depth;                                     \
                            int32_t at = ((out_c * shape->kernel_height + ky) * shape->kernel_width + kx)  \
                                         * depth;                                                          \
                            for (int32_t c = 0; c < depth; ++c) {                                          \
                                sum += (sum_type)weights[at + c] * (from[c] - (zero_point));               \
                            }                                                                              \
                        }                                                                                  \
                    }                                                                                      \
                    statement                                                                              \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

TH_KERNEL void th_transpose_conv_int8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                      const int32_t *multipliers, const int8_t *shifts,
                                      const th_quantization *quantization, int8_t *output,
                                      const th_conv_shape *shape)
{
    const th_quantization q = *quantization;
    TH_TRANSPOSE_CONV(int8_t, int32_t, q.input_zero_point, {
        int32_t result = th_requantize(sum + bias[out_c], multipliers[out_c], shifts[out_c]);
        *output++ = (int8_t)th_clamp(result + q.output_zero_point, q.minimum, q.maximum);
    })
}

TH_KERNEL void th_transpose_conv_int16(const int16_t *input, const int8_t *weights, const int64_t *bias,
                                       const int32_t *multipliers, const int8_t *shifts,
                                       const th_quantization *quantization, int16_t *output,
                                       const th_conv_shape *shape)
{
    const th_quantization q = *quantization;
    TH_TRANSPOSE_CONV(int16_t, int64_t, 0, {
        int32_t result = th_requantize_64(sum + bias[out_c], multipliers[out_c], shifts[out_c]);
        *output++ = (int16_t)th_clamp(result, q.minimum, q.maximum);
    })
}

TH_KERNEL void th_transpose_conv_float(const float *input, const float *weights, const float *bias,
                                       const th_float_range *range, float *output,
                                       const th_conv_shape *shape)
{
    TH_TRANSPOSE_CONV(float, float, 0.0f, {
        *output++ = th_clamp_float(sum + bias[out_c], range->minimum, range->maximum);
    })
}

#undef TH_TRANSPOSE_CONV

#endif
