/* Convolution and depthwise convolution, portable reference.
 *
 * input    NHWC. Taps outside the image count as the zero point, that is, they are skipped.
 * weights  conv: [output_channels][kernel_height][kernel_width][input_channels / groups];
 *          depthwise: [kernel_height][kernel_width][output_channels]; int8, symmetric.
 * bias     one per output channel, in units of input scale * weight scale; zeros where a model has none.
 * multipliers, shifts
 *          one per output channel (th_requantize.h).
 * output   NHWC, clamped to [minimum, maximum].
 *
 * Accumulators: int8 activations need kernel elements * 2^15 + |bias| < 2^31; int16 activations have a
 * zero point of 0 and either 64-bit biases and sums, or 32-bit ones that wrap as TFLite Micro's do.
 */
#ifndef TH_CONV_H
#define TH_CONV_H

#include "th_requantize.h"

/* One output value of a convolution before the bias. */
#define TH_CONV_SUM(acc_type, zero_point)                                                                  \
    acc_type sum = 0;                                                                                      \
    for (int32_t ky = 0; ky < shape->kernel_height; ++ky) {                                                \
        int32_t in_y = out_y * shape->stride_height - shape->pad_top + ky * shape->dilation_height;        \
        if (in_y < 0 || in_y >= shape->input_height) {                                                     \
            continue;                                                                                      \
        }                                                                                                  \
        for (int32_t kx = 0; kx < shape->kernel_width; ++kx) {                                             \
            int32_t in_x = out_x * shape->stride_width - shape->pad_left + kx * shape->dilation_width;     \
            if (in_x < 0 || in_x >= shape->input_width) {                                                  \
                continue;                                                                                  \
            }                                                                                              \
            const th_value_t *x = image + (in_y * shape->input_width + in_x) * shape->input_channels       \
                                  + group * depth;                                                         \
            const th_weight_t *w = weights                                                                 \
                                   + ((out_c * shape->kernel_height + ky) * shape->kernel_width + kx) * depth; \
            for (int32_t c = 0; c < depth; ++c) {                                                          \
                sum += (acc_type)w[c] * (x[c] - (zero_point));                                             \
            }                                                                                              \
        }                                                                                                  \
    }

/* One output value of a depthwise convolution before the bias. */
#define TH_DEPTHWISE_SUM(acc_type, zero_point)                                                             \
    acc_type sum = 0;                                                                                      \
    for (int32_t ky = 0; ky < shape->kernel_height; ++ky) {                                                \
        int32_t in_y = out_y * shape->stride_height - shape->pad_top + ky * shape->dilation_height;        \
        if (in_y < 0 || in_y >= shape->input_height) {                                                     \
            continue;                                                                                      \
        }                                                                                                  \
        for (int32_t kx = 0; kx < shape->kernel_width; ++kx) {                                             \
            int32_t in_x = out_x * shape->stride_width - shape->pad_left + kx * shape->dilation_width;     \
            if (in_x < 0 || in_x >= shape->input_width) {                                                  \
                continue;                                                                                  \
            }                                                                                              \
            th_value_t x = image[(in_y * shape->input_width + in_x) * shape->input_channels                \
                                 + out_c / multiplier_depth];                                              \
            sum += (acc_type)weights[(ky * shape->kernel_width + kx) * shape->output_channels + out_c]     \
                   * (x - (zero_point));                                                                   \
        }                                                                                                  \
    }

/* The loops over all outputs; `statement` computes and stores output[at] for (out_y, out_x, out_c). Rows and
 * columns go from the last to the first if `backwards`. */
#define TH_FOR_EACH_OUTPUT(statement)                                                                      \
    for (int32_t batch = 0; batch < shape->batches; ++batch) {                                             \
        const th_value_t *image = input                                                                    \
                                  + batch * shape->input_height * shape->input_width * shape->input_channels; \
        for (int32_t row = 0; row < shape->output_height; ++row) {                                         \
            const int32_t out_y = shape->backwards ? shape->output_height - 1 - row : row;                 \
            for (int32_t column = 0; column < shape->output_width; ++column) {                             \
                const int32_t out_x = shape->backwards ? shape->output_width - 1 - column : column;        \
                for (int32_t out_c = 0; out_c < shape->output_channels; ++out_c) {                         \
                    int32_t at = ((batch * shape->output_height + out_y) * shape->output_width + out_x)    \
                                     * shape->output_channels + out_c;                                     \
                    statement                                                                              \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

#define th_value_t int8_t
#define th_weight_t int8_t

TH_KERNEL void th_conv_int8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                            const int32_t *multipliers, const int8_t *shifts,
                            const th_quantization *quantization, int8_t *output, const th_conv_shape *shape)
{
    const th_quantization q = *quantization;
    const int32_t depth = shape->input_channels / shape->groups;
    TH_FOR_EACH_OUTPUT({
        int32_t group = out_c / (shape->output_channels / shape->groups);
        TH_CONV_SUM(int32_t, q.input_zero_point)
        int32_t y = th_requantize(sum + bias[out_c], multipliers[out_c], shifts[out_c]);
        output[at] = (int8_t)th_clamp(y + q.output_zero_point, q.minimum, q.maximum);
    })
}

TH_KERNEL void th_depthwise_int8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                 const int32_t *multipliers, const int8_t *shifts,
                                 const th_quantization *quantization, int8_t *output,
                                 const th_conv_shape *shape)
{
    const th_quantization q = *quantization;
    const int32_t multiplier_depth = shape->output_channels / shape->input_channels;
    TH_FOR_EACH_OUTPUT({
        TH_DEPTHWISE_SUM(int32_t, q.input_zero_point)
        int32_t y = th_requantize(sum + bias[out_c], multipliers[out_c], shifts[out_c]);
        output[at] = (int8_t)th_clamp(y + q.output_zero_point, q.minimum, q.maximum);
    })
}

#undef th_value_t
#define th_value_t int16_t

TH_KERNEL void th_conv_int16(const int16_t *input, const int8_t *weights, const int64_t *bias,
                             const int32_t *multipliers, const int8_t *shifts,
                             const th_quantization *quantization, int16_t *output,
                             const th_conv_shape *shape)
{
    const th_quantization q = *quantization;
    const int32_t depth = shape->input_channels / shape->groups;
    TH_FOR_EACH_OUTPUT({
        int32_t group = out_c / (shape->output_channels / shape->groups);
        TH_CONV_SUM(int64_t, 0)
        int32_t y = th_requantize_64(sum + bias[out_c], multipliers[out_c], shifts[out_c]);
        output[at] = (int16_t)th_clamp(y, q.minimum, q.maximum);
    })
}

TH_KERNEL void th_conv_int16_bias32(const int16_t *input, const int8_t *weights, const int32_t *bias,
                                    const int32_t *multipliers, const int8_t *shifts,
                                    const th_quantization *quantization, int16_t *output,
                                    const th_conv_shape *shape)
{
    const th_quantization q = *quantization;
    const int32_t depth = shape->input_channels / shape->groups;
    TH_FOR_EACH_OUTPUT({
        int32_t group = out_c / (shape->output_channels / shape->groups);
        TH_CONV_SUM(uint32_t, 0)
        int32_t y = th_requantize((int32_t)(sum + (uint32_t)bias[out_c]), multipliers[out_c], shifts[out_c]);
        output[at] = (int16_t)th_clamp(y, q.minimum, q.maximum);
    })
}

TH_KERNEL void th_depthwise_int16(const int16_t *input, const int8_t *weights, const int64_t *bias,
                                  const int32_t *multipliers, const int8_t *shifts,
                                  const th_quantization *quantization, int16_t *output,
                                  const th_conv_shape *shape)
{
    const th_quantization q = *quantization;
    const int32_t multiplier_depth = shape->output_channels / shape->input_channels;
    TH_FOR_EACH_OUTPUT({
        TH_DEPTHWISE_SUM(int64_t, 0)
        int32_t y = th_requantize_64(sum + bias[out_c], multipliers[out_c], shifts[out_c]);
        output[at] = (int16_t)th_clamp(y, q.minimum, q.maximum);
    })
}

#undef th_value_t
#undef th_weight_t
#define th_value_t float
#define th_weight_t float

TH_KERNEL void th_conv_float(const float *input, const float *weights, const float *bias,
                             const th_float_range *range, float *output, const th_conv_shape *shape)
{
    const int32_t depth = shape->input_channels / shape->groups;
    TH_FOR_EACH_OUTPUT({
        int32_t group = out_c / (shape->output_channels / shape->groups);
        TH_CONV_SUM(float, 0.0f)
        output[at] = th_clamp_float(sum + bias[out_c], range->minimum, range->maximum);
    })
}

TH_KERNEL void th_depthwise_float(const float *input, const float *weights, const float *bias,
                                  const th_float_range *range, float *output, const th_conv_shape *shape)
{
    const int32_t multiplier_depth = shape->output_channels / shape->input_channels;
    TH_FOR_EACH_OUTPUT({
        TH_DEPTHWISE_SUM(float, 0.0f)
        output[at] = th_clamp_float(sum + bias[out_c], range->minimum, range->maximum);
    })
}

#undef th_value_t
#undef th_weight_t
#undef TH_CONV_SUM
#undef TH_DEPTHWISE_SUM
#undef TH_FOR_EACH_OUTPUT

#endif
