/* 1x1 convolution for Cortex-M0 and M0+ that leaves out channels which never change (th_conv_thumb.h).
 *
 * live_inputs    input channels that the weights of the stream belong to, in their order
 * stream, lines  of the output channels in live_outputs alone
 * live_outputs   output channels that change
 * fixed          a whole output position: the results that never change, anything for the others
 * scratch        a column of live_input_count words, rounded up to even
 */
#ifndef TH_CONV_LIVE_THUMB_H
#define TH_CONV_LIVE_THUMB_H

#include "th_conv_thumb.h"

typedef struct {
    int32_t positions, input_channels, output_channels;
    int32_t live_input_count, live_output_count;
    int32_t minimum, maximum;
    int32_t alone, mixed;
} th_conv_1x1_live_thumb_shape;

static TH_SHARED void th_live_positions_thumb(const int8_t *input, const th_layer_thumb *layer,
                                              const uint16_t *live_inputs, const uint16_t *live_outputs,
                                              const int8_t *fixed, th_word *column, int8_t *output,
                                              const th_conv_1x1_live_thumb_shape *s)
{
    int8_t results[4 * TH_THUMB_BLOCKS];
    const uint16_t *const inputs_end = live_inputs + s->live_input_count;
    const int32_t channels = s->output_channels;
    column[layer->depth - 1] = 0; /* an odd depth's last word stays 0 */
    for (int32_t left = s->positions; left > 0;) {
        const int32_t step = left > 1 && !s->alone ? 2 : 1;
        const int8_t *second = input + (step - 1) * s->input_channels;
        th_word *to = column;
        for (const uint16_t *live = live_inputs; live != inputs_end; ++live) {
            int32_t x = input[*live];
            *to++ = step == 2 ? x + second[*live] * 65536 : x;
        }
        for (int32_t position = 0; position < step; ++position) {
            th_copy(output + position * channels, fixed, (uint32_t)channels);
        }
        th_layer_thumb part = *layer;
        const uint16_t *place = live_outputs;
        for (int32_t some; part.channels > 0; part.channels -= some) {
            some = th_min(part.channels, 2 * TH_THUMB_BLOCKS);
            th_layer_thumb now = part;
            now.channels = some;
            part.stream = th_results_thumb(&now, column, results, step);
            part.lines += some;
            for (int32_t i = 0; i < some; ++i, ++place) {
                output[*place] = results[i];
                if (step == 2) {
                    output[*place + channels] = results[some + i];
                }
            }
        }
        input += step * s->input_channels;
        output += step * channels;
        left -= step;
    }
}

TH_KERNEL void th_conv_1x1_live_int8_thumb(const int8_t *input, const int32_t *stream, const int32_t *lines,
                                           const uint16_t *live_inputs, const uint16_t *live_outputs,
                                           const int8_t *fixed, void *scratch, int8_t *output,
                                           const th_conv_1x1_live_thumb_shape *shape)
{
    const th_conv_1x1_live_thumb_shape s = *shape;
    const th_layer_thumb layer = {stream, (const th_line *)lines, s.live_output_count,
                                  (s.live_input_count + 1) & ~1, s.minimum, s.maximum, s.mixed};
    th_live_positions_thumb(input, &layer, live_inputs, live_outputs, fixed, (th_word *)scratch, output, &s);
}

#endif
