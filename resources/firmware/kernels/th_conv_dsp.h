/* Convolution for Cortex-M cores with the DSP extension: columns of widened activations, two output
 * positions at a time, through the matrix kernels of th_gemm_dsp.h. Any kernel size, stride, dilation,
 * padding and channel count; one group.
 *
 * stream   th_gemm_dsp.h, depth = kernel_height * kernel_width * input_channels in this order, rounded up
 *          to a multiple of 4 with zero weights.
 * scratch  aligned to 4, conv_scratch_bytes of engine/firmware/packing.py, filled here:
 *              columns    two interleaved columns, 4 * depth bytes
 *              rows       2 * (kernel row bytes, rounded up to 4 above them by at least 4): kernel rows
 *                         that lie partly or wholly outside the image, or, if the bytes of a kernel row
 *                         are not a multiple of 4 (or dilated), 2 * (depth + 12): both whole kernels
 * output   NHWC, saturated to int8; a narrower clamp follows in a call of th_clamp_int8_dsp.
 *
 * 1x1 kernels with stride 1 and no padding have their own function, th_conv_1x1_int8_dsp: no rows.
 */
#ifndef TH_CONV_DSP_H
#define TH_CONV_DSP_H

#include "th_gemm_dsp.h"

typedef struct {
    int32_t batches;
    int32_t input_height, input_width, input_channels;
    int32_t output_height, output_width, output_channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t dilation_height, dilation_width;
    int32_t pad_top, pad_left;
    int32_t input_zero_point;
    int32_t wide_weights;      /* 0: 8-bit weights, 1: 16-bit weights */
    int32_t full_stream_words; /* of the blocks whose four channels all exist */
    int32_t stream_words;
} th_conv_dsp_shape;

typedef struct {
    int32_t positions, input_channels, output_channels;
    int32_t wide_weights;
    int32_t full_stream_words, stream_words;
} th_conv_1x1_dsp_shape;

typedef const int32_t *(*th_gemm_2)(const int32_t *, const int32_t *, int8_t *, int8_t *, const int32_t *,
                                    const int32_t *);
typedef const int32_t *(*th_gemm_1)(const int32_t *, const int32_t *, int8_t *, const int32_t *,
                                    const int32_t *);

/* The matrix kernels and the ends of a layer's stream; `channels` output channels. */
typedef struct {
    th_gemm_2 two_columns;
    th_gemm_1 one_column;
    const int32_t *stream, *full_end, *end;
    int32_t channels;
} th_matrix_dsp;

TH_KERNEL th_matrix_dsp th_matrix_of(const int32_t *stream, int32_t wide_weights, int32_t full_stream_words,
                                     int32_t stream_words, int32_t channels)
{
    th_matrix_dsp matrix = {
        wide_weights ? th_gemm_16_2 : th_gemm_8_2, wide_weights ? th_gemm_16_1 : th_gemm_8_1,
        stream, stream + full_stream_words, stream + stream_words, channels,
    };
    return matrix;
}

/* All output channels of two positions that follow each other. */
TH_KERNEL void th_multiply_two(const th_matrix_dsp *matrix, const int32_t *columns, const int32_t *columns_end,
                               int8_t *output)
{
    int8_t *second = output + matrix->channels;
    if (matrix->stream != matrix->full_end) {
        matrix->two_columns(columns, matrix->stream, output, second, columns_end, matrix->full_end);
    }
    if (matrix->full_end != matrix->end) {
        int8_t last[8];
        int32_t done = matrix->channels & ~3;
        matrix->two_columns(columns, matrix->full_end, last, last + 4, columns_end, matrix->end);
        for (int32_t c = done; c < matrix->channels; ++c) {
            output[c] = last[c - done];
            second[c] = last[c - done + 4];
        }
    }
}

/* All output channels of one position. */
TH_KERNEL void th_multiply_one(const th_matrix_dsp *matrix, const int32_t *column, const int32_t *column_end,
                               int8_t *output)
{
    if (matrix->stream != matrix->full_end) {
        matrix->one_column(column, matrix->stream, output, column_end, matrix->full_end);
    }
    if (matrix->full_end != matrix->end) {
        int8_t last[4];
        int32_t done = matrix->channels & ~3;
        matrix->one_column(column, matrix->full_end, last, column_end, matrix->end);
        for (int32_t c = done; c < matrix->channels; ++c) {
            output[c] = last[c - done];
        }
    }
}

/* Widens the last activations of a tensor without reading behind them. */
TH_KERNEL int32_t *th_widen_last(int32_t *column, const int8_t *from, int32_t count)
{
    int8_t rest[4] = {0, 0, 0, 0};
    int32_t whole = count & ~3;
    if (whole) {
        column = th_widen_column(column, from, whole);
    }
    if (count != whole) {
        for (int32_t i = whole; i < count; ++i) {
            rest[i - whole] = from[i];
        }
        column = th_widen_column(column, rest, 4);
    }
    return column;
}

/* `positions` columns of `depth` activations each that lie behind one another in memory. */
static TH_NOINLINE void th_multiply_positions(const int8_t *input, const th_matrix_dsp *layer, int32_t *columns,
                                              int8_t *output, int32_t positions, int32_t depth)
{
    const th_matrix_dsp matrix = *layer;
    /* odd depths: widening reads up to 3 activations of the next position, so the last goes alone */
    int32_t pairs = (positions - (depth & 3 ? 1 : 0)) >> 1;
    int32_t left = positions - 2 * pairs;
    for (; pairs > 0; --pairs) {
        const int32_t *end = th_widen_columns(columns, input, input + depth, depth);
        th_multiply_two(&matrix, columns, end, output);
        input += 2 * depth;
        output += 2 * matrix.channels;
    }
    for (; left > 0; --left) {
        const int32_t *end = th_widen_last(columns, input, depth);
        th_multiply_one(&matrix, columns, end, output);
        input += depth;
        output += matrix.channels;
    }
}

TH_KERNEL void th_conv_1x1_int8_dsp(const int8_t *input, const int32_t *stream, void *scratch, int8_t *output,
                                    const th_conv_1x1_dsp_shape *shape)
{
    const th_matrix_dsp matrix = th_matrix_of(stream, shape->wide_weights, shape->full_stream_words,
                                              shape->stream_words, shape->output_channels);
    th_multiply_positions(input, &matrix, (int32_t *)scratch, output, shape->positions, shape->input_channels);
}

/* Bytes of one kernel row of the input, for the output position at (y, x), where `row` counts kernel rows;
 * in the image if it lies there whole and undilated, else gathered into `own` with the zero point outside. */
TH_KERNEL const int8_t *th_kernel_row(const int8_t *image, int8_t *own, int32_t y, int32_t x, int32_t row,
                                      const th_conv_dsp_shape *s)
{
    const int32_t channels = s->input_channels;
    int32_t in_y = y * s->stride_height - s->pad_top + row * s->dilation_height;
    int32_t in_x = x * s->stride_width - s->pad_left;
    if (in_y < 0 || in_y >= s->input_height) {
        th_fill(own, s->input_zero_point, (uint32_t)(s->kernel_width * channels));
        return own;
    }
    const int8_t *from = image + (in_y * s->input_width + in_x) * channels;
    if (s->dilation_width == 1) {
        int32_t before = th_max(-in_x, 0);
        int32_t behind = th_max(in_x + s->kernel_width - s->input_width, 0);
        if (before + behind == 0) {
            return from;
        }
        if (before + behind < s->kernel_width) {
            int32_t inside = s->kernel_width - before - behind;
            th_fill(own, s->input_zero_point, (uint32_t)(before * channels));
            th_copy(own + before * channels, from + before * channels, (uint32_t)(inside * channels));
            th_fill(own + (before + inside) * channels, s->input_zero_point, (uint32_t)(behind * channels));
        } else {
            th_fill(own, s->input_zero_point, (uint32_t)(s->kernel_width * channels));
        }
        return own;
    }
    int8_t *to = own;
    for (int32_t kx = 0; kx < s->kernel_width; ++kx, in_x += s->dilation_width) {
        if (in_x < 0 || in_x >= s->input_width) {
            th_fill(to, s->input_zero_point, (uint32_t)channels);
        } else {
            th_copy(to, image + (in_y * s->input_width + in_x) * channels, (uint32_t)channels);
        }
        to += channels;
    }
    return own;
}

/* The whole kernel's activations of one output position, gathered byte by byte in the kernel's order. */
TH_KERNEL void th_gather(int8_t *to, const int8_t *image, int32_t y, int32_t x, const th_conv_dsp_shape *s)
{
    const int32_t row_bytes = s->kernel_width * s->input_channels;
    const int8_t *image_end = image + s->input_height * s->input_width * s->input_channels;
    for (int32_t row = 0; row < s->kernel_height; ++row, to += row_bytes) {
        const int8_t *from = th_kernel_row(image, to, y, x, row, s);
        if (from == to) {
            continue;
        }
        if (row_bytes <= 12 && from + 12 <= image_end) {
            /* three words at once; what is too much is written over by the next row */
            int32_t a = th_load_word(from), b = th_load_word(from + 4), c = th_load_word(from + 8);
            th_copy(to, &a, 4);
            th_copy(to + 4, &b, 4);
            th_copy(to + 8, &c, 4);
        } else {
            th_copy(to, from, (uint32_t)row_bytes);
        }
    }
}

static TH_NOINLINE void th_conv_any_dsp(const int8_t *input, const th_matrix_dsp *layer, void *scratch,
                                        int8_t *output, const th_conv_dsp_shape *shape)
{
    const th_conv_dsp_shape s = *shape;
    const th_matrix_dsp matrix = *layer;
    const int32_t row_bytes = s.kernel_width * s.input_channels;
    const int32_t depth = (s.kernel_height * row_bytes + 3) & ~3;
    const int32_t whole_rows = (row_bytes & 3) == 0;
    int32_t *columns = (int32_t *)scratch;
    int8_t *first = (int8_t *)scratch + 4 * depth;
    int8_t *second = first + (whole_rows ? row_bytes + 4 : depth + 12);

    for (int32_t batch = 0; batch < s.batches; ++batch) {
        const int8_t *image = input + batch * s.input_height * s.input_width * s.input_channels;
        int32_t positions = s.output_height * s.output_width;
        int32_t y = 0, x = 0;
        for (; positions > 0; positions -= 2) {
            int32_t y2 = y, x2 = x + 1;
            if (x2 == s.output_width) {
                x2 = 0;
                y2 = y + 1;
            }
            if (positions == 1) {
                y2 = y; /* the odd last position stands in for its own neighbour */
                x2 = x;
            }
            int32_t *end = columns;
            if (whole_rows) {
                for (int32_t row = 0; row < s.kernel_height; ++row) {
                    const int8_t *a = th_kernel_row(image, first, y, x, row, &s);
                    const int8_t *b = th_kernel_row(image, second, y2, x2, row, &s);
                    end = th_widen_columns(end, a, b, row_bytes);
                }
            } else {
                th_gather(first, image, y, x, &s);
                th_gather(second, image, y2, x2, &s);
                end = th_widen_columns(columns, first, second, depth);
            }
            if (positions == 1) {
                int32_t words = depth >> 1;
                for (int32_t i = 1; i < words; ++i) {
                    columns[i] = columns[2 * i];
                }
                th_multiply_one(&matrix, columns, columns + words, output);
                output += matrix.channels;
            } else {
                th_multiply_two(&matrix, columns, end, output);
                output += 2 * matrix.channels;
            }
            x = x2 + 1;
            y = y2;
            if (x == s.output_width) {
                x = 0;
                y = y2 + 1;
            }
        }
    }
}

TH_KERNEL void th_conv_int8_dsp(const int8_t *input, const int32_t *stream, void *scratch, int8_t *output,
                                const th_conv_dsp_shape *shape)
{
    const th_matrix_dsp matrix = th_matrix_of(stream, shape->wide_weights, shape->full_stream_words,
                                              shape->stream_words, shape->output_channels);
    th_conv_any_dsp(input, &matrix, scratch, output, shape);
}

#endif
