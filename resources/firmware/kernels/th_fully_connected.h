/* Fully connected layer, portable reference.
 *
 * input    [batches][input_features]
 * weights  [output_features][input_features], int8 symmetric
 * bias     one per output feature; zeros where a model has none
 * multipliers, shifts
 *          one per output feature, or one for all: shape->per_channel says which
 *
 * Accumulators as in th_conv.h. 16-bit activations keep the zero points.
 */
#ifndef TH_FULLY_CONNECTED_H
#define TH_FULLY_CONNECTED_H

#include "th_requantize.h"

typedef struct {
    int32_t batches, input_features, output_features;
    int32_t per_channel; /* 0 or 1 */
} th_fully_connected_shape;

TH_KERNEL void th_fully_connected_int8(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                       const int32_t *multipliers, const int8_t *shifts,
                                       const th_quantization *quantization, int8_t *output,
                                       const th_fully_connected_shape *shape)
{
    const th_quantization q = *quantization;
    for (int32_t batch = 0; batch < shape->batches; ++batch, input += shape->input_features) {
        const int8_t *row = weights;
        for (int32_t o = 0; o < shape->output_features; ++o, row += shape->input_features) {
            int32_t sum = bias[o];
            for (int32_t i = 0; i < shape->input_features; ++i) {
                sum += row[i] * (input[i] - q.input_zero_point);
            }
            int32_t channel = shape->per_channel ? o : 0;
            int32_t y = th_requantize(sum, multipliers[channel], shifts[channel]) + q.output_zero_point;
            *output++ = (int8_t)th_clamp(y, q.minimum, q.maximum);
        }
    }
}

TH_KERNEL void th_fully_connected_int16(const int16_t *input, const int8_t *weights, const int64_t *bias,
                                        const int32_t *multipliers, const int8_t *shifts,
                                        const th_quantization *quantization, int16_t *output,
                                        const th_fully_connected_shape *shape)
{
    const th_quantization q = *quantization;
    for (int32_t batch = 0; batch < shape->batches; ++batch, input += shape->input_features) {
        const int8_t *row = weights;
        for (int32_t o = 0; o < shape->output_features; ++o, row += shape->input_features) {
            int64_t sum = bias[o];
            for (int32_t i = 0; i < shape->input_features; ++i) {
                sum += row[i] * (input[i] - q.input_zero_point);
            }
            int32_t channel = shape->per_channel ? o : 0;
            int32_t y = th_requantize_64(sum, multipliers[channel], shifts[channel]) + q.output_zero_point;
            *output++ = (int16_t)th_clamp(y, q.minimum, q.maximum);
        }
    }
}

TH_KERNEL void th_fully_connected_int16_bias32(const int16_t *input, const int8_t *weights,
                                               const int32_t *bias, const int32_t *multipliers,
                                               const int8_t *shifts, const th_quantization *quantization,
                                               int16_t *output, const th_fully_connected_shape *shape)
{
    const th_quantization q = *quantization;
    for (int32_t batch = 0; batch < shape->batches; ++batch, input += shape->input_features) {
        const int8_t *row = weights;
        for (int32_t o = 0; o < shape->output_features; ++o, row += shape->input_features) {
            uint32_t sum = (uint32_t)bias[o];
            for (int32_t i = 0; i < shape->input_features; ++i) {
                sum += (uint32_t)(row[i] * (input[i] - q.input_zero_point));
            }
            int32_t channel = shape->per_channel ? o : 0;
            int32_t y = th_requantize((int32_t)sum, multipliers[channel], shifts[channel])
                        + q.output_zero_point;
            *output++ = (int16_t)th_clamp(y, q.minimum, q.maximum);
        }
    }
}

TH_KERNEL void th_fully_connected_float(const float *input, const float *weights, const float *bias,
                                        const th_float_range *range, float *output,
                                        const th_fully_connected_shape *shape)
{
    for (int32_t batch = 0; batch < shape->batches; ++batch, input += shape->input_features) {
        const float *row = weights;
        for (int32_t o = 0; o < shape->output_features; ++o, row += shape->input_features) {
            float sum = 0.0f;
            for (int32_t i = 0; i < shape->input_features; ++i) {
                sum += row[i] * input[i];
            }
            *output++ = th_clamp_float(sum + bias[o], range->minimum, range->maximum);
        }
    }
}

#endif
