/* 1x1 convolution that leaves out input channels whose value never changes (they are in the bias), for
 * Cortex-M cores with the DSP extension.
 *
 * stream   th_gemm_dsp.h, depth = live_channels, a multiple of 4
 * live     the input channel of each tap; those that fill up have zero weights
 * scratch  aligned to 4, 4 * live_channels bytes, filled here
 * output   NHWC, saturated to int8; a narrower clamp follows in a call of th_clamp_int8_dsp
 */
#ifndef TH_CONV_LIVE_DSP_H
#define TH_CONV_LIVE_DSP_H

#include "th_conv_dsp.h"

typedef struct {
    int32_t positions, input_channels, output_channels;
    int32_t live_channels;
    int32_t wide_weights;
    int32_t full_stream_words, stream_words;
} th_conv_1x1_live_dsp_shape;

/* Activations of the live channels of one position into every `step`-th word of `column`. */
TH_KERNEL void th_pick_column(int32_t *column, int32_t step, const int8_t *from, const uint16_t *live,
                              const uint16_t *live_end)
{
    th_half *halves = (th_half *)column;
    for (; live != live_end; live += 4, halves += 4 * step) {
        halves[0] = from[live[0]];
        halves[1] = from[live[2]];
        halves[2 * step] = from[live[1]];
        halves[2 * step + 1] = from[live[3]];
    }
}

static TH_SHARED void th_multiply_live_positions(const int8_t *input, const th_matrix_dsp *layer,
                                                 const uint16_t *live, int32_t *columns, int8_t *output,
                                                 const th_conv_1x1_live_dsp_shape *shape)
{
    const th_matrix_dsp matrix = *layer;
    const int32_t channels = shape->input_channels;
    const int32_t depth = shape->live_channels;
    int32_t positions = shape->positions;
    for (; positions > 1; positions -= 2) {
        th_pick_column(columns, 2, input, live, live + depth);
        th_pick_column(columns + 1, 2, input + channels, live, live + depth);
        th_multiply_two(&matrix, columns, columns + depth, output);
        input += 2 * channels;
        output += 2 * matrix.channels;
    }
    if (positions > 0) {
        th_pick_column(columns, 1, input, live, live + depth);
        th_multiply_one(&matrix, columns, columns + depth / 2, output);
    }
}

TH_KERNEL void th_conv_1x1_live_int8_dsp(const int8_t *input, const int32_t *stream, const uint16_t *live,
                                         void *scratch, int8_t *output,
                                         const th_conv_1x1_live_dsp_shape *shape)
{
    const th_matrix_dsp matrix = th_matrix_of(stream, shape->wide_weights, shape->full_stream_words,
                                              shape->stream_words, shape->output_channels);
    th_multiply_live_positions(input, &matrix, live, (int32_t *)scratch, output, shape);
}

#endif
