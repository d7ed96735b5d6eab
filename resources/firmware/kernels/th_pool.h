/* Average and maximum pooling, portable reference. NHWC; input and output share scale and zero point.
 * Averages leave taps outside the image out of the count, and round half away from zero.
 */
#ifndef TH_POOL_H
#define TH_POOL_H

#include "th_types.h"

typedef struct {
    int32_t batches, channels;
    int32_t input_height, input_width;
    int32_t output_height, output_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t pad_top, pad_left;
} th_pool_shape;

typedef struct {
    int32_t minimum, maximum;
} th_range;

/* Visits each window: rows y0..y1-1, columns x0..x1-1 of `image`, result to output[at]. */
#define TH_FOR_EACH_WINDOW(value_type, statement)                                                         \
    for (int32_t batch = 0; batch < shape->batches; ++batch) {                                             \
        const value_type *image = input                                                                    \
                                  + batch * shape->input_height * shape->input_width * shape->channels;    \
        for (int32_t out_y = 0; out_y < shape->output_height; ++out_y) {                                   \
            int32_t top = out_y * shape->stride_height - shape->pad_top;                                   \
            int32_t y0 = th_max(top, 0);                                                                   \
            int32_t y1 = th_min(top + shape->kernel_height, shape->input_height);                          \
            for (int32_t out_x = 0; out_x < shape->output_width; ++out_x) {                                \
                int32_t left = out_x * shape->stride_width - shape->pad_left;                              \
                int32_t x0 = th_max(left, 0);                                                              \
                int32_t x1 = th_min(left + shape->kernel_width, shape->input_width);                       \
                for (int32_t c = 0; c < shape->channels; ++c) {                                            \
                    statement                                                                              \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

#define TH_FOR_EACH_TAP(statement)                                                                         \
    for (int32_t y = y0; y < y1; ++y) {                                                                    \
        for (int32_t x = x0; x < x1; ++x) {                                                                \
            int32_t tap = (y * shape->input_width + x) * shape->channels + c;                              \
            statement                                                                                      \
        }                                                                                                  \
    }

#define TH_AVERAGE(value_type)                                                                             \
    TH_FOR_EACH_WINDOW(value_type, {                                                                       \
        int32_t sum = 0;                                                                                   \
        int32_t count = (y1 - y0) * (x1 - x0);                                                             \
        TH_FOR_EACH_TAP(sum += image[tap];)                                                                \
        int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;                    \
        *output++ = (value_type)th_clamp(mean, range->minimum, range->maximum);                            \
    })

#define TH_MAXIMUM(value_type, lowest)                                                                     \
    TH_FOR_EACH_WINDOW(value_type, {                                                                       \
        int32_t largest = (lowest);                                                                        \
        TH_FOR_EACH_TAP(largest = th_max(largest, image[tap]);)                                            \
        *output++ = (value_type)th_clamp(largest, range->minimum, range->maximum);                         \
    })

TH_KERNEL void th_average_pool_int8(const int8_t *input, const th_range *range, int8_t *output,
                                    const th_pool_shape *shape)
{
    TH_AVERAGE(int8_t)
}

TH_KERNEL void th_average_pool_int16(const int16_t *input, const th_range *range, int16_t *output,
                                     const th_pool_shape *shape)
{
    TH_AVERAGE(int16_t)
}

TH_KERNEL void th_average_pool_float(const float *input, const th_float_range *range, float *output,
                                     const th_pool_shape *shape)
{
    TH_FOR_EACH_WINDOW(float, {
        float sum = 0.0f;
        TH_FOR_EACH_TAP(sum += image[tap];)
        *output++ = th_clamp_float(sum / (float)((y1 - y0) * (x1 - x0)), range->minimum, range->maximum);
    })
}

TH_KERNEL void th_max_pool_int8(const int8_t *input, const th_range *range, int8_t *output,
                                const th_pool_shape *shape)
{
    TH_MAXIMUM(int8_t, INT8_MIN)
}

TH_KERNEL void th_max_pool_int16(const int16_t *input, const th_range *range, int16_t *output,
                                 const th_pool_shape *shape)
{
    TH_MAXIMUM(int16_t, INT16_MIN)
}

TH_KERNEL void th_max_pool_float(const float *input, const th_float_range *range, float *output,
                                 const th_pool_shape *shape)
{
    TH_FOR_EACH_WINDOW(float, {
        float largest = -3.402823466e+38f;
        TH_FOR_EACH_TAP(largest = image[tap] > largest ? image[tap] : largest;)
        *output++ = th_clamp_float(largest, range->minimum, range->maximum);
    })
}

#undef TH_FOR_EACH_WINDOW
#undef TH_FOR_EACH_TAP
#undef TH_AVERAGE
#undef TH_MAXIMUM

#endif
