/* Convolution and fully connected layer for Cortex-M0 and M0+: columns of activations, two output positions
 * at a time, through the sums of th_sums_thumb.h. Any kernel size, stride, dilation, padding and channel
 * count; one group.
 *
 * stream   th_sums_thumb.h, for depth = kernel_height * kernel_width * input_channels in this order, rounded
 *          up to even with zero weights
 * lines    th_line_thumb.h, one per output channel
 * scratch  aligned to 4, filled here: a column of `depth` words; convolutions with windows then have a pixel of
 *          the zero point, input_channels bytes
 * output   NHWC, saturated to int8 and then clamped to [minimum, maximum]
 *
 * `backwards`: from the last position to the first, so that the output may lie behind the input it overwrites.
 * `alone`: weights do not allow two positions at once (-128 beside -128), so each goes alone. `mixed`: some
 * channels have no line.
 */
#ifndef TH_CONV_THUMB_H
#define TH_CONV_THUMB_H

#include "th_line_thumb.h"
#include "th_sums_thumb.h"

typedef struct {
    int32_t batches;
    int32_t input_height, input_width, input_channels;
    int32_t output_height, output_width, output_channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t dilation_height, dilation_width;
    int32_t pad_top, pad_left;
    int32_t input_zero_point;
    int32_t minimum, maximum;
    int32_t alone, mixed;
} th_conv_thumb_shape;

typedef struct {
    int32_t positions, input_channels, output_channels;
    int32_t minimum, maximum;
    int32_t alone, mixed;
    int32_t backwards;
} th_conv_1x1_thumb_shape;

/* What all positions of a layer share. */
typedef struct {
    const th_word *stream;
    const th_line *lines;
    int32_t channels, depth; /* depth rounded up to even */
    int32_t minimum, maximum;
    int32_t mixed; /* some channels have no line */
} th_layer_thumb;

#define TH_THUMB_BLOCKS 8 /* of two channels, whose sums are kept at once */

/* Results where some channel has no line. */
static TH_SHARED void th_mixed_results(const int32_t *sum, const th_line *line, int8_t *output,
                                       const th_lines_run *run, int32_t positions)
{
    for (; sum != run->sums_end; ++line, ++output) {
        for (int32_t position = positions; position > 0; --position) {
            int8_t *to = position == 2 ? output + run->step : output;
            *to = (int8_t)th_clamp(th_on_line(*sum++, line), run->minimum, run->maximum);
        }
    }
}

typedef const th_word *(*th_sums_thumb)(const void *, const th_word *, int32_t *, const th_sums_run *);

/* All output channels of one or two positions, whose `column` ends at `column_end` and suits `sums_of`. Returns
 * where the stream ends. */
static TH_SHARED const th_word *th_results_of(const th_layer_thumb *layer, const void *column,
                                              const void *column_end, int8_t *output, int32_t positions,
                                              th_sums_thumb sums_of)
{
    int32_t sums[4 * TH_THUMB_BLOCKS];
    const th_word *stream = layer->stream;
    const th_line *line = layer->lines;
    th_sums_run run = {column_end, (uint32_t)(-(layer->depth >> 1)) & 7u, 0};
    th_lines_run lines_run = {layer->channels, layer->minimum, layer->maximum, 0};
    for (int32_t left = layer->channels; left > 0; left -= 2 * TH_THUMB_BLOCKS) {
        const int32_t some = th_min(left, 2 * TH_THUMB_BLOCKS);
        run.blocks = (some + 1) >> 1;
        lines_run.sums_end = sums + (positions == 2 ? 2 * some : some);
        stream = sums_of(column, stream, sums, &run);
        if (layer->mixed) {
            th_mixed_results(sums, line, output, &lines_run, positions);
        } else {
            (positions == 2 ? th_lines_thumb_2 : th_lines_thumb_1)(sums, line, output, &lines_run);
        }
        line += some;
        output += some;
    }
    return stream;
}

/* The same for a column of words. */
TH_KERNEL const th_word *th_results_thumb(const th_layer_thumb *layer, const th_word *column, int8_t *output,
                                          int32_t positions)
{
    return th_results_of(layer, column, column + layer->depth, output, positions,
                         positions == 2 ? th_sums_thumb_2 : th_sums_thumb_1);
}

/* `count` activations of one position; returns the end of what it wrote. */
TH_KERNEL th_word *th_column_of_one(th_word *column, const int8_t *from, int32_t count)
{
    for (; count > 0; --count) {
        *column++ = *from++;
    }
    return column;
}

/* `count` activations of two positions. */
TH_KERNEL th_word *th_column_of_two(th_word *column, const int8_t *first, const int8_t *second, int32_t count)
{
    for (; count >= 4; count -= 4, first += 4, second += 4) {
        int32_t a = first[0] + second[0] * 65536, b = first[1] + second[1] * 65536;
        int32_t c = first[2] + second[2] * 65536, d = first[3] + second[3] * 65536;
        column[0] = a;
        column[1] = b;
        column[2] = c;
        column[3] = d;
        column += 4;
    }
    for (; count > 0; --count) {
        *column++ = *first++ + *second++ * 65536;
    }
    return column;
}

/* Positions whose activations lie behind one another in memory. */
static TH_SHARED void th_positions_thumb(const int8_t *input, const th_layer_thumb *layer, th_word *column,
                                         int8_t *output, const th_conv_1x1_thumb_shape *s)
{
    const int32_t channels = s->input_channels;
    column[layer->depth - 1] = 0; /* an odd depth's last word stays 0 */
    if (s->backwards) {
        input += s->positions * channels;
        output += s->positions * layer->channels;
    }
    for (int32_t positions = s->positions; positions > 0;) {
        const int32_t step = positions > 1 && !s->alone ? 2 : 1;
        const int32_t read = step * channels, written = step * layer->channels;
        if (s->backwards) {
            input -= read;
            output -= written;
        }
        if (step == 2) {
            th_column_of_two(column, input, input + channels, channels);
        } else {
            th_column_of_one(column, input, channels);
        }
        th_results_thumb(layer, column, output, step);
        if (!s->backwards) {
            input += read;
            output += written;
        }
        positions -= step;
    }
}

TH_KERNEL void th_conv_1x1_int8_thumb(const int8_t *input, const int32_t *stream, const int32_t *lines,
                                      void *scratch, int8_t *output, const th_conv_1x1_thumb_shape *s)
{
    const th_layer_thumb layer = {stream, (const th_line *)lines, s->output_channels,
                                  (s->input_channels + 1) & ~1, s->minimum, s->maximum, s->mixed};
    th_positions_thumb(input, &layer, (th_word *)scratch, output, s);
}

/* One position, without a column; the input lies at an even address. */
TH_KERNEL void th_one_position_int8_thumb(const int8_t *input, const int32_t *stream, const int32_t *lines,
                                          int8_t *output, const th_conv_1x1_thumb_shape *s)
{
    const th_layer_thumb layer = {stream, (const th_line *)lines, s->output_channels,
                                  (s->input_channels + 1) & ~1, s->minimum, s->maximum, s->mixed};
    th_results_of(&layer, input, input + layer.depth, output, 1, th_sums_thumb_bytes);
}

/* The kernel's corner for one output position. */
typedef struct {
    const int8_t *corner; /* outside the image where y or x is */
    int32_t y, x;
    int32_t columns_inside;
} th_place_thumb;

TH_KERNEL th_place_thumb th_place_of(const int8_t *image, int32_t out_y, int32_t out_x,
                                     const th_conv_thumb_shape *s)
{
    th_place_thumb place;
    place.y = out_y * s->stride_height - s->pad_top;
    place.x = out_x * s->stride_width - s->pad_left;
    place.corner = image + (place.y * s->input_width + place.x) * s->input_channels;
    place.columns_inside = place.x >= 0 && place.x + s->kernel_width <= s->input_width && s->dilation_width == 1;
    return place;
}

TH_KERNEL int32_t th_inside(int32_t at, int32_t size) { return (uint32_t)at < (uint32_t)size; }

static TH_SHARED void th_conv_any_thumb(const int8_t *input, const th_layer_thumb *layer, th_word *column,
                                        int8_t *output, const th_conv_thumb_shape *shape)
{
    const th_conv_thumb_shape s = *shape;
    const int32_t channels = s.input_channels;
    const int32_t pixel_step = s.dilation_width * channels;
    const int32_t pitch = s.dilation_height * s.input_width * channels;
    int8_t *const zeros = (int8_t *)(column + layer->depth);
    th_fill(zeros, s.input_zero_point, (uint32_t)channels);
    column[layer->depth - 1] = 0; /* an odd depth's last word stays 0 */
    for (int32_t batch = 0; batch < s.batches; ++batch) {
        int32_t y = 0, x = 0;
        for (int32_t left = s.output_height * s.output_width; left > 0;) {
            const int32_t step = left > 1 && !s.alone ? 2 : 1;
            th_place_thumb first = th_place_of(input, y, x, &s), second = first;
            for (int32_t moved = 0; moved < step; ++moved) {
                if (moved == 1) {
                    second = th_place_of(input, y, x, &s);
                }
                if (++x == s.output_width) {
                    x = 0;
                    ++y;
                }
            }
            th_word *to = column;
            for (int32_t row = 0; row < s.kernel_height; ++row) {
                int32_t rows_inside = th_inside(first.y, s.input_height) & th_inside(second.y, s.input_height);
                if (rows_inside & first.columns_inside & second.columns_inside) {
                    to = step == 2 ? th_column_of_two(to, first.corner, second.corner, s.kernel_width * channels)
                                   : th_column_of_one(to, first.corner, s.kernel_width * channels);
                } else {
                    const int8_t *a = first.corner, *b = second.corner;
                    int32_t a_x = th_inside(first.y, s.input_height) ? first.x : s.input_width;
                    int32_t b_x = th_inside(second.y, s.input_height) ? second.x : s.input_width;
                    for (int32_t n = s.kernel_width; n > 0; --n) {
                        const int8_t *from_a = th_inside(a_x, s.input_width) ? a : zeros;
                        const int8_t *from_b = th_inside(b_x, s.input_width) ? b : zeros;
                        to = step == 2 ? th_column_of_two(to, from_a, from_b, channels)
                                       : th_column_of_one(to, from_a, channels);
                        a += pixel_step;
                        b += pixel_step;
                        a_x += s.dilation_width;
                        b_x += s.dilation_width;
                    }
                }
                first.corner += pitch;
                second.corner += pitch;
                first.y += s.dilation_height;
                second.y += s.dilation_height;
            }
            th_results_thumb(layer, column, output, step);
            output += step * layer->channels;
            left -= step;
        }
        input += s.input_height * s.input_width * channels;
    }
}

TH_KERNEL void th_conv_int8_thumb(const int8_t *input, const int32_t *stream, const int32_t *lines,
                                  void *scratch, int8_t *output, const th_conv_thumb_shape *s)
{
    const th_layer_thumb layer = {stream, (const th_line *)lines, s->output_channels,
                                  (s->kernel_height * s->kernel_width * s->input_channels + 1) & ~1,
                                  s->minimum, s->maximum, s->mixed};
    th_conv_any_thumb(input, &layer, (th_word *)scratch, output, s);
}

#endif
