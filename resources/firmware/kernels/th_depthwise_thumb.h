/* Depthwise convolution for Cortex-M0 and M0+, channel by channel, two outputs of a row by one multiplication
 * (th_sums_thumb.h says how).
 *
 * Rows. A row of one channel is held as words x[i] + (x[i + stride_width] << 16), as a sum, with the zero point
 * around the image: word 2 p stride_width + k dilation_width serves outputs 2p and 2p + 1 at tap k. Only the rows
 * that one output row needs are held, in turns. Rows may as well be columns of the image, which pays where it is
 * narrower than high: then all heights and widths of the shape are exchanged, and the steps with them.
 *
 * records  per output channel, aligned to 4, TH_DEPTHWISE_THUMB_RECORD(taps) bytes:
 *              int32 bias, M, C, n    th_line_thumb.h; bias with zero point and correction
 *              int32 form             TH_ROWS: three taps of a row share one split, |w0| + |w1| + |w2| <= 255;
 *                                     TH_PAIRS: two of them do, |w0| + |w1| <= 255; TH_TAPS: each tap alone;
 *                                     TH_ANY_PAIRS: the same for kernels of any size without dilation along a
 *                                     row; TH_FIXED: the result is C whatever the input. Only 3x3 kernels
 *                                     without dilation have the first two.
 *              int8 w[]               kernel_height * kernel_width weights in the rows' order, filled up to whole
 *                                     words
 * scratch  aligned to 4, filled here: ((kernel_height - 1) * dilation_height + 1) rows of `row_words` words, the
 *          sums of a row (output_width rounded up to even), the weights of a channel (a word each, each row
 *          rounded up to even), kernel_height addresses of rows
 * output   NHWC, clamped to [minimum, maximum]
 *
 * In place: an output row is written after all input rows that it needs were read; whether rows that later
 * outputs need are then still intact is the caller's to know (engine/firmware/thumb_choice.py).
 *
 * Cycles of a 3x3 kernel: 37 to 42 for an output's sum, 29 for its result, 15 for each word of a row.
 */
#ifndef TH_DEPTHWISE_THUMB_H
#define TH_DEPTHWISE_THUMB_H

#include "th_line_thumb.h"

#define TH_FIXED 0
#define TH_ROWS 1
#define TH_PAIRS 2
#define TH_TAPS 3
#define TH_ANY_PAIRS 4
#define TH_DEPTHWISE_THUMB_RECORD(taps) (20 + (((taps) + 3) & ~3))

typedef struct {
    int32_t batches;
    int32_t input_height, input_width, input_channels;
    int32_t output_height, output_width, output_channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t dilation_height, dilation_width;
    int32_t pad_top, pad_left;
    int32_t row_words;
    int32_t input_step, input_row_step;   /* bytes from a pixel to the next in its row, and to the next row */
    int32_t output_step, output_row_step;
    int32_t input_zero_point;
    int32_t minimum, maximum;
} th_depthwise_thumb_shape;

/* One row of outputs of one channel. */
typedef struct {
    const th_word *rows[3]; /* of the 3x3 functions */
    int32_t pair_bytes;     /* from the words of a pair of outputs to those of the next */
    int32_t a, b;           /* what A and B begin as */
    const int32_t *weights;
    int32_t *sums_end;
} th_row_run;

/* row r0, weights r1, w r2..r4, X r5..r7; A r8, B r9, 2^15 in r10, offset of the pair r11. */
#define TH_THUMB_ROW_ADD(x) "add " x ", r10\n add r8, " x "\n asrs " x ", " x ", #16\n add r9, " x "\n"
#define TH_THUMB_ROW(at)                                                                                   \
    "ldr r0, [sp, #" #at "]\n add r0, r11\n ldmia r0!, {r5, r6, r7}\n ldmia r1!, {r2, r3, r4}\n"            \
    "muls r5, r2, r5\n muls r6, r3, r6\n muls r7, r4, r7\n adds r5, r5, r6\n"
#define TH_THUMB_ROW_OF_3(at) TH_THUMB_ROW(at) "adds r5, r5, r7\n" TH_THUMB_ROW_ADD("r5")
#define TH_THUMB_ROW_OF_2(at) TH_THUMB_ROW(at) TH_THUMB_ROW_ADD("r5") TH_THUMB_ROW_ADD("r7")

/* Stack: 0 rows, 12 pair_bytes, 16 a, 20 b, 24 weights, 28 end of sums; sums r12. */
#define TH_THUMB_3X3(row)                                                                                  \
    ".syntax unified\n"                                                                                    \
    "push {r4-r7, lr}\n mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n sub sp, #32\n" \
    "mov r12, r1\n mov r1, sp\n ldmia r0!, {r4, r5, r6, r7}\n stmia r1!, {r4, r5, r6, r7}\n"               \
    "ldmia r0!, {r4, r5, r6, r7}\n stmia r1!, {r4, r5, r6, r7}\n"                                          \
    "movs r2, #128\n lsls r2, r2, #8\n mov r10, r2\n movs r2, #0\n mov r11, r2\n"                          \
    "1: ldr r0, [sp, #16]\n mov r8, r0\n ldr r0, [sp, #20]\n mov r9, r0\n ldr r1, [sp, #24]\n"             \
    row(0) row(4) row(8)                                                                                   \
    "mov r3, r9\n lsls r4, r3, #16\n mov r2, r8\n subs r2, r2, r4\n mov r0, r12\n stmia r0!, {r2, r3}\n"   \
    "mov r12, r0\n ldr r2, [sp, #12]\n add r11, r2\n ldr r2, [sp, #28]\n cmp r0, r2\n bne 1b\n"            \
    "add sp, #32\n pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n pop {r4-r7, pc}\n"

/* The same for kernels of any height, whose rows are pairs of taps. */
typedef struct {
    int32_t pair_bytes;
    int32_t a, b;
    const int32_t *weights;
    int32_t *sums_end;
    const th_word **list, **list_end; /* the kernel's rows */
    int32_t pairs;                    /* of taps in a row */
} th_any_row_run;

/* X r0, weights r1, w r2, r3, products r4, r5, pairs r7; A r8, B r6, place in the list r9, offset of the pair of
 * outputs r11, sums r12. Stack: the run. 11 instructions and 17 cycles for two taps of two outputs. */
#define TH_THUMB_ANY_ROW                                                                                   \
    ".syntax unified\n"                                                                                    \
    "push {r4-r7, lr}\n mov r4, r8\n mov r5, r9\n mov r6, r11\n push {r4-r6}\n sub sp, #32\n"            \
    "mov r12, r1\n mov r1, sp\n ldmia r0!, {r4, r5, r6, r7}\n stmia r1!, {r4, r5, r6, r7}\n"              \
    "ldmia r0!, {r4, r5, r6, r7}\n stmia r1!, {r4, r5, r6, r7}\n movs r2, #0\n mov r11, r2\n"             \
    "1: ldr r0, [sp, #4]\n mov r8, r0\n ldr r6, [sp, #8]\n ldr r1, [sp, #12]\n ldr r7, [sp, #20]\n"       \
    "2: ldmia r7!, {r0}\n mov r9, r7\n add r0, r11\n ldr r7, [sp, #28]\n"                                 \
    "3: ldmia r0!, {r4, r5}\n ldmia r1!, {r2, r3}\n muls r4, r2, r4\n muls r5, r3, r5\n"                  \
    "adds r4, r4, r5\n add r8, r4\n asrs r4, r4, #16\n adcs r6, r4\n subs r7, r7, #1\n bne 3b\n"         \
    "mov r7, r9\n ldr r0, [sp, #24]\n cmp r7, r0\n bne 2b\n"                                             \
    "lsls r4, r6, #16\n mov r2, r8\n subs r2, r2, r4\n mov r3, r6\n mov r0, r12\n stmia r0!, {r2, r3}\n" \
    "mov r12, r0\n ldr r2, [sp]\n add r11, r2\n ldr r2, [sp, #16]\n cmp r0, r2\n bne 1b\n"              \
    "add sp, #32\n pop {r4-r6}\n mov r8, r4\n mov r9, r5\n mov r11, r6\n pop {r4-r7, pc}\n"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */

/* Sums of a row of outputs, two at a time, one split a row of the kernel. */
TH_NAKED static void th_row_3x3_of_3(const th_row_run *run, int32_t *sums)
{
    __asm__(TH_THUMB_3X3(TH_THUMB_ROW_OF_3));
}

/* The same with two splits a row of the kernel. */
TH_NAKED static void th_row_3x3_of_2(const th_row_run *run, int32_t *sums)
{
    __asm__(TH_THUMB_3X3(TH_THUMB_ROW_OF_2));
}

/* Sums of a row of outputs, two at a time, of a kernel of any size; two taps share a split. */
TH_NAKED static void th_row_any_pairs(const th_any_row_run *run, int32_t *sums)
{
    __asm__(TH_THUMB_ANY_ROW);
}

/* Results of `sums` .. `sums_end` by one line, `step` bytes apart. */
TH_NAKED static void th_row_line(const int32_t *sums, const th_line *line, int8_t *output,
                                 const th_lines_run *run)
{
    __asm__(".syntax unified\n"
            "push {r4-r7, lr}\n mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n"
            "ldmia r3!, {r4, r5, r6, r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov lr, r7\n"
            "ldmia r1!, {r3, r4, r5}\n mov r11, r4\n mov r12, r5\n uxth r4, r3\n asrs r3, r3, #16\n"
            "1:" TH_THUMB_LINE(2, 3) "strb r6, [r2]\n add r2, r8\n cmp r0, lr\n bne 1b\n"
            "pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n pop {r4-r7, pc}\n"
            TH_THUMB_CLAMP(2, 3));
}

#pragma GCC diagnostic pop

/* Word `i` of a row, anywhere. */
TH_KERNEL int32_t th_row_word(const int8_t *row, int32_t i, const th_depthwise_thumb_shape *s)
{
    int32_t x = i - s->pad_left, next = x + s->stride_width;
    int32_t low = (uint32_t)x < (uint32_t)s->input_width ? row[x * s->input_step] : s->input_zero_point;
    int32_t high = (uint32_t)next < (uint32_t)s->input_width ? row[next * s->input_step]
                                                             : s->input_zero_point;
    return low + high * 65536;
}

/* One row of one channel; `row` is NULL outside the image. */
static TH_SHARED void th_fill_row(th_word *to, const int8_t *row, const th_depthwise_thumb_shape *s)
{
    const int32_t step = s->input_step, ahead = s->stride_width * step;
    int32_t i = 0;
    if (row == 0) {
        for (; i < s->row_words; ++i) {
            *to++ = s->input_zero_point * 65537;
        }
        return;
    }
    const int32_t inside = th_min(s->pad_left + s->input_width - s->stride_width, s->row_words);
    for (; i < th_min(s->pad_left, s->row_words); ++i) {
        *to++ = th_row_word(row, i, s);
    }
    const int8_t *low = row, *high = row + ahead;
    for (; i < inside; ++i) {
        *to++ = *low + *high * 65536;
        low += step;
        high += step;
    }
    for (; i < s->row_words; ++i) {
        *to++ = th_row_word(row, i, s);
    }
}

/* Sums of a row of outputs, any kernel; a tap's product is split at once. `first` is the row of its first tap. */
static TH_SHARED void th_row_any(const th_row_run *run, int32_t *sums, const th_word *rows, int32_t first,
                                 const th_depthwise_thumb_shape *s)
{
    const int32_t held = (s->kernel_height - 1) * s->dilation_height + 1;
    for (int32_t at = 0; sums != run->sums_end; at += 2 * s->stride_width) {
        int32_t b = run->b, row = first;
        uint32_t a = (uint32_t)run->a;
        const int32_t *w = run->weights;
        for (int32_t ky = s->kernel_height; ky > 0; --ky) {
            const th_word *x = rows + row * s->row_words + at;
            for (int32_t kx = s->kernel_width; kx > 0; --kx) {
                int32_t product = *w++ * *x + (1 << 15);
                a += (uint32_t)product;
                b += product >> 16;
                x += s->dilation_width;
            }
            row += s->dilation_height;
            row -= row >= held ? held : 0;
        }
        *sums++ = (int32_t)(a - ((uint32_t)b << 16));
        *sums++ = b;
    }
}

/* All outputs of one channel. */
static TH_SHARED void th_depthwise_channel(const int8_t *channel, const th_word *record, th_word *rows,
                                           int8_t *output, const th_depthwise_thumb_shape *s)
{
    const int32_t held = (s->kernel_height - 1) * s->dilation_height + 1;
    const int32_t form = record[4];
    int32_t *const sums = rows + held * s->row_words;
    int32_t *const weights = sums + ((s->output_width + 1) & ~1);
    const int8_t *packed = (const int8_t *)(record + 5);
    const th_line *line = (const th_line *)(record + 1);
    const int32_t row_taps = form == TH_ANY_PAIRS ? (s->kernel_width + 1) & ~1 : s->kernel_width;
    int32_t *weight = weights;
    for (int32_t row = s->kernel_height; row > 0; --row) {
        for (int32_t tap = 0; tap < row_taps; ++tap) {
            *weight++ = tap < s->kernel_width ? *packed++ : 0;
        }
    }
    const th_word **const list = (const th_word **)weight;
    /* the carry of the shift rounds in th_row_any_pairs */
    const uint32_t splits = form == TH_ANY_PAIRS ? 0 : form == TH_ROWS ? 3 : form == TH_PAIRS ? 6
                                                     : (uint32_t)(s->kernel_height * s->kernel_width);
    const int32_t a = (int32_t)((uint32_t)record[0] * 65537u - (splits << 15)), pair_bytes = 8 * s->stride_width;
    th_row_run run = {{0, 0, 0}, pair_bytes, a, record[0], weights, weights};
    const th_any_row_run any_run = {
        pair_bytes, a, record[0], weights, weights, list, list + s->kernel_height, row_taps >> 1,
    };
    th_lines_run lines = {s->output_step, s->minimum, s->maximum, sums + s->output_width};
    int32_t next = -s->pad_top; /* the next row to read, in the image */
    int32_t slot = 0, first = 0;
    for (int32_t y = 0; y < s->output_height; ++y) {
        const int32_t top = y * s->stride_height - s->pad_top;
        for (; next < top + held; ++next) {
            if (next >= top) {
                const int32_t inside = (uint32_t)next < (uint32_t)s->input_height;
                th_fill_row(rows + slot * s->row_words, inside ? channel + next * s->input_row_step : 0, s);
            }
            slot = slot + 1 == held ? 0 : slot + 1;
        }
        first = slot; /* the row after the last one is the oldest */
        if (form == TH_TAPS) {
            th_row_any(&run, sums, rows, first, s);
        } else if (form == TH_ANY_PAIRS) {
            for (int32_t i = 0, row = first; i < s->kernel_height; ++i) {
                list[i] = rows + row * s->row_words;
                row += s->dilation_height;
                row -= row >= held ? held : 0;
            }
            th_row_any_pairs(&any_run, sums);
        } else {
            for (int32_t i = 0, row = first; i < 3; ++i) {
                run.rows[i] = rows + row * s->row_words;
                row = row == 2 ? 0 : row + 1;
            }
            (form == TH_ROWS ? th_row_3x3_of_3 : th_row_3x3_of_2)(&run, sums);
        }
        if (line->n) {
            th_row_line(sums, line, output, &lines);
        } else {
            int8_t *to = output;
            for (int32_t x = 0; x < s->output_width; ++x, to += s->output_step) {
                *to = (int8_t)th_clamp(th_two_roundings(sums[x], line), s->minimum, s->maximum);
            }
        }
        output += s->output_row_step;
    }
}

/* All channels of one image. */
static TH_SHARED void th_depthwise_any_thumb(const int8_t *image, const int32_t *records, th_word *rows,
                                             int8_t *output, const th_depthwise_thumb_shape *s)
{
    const int32_t multiplier = s->output_channels / s->input_channels;
    const int32_t record_words = TH_DEPTHWISE_THUMB_RECORD(s->kernel_height * s->kernel_width) / 4;
    for (int32_t c = 0, repeats = multiplier; c < s->output_channels; ++c, records += record_words) {
        if (records[4] == TH_FIXED) {
            int8_t *to = output + c;
            for (int32_t n = s->output_height * s->output_width; n > 0; --n, to += s->output_channels) {
                *to = (int8_t)records[2];
            }
        } else {
            th_depthwise_channel(image, records, rows, output + c, s);
        }
        if (--repeats == 0) {
            repeats = multiplier;
            ++image;
        }
    }
}

TH_KERNEL void th_depthwise_int8_thumb(const int8_t *input, const int32_t *records, void *scratch,
                                       int8_t *output, const th_depthwise_thumb_shape *shape)
{
    const th_depthwise_thumb_shape s = *shape;
    for (int32_t batch = 0; batch < s.batches; ++batch) {
        th_depthwise_any_thumb(input, records, (th_word *)scratch, output, &s);
        input += s.input_height * s.input_width * s.input_channels;
        output += s.output_height * s.output_width * s.output_channels;
    }
}

#endif
