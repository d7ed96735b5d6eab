/* Singular value decomposition filter (a rank-limited recurrent layer), portable reference.
 *
 * input            [batches][input_features] int8
 * feature_weights  [filters][input_features] int8
 * time_weights     [filters][memory], of the state's type
 * bias             one per unit; filters = units * rank
 * state            [batches][filters][memory], int8 or int16, oldest value first; read and written
 * output           [batches][units] int8
 */
#ifndef TH_SVDF_H
#define TH_SVDF_H

#include "th_requantize.h"

typedef struct {
    int32_t batches, input_features, units, rank, memory;
} th_svdf_shape;

typedef struct {
    int32_t input_zero_point, state_zero_point, output_zero_point;
    int32_t feature_multiplier, feature_shift; /* to the state's scale */
    int32_t time_multiplier, time_shift;       /* to the output's scale */
} th_svdf_scale;

#define TH_SVDF(state_type, low, high)                                                                     \
    const th_svdf_scale s = *scale;                                                                        \
    for (int32_t batch = 0; batch < shape->batches; ++batch, input += shape->input_features) {             \
        const int8_t *row = feature_weights;                                                               \
        const state_type *times = time_weights;                                                            \
        for (int32_t unit = 0; unit < shape->units; ++unit) {                                              \
            int32_t sum = bias[unit];                                                                      \
            for (int32_t r = 0; r < shape->rank; ++r) {                                                    \
                int32_t dot = 0;                                                                           \
                for (int32_t i = 0; i < shape->input_features; ++i) {                                      \
                    dot += *row++ * (input[i] - s.input_zero_point);                                       \
                }                                                                                          \
                dot = th_requantize(dot, s.feature_multiplier, s.feature_shift);                           \
                th_move(state, state + 1, (size_t)(shape->memory - 1) * sizeof *state);                    \
                state[shape->memory - 1]                                                                   \
                    = (state_type)(s.state_zero_point + th_clamp(dot, (low), (high)));                     \
                for (int32_t t = 0; t < shape->memory; ++t) {                                              \
                    sum += *times++ * (*state++ - s.state_zero_point);                                     \
                }                                                                                          \
            }                                                                                              \
            int32_t y = th_requantize(sum, s.time_multiplier, s.time_shift) + s.output_zero_point;         \
            *output++ = (int8_t)th_clamp(y, INT8_MIN, INT8_MAX);                                           \
        }                                                                                                  \
    }

TH_KERNEL void th_svdf_int8(const int8_t *input, const int8_t *feature_weights, const int8_t *time_weights,
                            const int32_t *bias, const th_svdf_scale *scale, int8_t *state, int8_t *output,
                            const th_svdf_shape *shape)
{
    TH_SVDF(int8_t, INT8_MIN, INT8_MAX)
}

TH_KERNEL void th_svdf_int16(const int8_t *input, const int8_t *feature_weights,
                             const int16_t *time_weights, const int32_t *bias, const th_svdf_scale *scale,
                             int16_t *state, int8_t *output, const th_svdf_shape *shape)
{
    TH_SVDF(int16_t, INT16_MIN, INT16_MAX)
}

#undef TH_SVDF

#endif
