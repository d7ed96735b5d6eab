/* Convolution for Cortex-M cores with the DSP extension: columns of widened activations, two output
 * positions at a time, through the matrix kernels of th_gemm_dsp.h. Any kernel size, stride, dilation,
 * padding and channel count; one group.
 *
 * stream   th_gemm_dsp.h, depth = kernel_height * kernel_width * input_channels in this order, rounded up
 *          to a multiple of 4 with zero weights.
 * scratch  aligned to 4, conv_scratch_bytes of engine/firmware/packing.py, filled here:
 *              columns    two interleaved columns, 4 * depth bytes
 *              rest       if the channels fill whole words, a pixel of the zero point, input_channels
 *                         bytes; if not, the gathered activations of two positions, 2 * (depth + 4) bytes
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
static TH_SHARED void th_multiply_positions(const int8_t *input, const th_matrix_dsp *layer, int32_t *columns,
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

/* Where the kernel lies over the image for one output position. */
typedef struct {
    const int8_t *corner; /* its first tap; outside the image unless `inside` */
    int32_t y, x;         /* of the first tap in the image */
    int32_t inside;       /* all taps lie in the image, and the columns side by side */
} th_kernel_place;

TH_KERNEL th_kernel_place th_place_kernel(const int8_t *image, int32_t out_y, int32_t out_x,
                                          const th_conv_dsp_shape *s)
{
    th_kernel_place place;
    int32_t rows = s->input_height - (s->kernel_height - 1) * s->dilation_height;
    int32_t columns = s->input_width - (s->kernel_width - 1);
    place.y = out_y * s->stride_height - s->pad_top;
    place.x = out_x * s->stride_width - s->pad_left;
    place.corner = image + (place.y * s->input_width + place.x) * s->input_channels;
    place.inside = place.y >= 0 && place.y < rows && place.x >= 0 && place.x < columns && s->dilation_width == 1;
    return place;
}

/* Widens `count` activations, a multiple of 4, into every `step`-th word of `column`; returns its end. */
TH_KERNEL int32_t *th_widen_apart(int32_t *column, const int8_t *from, int32_t count, int32_t step)
{
    for (; count > 0; count -= 4) {
        int32_t word = th_load_word(from);
        from += 4;
        column[0] = th_even_bytes(word);
        column[step] = th_odd_bytes(word);
        column += 2 * step;
    }
    return column;
}

/* One position into every `step`-th word of `column`, for channels in whole words. `zeros` holds a pixel of
 * the zero point. */
static TH_SHARED void th_widen_place(int32_t *column, int32_t step, const th_kernel_place *place,
                                       const int8_t *zeros, const th_conv_dsp_shape *s)
{
    const int32_t channels = s->input_channels;
    const int8_t *from = place->corner;
    int32_t y = place->y;
    for (int32_t row = s->kernel_height; row > 0; --row) {
        const int8_t *pixel = from;
        int32_t x = y < 0 || y >= s->input_height ? s->input_width : place->x;
        for (int32_t kx = s->kernel_width; kx > 0; --kx) {
            column = th_widen_apart(column, x < 0 || x >= s->input_width ? zeros : pixel, channels, step);
            pixel += s->dilation_width * channels;
            x += s->dilation_width;
        }
        from += s->dilation_height * s->input_width * channels;
        y += s->dilation_height;
    }
}

/* One position's activations in the kernel's order, for channels in broken words; 3 bytes behind them are
 * written too. */
TH_KERNEL void th_gather(int8_t *to, const th_kernel_place *place, const int8_t *image_end,
                         const th_conv_dsp_shape *s)
{
    const int32_t channels = s->input_channels;
    const int32_t row_bytes = s->kernel_width * channels;
    const int32_t pitch = s->dilation_height * s->input_width * channels;
    const int8_t *from = place->corner;
    /* whole words read up to 3 bytes too much, which the image must have and the next row writes over */
    if (place->inside && from + (s->kernel_height - 1) * pitch + row_bytes + 3 <= image_end) {
        for (int32_t row = s->kernel_height; row > 0; --row) {
            const int8_t *source = from;
            int8_t *target = to;
            for (int32_t left = row_bytes; left > 0; left -= 4) {
                int32_t word = th_load_word(source);
                th_copy(target, &word, 4);
                source += 4;
                target += 4;
            }
            from += pitch;
            to += row_bytes;
        }
        return;
    }
    int32_t y = place->y;
    for (int32_t row = s->kernel_height; row > 0; --row) {
        const int8_t *pixel = from;
        int32_t x = y < 0 || y >= s->input_height ? s->input_width : place->x;
        for (int32_t kx = s->kernel_width; kx > 0; --kx) {
            if (x < 0 || x >= s->input_width) {
                for (int32_t c = 0; c < channels; ++c) {
                    *to++ = (int8_t)s->input_zero_point;
                }
            } else {
                for (int32_t c = 0; c < channels; ++c) {
                    *to++ = pixel[c];
                }
            }
            pixel += s->dilation_width * channels;
            x += s->dilation_width;
        }
        from += pitch;
        y += s->dilation_height;
    }
}

static TH_SHARED void th_conv_any_dsp(const int8_t *input, const th_matrix_dsp *layer, void *scratch,
                                        int8_t *output, const th_conv_dsp_shape *shape)
{
    const th_conv_dsp_shape s = *shape;
    const th_matrix_dsp matrix = *layer;
    const int32_t row_bytes = s.kernel_width * s.input_channels;
    const int32_t depth = (s.kernel_height * row_bytes + 3) & ~3;
    const int32_t pitch = s.dilation_height * s.input_width * s.input_channels;
    const int32_t image_bytes = s.input_height * s.input_width * s.input_channels;
    const int32_t whole_rows = (row_bytes & 3) == 0;
    const int32_t whole_pixels = (s.input_channels & 3) == 0;
    int32_t *columns = (int32_t *)scratch;
    int8_t *rest = (int8_t *)scratch + 4 * depth;

    if (whole_pixels) {
        th_fill(rest, s.input_zero_point, (uint32_t)s.input_channels);
    }
    for (int32_t batch = 0; batch < s.batches; ++batch) {
        const int8_t *image = input + batch * image_bytes;
        int32_t y = 0, x = 0;
        for (int32_t positions = s.output_height * s.output_width; positions > 0; positions -= 2) {
            const int32_t step = positions > 1 ? 2 : 1;
            th_kernel_place first = th_place_kernel(image, y, x, &s);
            if (positions > 1 && ++x == s.output_width) {
                x = 0;
                ++y;
            }
            th_kernel_place second = th_place_kernel(image, y, x, &s);
            if (whole_rows && first.inside && second.inside && positions > 1) {
                int32_t *end = columns;
                for (int32_t row = s.kernel_height; row > 0; --row) {
                    end = th_widen_columns(end, first.corner, second.corner, row_bytes);
                    first.corner += pitch;
                    second.corner += pitch;
                }
            } else if (whole_pixels) {
                th_widen_place(columns, step, &first, rest, &s);
                if (positions > 1) {
                    th_widen_place(columns + 1, step, &second, rest, &s);
                }
            } else {
                th_gather(rest, &first, image + image_bytes, &s);
                if (positions > 1) {
                    th_gather(rest + depth + 4, &second, image + image_bytes, &s);
                    th_widen_columns(columns, rest, rest + depth + 4, depth);
                } else {
                    th_widen_apart(columns, rest, depth, 1);
                }
            }
            if (positions > 1) {
                th_multiply_two(&matrix, columns, columns + depth, output);
                output += 2 * matrix.channels;
            } else {
                th_multiply_one(&matrix, columns, columns + depth / 2, output);
                output += matrix.channels;
            }
            if (++x == s.output_width) {
                x = 0;
                ++y;
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
