/* Depthwise convolution for Cortex-M cores with the DSP extension, channel by channel over a padded plane.
 *
 * Plane. One input channel widened to 16 bits, `plane_height` rows of `plane_width` (even) numbers, with
 * the zero point around the image wherever a kernel reaches, so that no position is special. It lies in
 * the scratch, 4-byte aligned, and is filled here: the border once, the image for every channel. With
 * `transposed` rows of the plane are columns of the image (and so are kernel and output), which pays
 * where the image is narrower than high.
 *
 * In place: output channel c is written only after input channel c was read whole, and only over bytes of
 * channel c, so output may be the input if every output position exists in the input (multiplier 1).
 *
 * records  per output channel, aligned to 4:
 *              int32 start      the bias with the zero point folded in, times 2^scale
 *              int32 m, c       line form: M, C of th_gemm_dsp.h with a shift of TH_DEPTHWISE_SHIFT;
 *                               two roundings: m and c
 *              int8 w[]         kernel_height * kernel_width weights in the plane's order, filled up
 *                               to a whole number of words with the two bytes that follow
 *              uint8 scale      weights are used times 2^scale, 0..8: sums keep 32 bits, lines gain
 *              uint8 shift      0: line form; 1..31: two roundings; 32 (any but the 3x3 functions): one
 *                               rounding, h + c, as TFLite Micro does without a right shift (scale is
 *                               1 and the left shift); 33: the result is c whatever the input
 *          their size is TH_DEPTHWISE_RECORD(taps); engine/firmware/packing.py packs them.
 * scratch  plane_height * plane_width * 2 bytes, then (other kernels than 3x3) the widened weights of a
 *          channel: kernel_height * ((kernel_width - 1) * dilation_width + 2) / 2 words
 * output   NHWC, saturated to int8; a narrower clamp follows in a call of th_clamp_int8_dsp
 *
 * 3x3 kernels with stride 1 or 2 and outputs at least two wide and high run in th_depthwise_3x3_dsp, two
 * outputs at a time (`by_3x3`); all others in th_depthwise_any_dsp, four outputs at a time.
 */
#ifndef TH_DEPTHWISE_DSP_H
#define TH_DEPTHWISE_DSP_H

#include "th_gemm_dsp.h"

#define TH_DEPTHWISE_SHIFT 9
#define TH_DEPTHWISE_ONE_ROUNDING 32
#define TH_DEPTHWISE_CONSTANT 33
#define TH_DEPTHWISE_SATURATE "asr #9"
#define TH_DEPTHWISE_RECORD(taps) (12 + (((taps) + 2 + 3) & ~3))

typedef struct {
    int32_t batches;
    int32_t input_height, input_width, input_channels;
    int32_t output_height, output_width, output_channels;
    int32_t kernel_height, kernel_width;     /* in the plane */
    int32_t stride_height, stride_width;     /* in the plane */
    int32_t dilation_height, dilation_width; /* in the plane */
    int32_t pad_top, pad_left;               /* in the plane */
    int32_t plane_height, plane_width;
    int32_t transposed;
    int32_t by_3x3; /* runs in th_depthwise_3x3_dsp */
    int32_t input_zero_point;
} th_depthwise_dsp_shape;

/* What the assembly of one plane keeps on its stack, in this order, and the kernel behind it. */
typedef struct {
    int32_t start[2];     /* 0 */
    int32_t m, c;         /* 8 */
    int32_t output_step;  /* 16, bytes from one output of a row to the next */
    const th_half *end;   /* 20, where the top row of windows ends */
    int32_t input_gap;    /* 24, bytes from there to the next row of windows */
    int32_t output_gap;   /* 28 */
    int32_t input_step;   /* 32, bytes from one row of windows to the next */
    const th_half *last;  /* 36, where the last row of windows would begin a next one */
    int32_t odd;          /* 40, whether a row has a single output left */
    int32_t shift;        /* 44, two-rounding form only */
    int32_t weights[6];
    const th_half *rows[3];
    int8_t *output;
} th_plane_run;

/* Stride 1, one row of the kernel for two outputs: windows start at `row`; (w0, w1) in a, (w1, w2) in b. */
#define TH_TAPS_1(row, a, b)                                                                               \
    "ldrd r12, lr, [" row "], #4\n"                                                                        \
    "smlad r10, r12, " a ", r10\n smlabt r10, lr, " b ", r10\n"                                            \
    "smlatb r11, r12, " a ", r11\n smlad r11, lr, " b ", r11\n"
#define TH_TAPS_1_SINGLE(row, a, b)                                                                        \
    "ldrd r12, lr, [" row "]\n smlad r10, r12, " a ", r10\n smlabt r10, lr, " b ", r10\n"
#define TH_KERNEL_1(taps) taps("r0", "r4", "r5") taps("r1", "r6", "r7") taps("r2", "r8", "r9")

/* Stride 2: (w0, w1) in a; w2 in the bottom or top half of b, as `half` says; r9 is free. */
#define TH_TAPS_2(row, a, b, half)                                                                         \
    "ldr r9, [" row ", #8]\n ldrd r12, lr, [" row "], #8\n"                                                \
    "smlad r10, r12, " a ", r10\n smlab" half " r10, lr, " b ", r10\n"                                     \
    "smlad r11, lr, " a ", r11\n smlab" half " r11, r9, " b ", r11\n"
#define TH_TAPS_2_SINGLE(row, a, b, half)                                                                  \
    "ldrd r12, lr, [" row "]\n smlad r10, r12, " a ", r10\n smlab" half " r10, lr, " b ", r10\n"
#define TH_KERNEL_2(taps) taps("r0", "r4", "r7", "b") taps("r1", "r5", "r7", "t") taps("r2", "r6", "r8", "b")

#define TH_LINE_PAIR                                                                                       \
    "ldrd r12, lr, [sp, #8]\n smmla r10, r10, r12, lr\n smmla r11, r11, r12, lr\n"                         \
    "ssat r10, #8, r10, " TH_DEPTHWISE_SATURATE "\n ssat r11, #8, r11, " TH_DEPTHWISE_SATURATE "\n"
#define TH_LINE_SINGLE                                                                                     \
    "ldrd r12, lr, [sp, #8]\n smmla r10, r10, r12, lr\n ssat r10, #8, r10, " TH_DEPTHWISE_SATURATE "\n"
#define TH_ROUNDED_PAIR                                                                                    \
    "ldrd r12, lr, [sp, #8]\n smmulr r10, r10, r12\n smmulr r11, r11, r12\n"                               \
    "add r10, r10, r10, asr #31\n add r11, r11, r11, asr #31\n add r10, r10, lr\n add r11, r11, lr\n"      \
    "ldr r12, [sp, #44]\n asr r10, r10, r12\n asr r11, r11, r12\n ssat r10, #8, r10\n ssat r11, #8, r11\n"
#define TH_ROUNDED_SINGLE                                                                                  \
    "ldrd r12, lr, [sp, #8]\n smmulr r10, r10, r12\n add r10, r10, r10, asr #31\n add r10, r10, lr\n"      \
    "ldr r12, [sp, #44]\n asr r10, r10, r12\n ssat r10, #8, r10\n"

#define TH_PLANE(pair_taps, single_taps, pair, single)                                                     \
    "push {r4-r11, lr}\n"                                                                                  \
    "add r12, r0, #16\n ldm r12, {r4-r11}\n push {r4-r11}\n"                                               \
    "ldm r0, {r4-r7}\n push {r4-r7}\n add r0, #48\n"                                                       \
    "ldm r0!, {r4-r9}\n ldm r0, {r0-r3}\n"                                                                 \
    "1: ldrd r10, r11, [sp]\n" pair_taps pair                                                              \
    "ldrd r12, lr, [sp, #16]\n strb r10, [r3]\n strb r11, [r3, r12]\n add r3, r3, r12, lsl #1\n"           \
    "cmp r0, lr\n bne.w 1b\n"                                                                              \
    "ldr r12, [sp, #40]\n cmp r12, #0\n beq.w 2f\n"                                                        \
    "ldr r10, [sp]\n" single_taps single "strb r10, [r3]\n"                                                \
    "2: ldrd r12, lr, [sp, #24]\n add r0, r0, r12\n add r1, r1, r12\n add r2, r2, r12\n add r3, r3, lr\n"  \
    "ldr r10, [sp, #20]\n ldrd r12, lr, [sp, #32]\n add r10, r10, r12\n str r10, [sp, #20]\n"              \
    "cmp r0, lr\n bne.w 1b\n"                                                                              \
    "add sp, #48\n pop {r4-r11, pc}\n"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */

/* All outputs of one channel; 3x3, two or more outputs a row. */
TH_NAKED static void th_plane_1_line(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_1(TH_TAPS_1), TH_KERNEL_1(TH_TAPS_1_SINGLE), TH_LINE_PAIR, TH_LINE_SINGLE));
}

TH_NAKED static void th_plane_1_rounded(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_1(TH_TAPS_1), TH_KERNEL_1(TH_TAPS_1_SINGLE), TH_ROUNDED_PAIR,
                     TH_ROUNDED_SINGLE));
}

TH_NAKED static void th_plane_2_line(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_2(TH_TAPS_2), TH_KERNEL_2(TH_TAPS_2_SINGLE), TH_LINE_PAIR, TH_LINE_SINGLE));
}

TH_NAKED static void th_plane_2_rounded(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_2(TH_TAPS_2), TH_KERNEL_2(TH_TAPS_2_SINGLE), TH_ROUNDED_PAIR,
                     TH_ROUNDED_SINGLE));
}

/* Windows of any kernel up to 16 wide: four outputs of a row at once, whose windows begin at `x` and at each
 * next stride. Pairs of taps run from code that is entered so that as many are left as there are. */
typedef struct {
    int32_t start, pairs, rows;
    int32_t gap; /* bytes from the end of a window's row to the next one */
} th_window_run;

/* x r0, weights r1, sums r2..r5, words of x r6..r9, weight r10, rows r11, entry r12, gap lr; all
 * instructions of a pair take 4 bytes. */
#define TH_WINDOW_PAIR_1                                                                                   \
    "ldrd r6, r7, [r0], #4\n ldr r8, [r0, #-2]\n ldr.w r9, [r0, #2]\n ldr r10, [r1], #4\n"             \
    "smlad r2, r6, r10, r2\n smlad r3, r8, r10, r3\n smlad r4, r7, r10, r4\n smlad r5, r9, r10, r5\n"
#define TH_WINDOW_PAIR_2                                                                                   \
    "ldrd r6, r7, [r0], #4\n ldrd r8, r9, [r0, #4]\n ldr r10, [r1], #4\n"                                \
    "smlad r2, r6, r10, r2\n smlad r3, r7, r10, r3\n smlad r4, r8, r10, r4\n smlad r5, r9, r10, r5\n"
#define TH_WINDOWS(pair, bytes)                                                                            \
    "push {r3-r11, lr}\n ldm r2, {r5, r6, r11, lr}\n"                                                      \
    "rsb r6, r6, #8\n movs r7, #" #bytes "\n mul r6, r6, r7\n"                                             \
    "adr.w r12, 2f\n add r12, r12, r6\n orr r12, r12, #1\n"                                               \
    "mov r2, r5\n mov r3, r5\n mov r4, r5\n"                                                              \
    "1: bx r12\n .balign 4\n"                                                                             \
    "2:" pair pair pair pair pair pair pair pair                                                           \
    "add r0, r0, lr\n subs r11, r11, #1\n bne.w 1b\n"                                                     \
    "pop {r0}\n stm r0, {r2-r5}\n pop {r4-r11, pc}\n"

/* Adds to `start` and writes four sums; stride 1. */
TH_NAKED static void th_windows_1(const th_half *x, const th_word *weights, const th_window_run *run,
                                  int32_t *sums)
{
    __asm__(TH_WINDOWS(TH_WINDOW_PAIR_1, 32));
}

/* The same for stride 2. */
TH_NAKED static void th_windows_2(const th_half *x, const th_word *weights, const th_window_run *run,
                                  int32_t *sums)
{
    __asm__(TH_WINDOWS(TH_WINDOW_PAIR_2, 28));
}

#pragma GCC diagnostic pop

/* Two 16-bit numbers in a word, the first in its bottom half. */
TH_KERNEL int32_t th_halves(int32_t bottom, int32_t top)
{
    return (int32_t)(((uint32_t)top << 16) | ((uint32_t)bottom & 0xFFFFu));
}

/* Sum of two 16-bit products and an accumulator. */
TH_KERNEL int32_t th_dual_multiply(int32_t a, int32_t b, int32_t accumulator)
{
    int32_t sum;
    __asm__("smlad %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(accumulator));
    return sum;
}

/* All forms of requantisation for one accumulator, see above. */
TH_KERNEL int8_t th_depthwise_result(int32_t accumulator, int32_t m, int32_t c, int32_t shift)
{
    int32_t result;
    if (shift == TH_DEPTHWISE_ONE_ROUNDING) {
        __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(accumulator), "r"(m));
        result += c;
    } else if (shift) {
        __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(accumulator), "r"(m));
        result = (result + (result >> 31) + c) >> shift;
    } else {
        __asm__("smmla %0, %1, %2, %3" : "=r"(result) : "r"(accumulator), "r"(m), "r"(c));
        result >>= TH_DEPTHWISE_SHIFT;
    }
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(result));
    return (int8_t)result;
}

/* One channel of the image into the plane. */
TH_KERNEL void th_fill_plane(th_half *plane, const int8_t *channel, const th_depthwise_dsp_shape *s)
{
    const int32_t row_step = (s->transposed ? 1 : s->input_width) * s->input_channels;
    const int32_t step = (s->transposed ? s->input_width : 1) * s->input_channels;
    const int32_t height = s->transposed ? s->input_width : s->input_height;
    const int32_t width = s->transposed ? s->input_height : s->input_width;
    const int32_t rows = th_min(height, s->plane_height - s->pad_top);
    const int32_t columns = th_min(width, s->plane_width - s->pad_left);
    th_half *to = plane + s->pad_top * s->plane_width + s->pad_left;
    for (int32_t y = 0; y < rows; ++y) {
        const int8_t *from = channel;
        th_half *row = to;
        for (int32_t n = columns >> 2; n > 0; --n) {
            row[0] = from[0];
            row[1] = from[step];
            row[2] = from[2 * step];
            row[3] = from[3 * step];
            row += 4;
            from += 4 * step;
        }
        for (int32_t n = columns & 3; n > 0; --n) {
            *row++ = *from;
            from += step;
        }
        channel += row_step;
        to += s->plane_width;
    }
}

/* Any stride, any width. */
TH_KERNEL void th_windows_any(const th_half *x, const th_word *weights, const th_window_run *run,
                              int32_t stride, int32_t *sums)
{
    int32_t a = run->start, b = a, c = a, d = a;
    const int8_t *bytes = (const int8_t *)x;
    for (int32_t row = run->rows; row > 0; --row) {
        for (int32_t n = run->pairs; n > 0; --n) {
            int32_t weight = *weights++;
            a = th_dual_multiply(th_load_word(bytes), weight, a);
            b = th_dual_multiply(th_load_word(bytes + 2 * stride), weight, b);
            c = th_dual_multiply(th_load_word(bytes + 4 * stride), weight, c);
            d = th_dual_multiply(th_load_word(bytes + 6 * stride), weight, d);
            bytes += 4;
        }
        bytes += run->gap;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

/* All outputs of one channel for any kernel. `weights` are widened, in pairs, zero between dilated taps. */
TH_KERNEL void th_depthwise_any_plane(const th_half *plane, const th_word *weights, const th_window_run *run,
                                      int32_t m, int32_t c, int32_t shift, int8_t *output,
                                      const th_depthwise_dsp_shape *s)
{
    const int32_t rows = s->transposed ? s->output_width : s->output_height;
    const int32_t columns = s->transposed ? s->output_height : s->output_width;
    const int32_t row_step = (s->transposed ? 1 : s->output_width) * s->output_channels;
    const int32_t step = (s->transposed ? s->output_width : 1) * s->output_channels;
    for (int32_t y = 0; y < rows; ++y) {
        const th_half *window = plane;
        int8_t *to = output;
        for (int32_t left = columns; left > 0; left -= 4) {
            /* fewer than four: the plane is wide enough to compute results that nobody stores */
            int32_t sums[4];
            if (run->pairs > 8 || s->stride_width > 2) {
                th_windows_any(window, weights, run, s->stride_width, sums);
            } else if (s->stride_width == 1) {
                th_windows_1(window, weights, run, sums);
            } else {
                th_windows_2(window, weights, run, sums);
            }
            for (int32_t i = 0; i < th_min(left, 4); ++i) {
                *to = th_depthwise_result(sums[i], m, c, shift);
                to += step;
            }
            window += 4 * s->stride_width;
        }
        plane += s->stride_height * s->plane_width;
        output += row_step;
    }
}

/* Widens the weights of a channel into pairs; what lies between taps and behind a row's last stays. */
TH_KERNEL void th_widen_weights(th_word *to, const int8_t *weights, int32_t scale, int32_t pairs,
                                const th_depthwise_dsp_shape *s)
{
    th_half *row = (th_half *)to;
    for (int32_t ky = s->kernel_height; ky > 0; --ky, row += 2 * pairs) {
        th_half *tap = row;
        for (int32_t kx = s->kernel_width; kx > 0; --kx, tap += s->dilation_width) {
            *tap = (int16_t)(*weights++ * (1 << scale));
        }
    }
}

/* The parts of a run that all channels share. */
TH_KERNEL void th_prepare_run(th_plane_run *run, const th_half *plane, const th_depthwise_dsp_shape *s)
{
    const int32_t columns = s->transposed ? s->output_height : s->output_width;
    const int32_t rows = s->transposed ? s->output_width : s->output_height;
    const int32_t row_step = (s->transposed ? 1 : s->output_width) * s->output_channels;
    const int32_t pitch = s->plane_width * 2;
    const int32_t row_bytes = (columns >> 1) * 4 * s->stride_width;
    run->output_step = (s->transposed ? s->output_width : 1) * s->output_channels;
    run->end = plane + row_bytes / 2;
    run->input_step = pitch * s->stride_height;
    run->input_gap = run->input_step - row_bytes;
    run->output_gap = row_step - (columns & ~1) * run->output_step;
    run->last = plane + rows * s->stride_height * s->plane_width;
    run->odd = columns & 1;
    run->rows[0] = plane;
    run->rows[1] = plane + s->plane_width;
    run->rows[2] = plane + 2 * s->plane_width;
}

/* The nine weights of a channel in the registers' order. */
TH_KERNEL void th_prepare_weights(int32_t *to, const int8_t *w, int32_t scale, int32_t stride)
{
    int32_t v[9];
    for (int32_t i = 0; i < 9; ++i) {
        v[i] = w[i] * (1 << scale);
    }
    if (stride == 1) {
        for (int32_t ky = 0; ky < 3; ++ky) {
            to[2 * ky] = th_halves(v[3 * ky], v[3 * ky + 1]);
            to[2 * ky + 1] = th_halves(v[3 * ky + 1], v[3 * ky + 2]);
        }
    } else {
        for (int32_t ky = 0; ky < 3; ++ky) {
            to[ky] = th_halves(v[3 * ky], v[3 * ky + 1]);
        }
        to[3] = th_halves(v[2], v[5]);
        to[4] = v[8];
    }
}

typedef void (*th_plane_function)(const th_plane_run *);

/* An output channel that never changes. */
static TH_SHARED void th_fill_channel(int8_t *output, int32_t value, const th_depthwise_dsp_shape *s)
{
    const int32_t channels = s->output_channels;
    for (int32_t n = s->output_height * s->output_width; n > 0; --n) {
        *output = (int8_t)value;
        output += channels;
    }
}

/* All channels of one image for a 3x3 kernel; `line` and `rounded` are the functions for its stride. */
static TH_SHARED void th_depthwise_3x3_dsp(const int8_t *image, const int8_t *records, th_half *plane,
                                             int8_t *output, const th_depthwise_dsp_shape *shape,
                                             th_plane_function line, th_plane_function rounded)
{
    const th_depthwise_dsp_shape s = *shape;
    const int32_t multiplier = s.output_channels / s.input_channels;
    int32_t repeats = 0, filled = 0;
    th_plane_run run;
    th_prepare_run(&run, plane, &s);
    for (int32_t channel = 0; channel < s.output_channels; ++channel) {
        const th_word *numbers = (const th_word *)records;
        const int8_t *weights = records + 12;
        if (repeats == 0) {
            ++image;
            repeats = multiplier;
            filled = 0;
        }
        --repeats;
        records += TH_DEPTHWISE_RECORD(9);
        if (weights[10] == TH_DEPTHWISE_CONSTANT) {
            th_fill_channel(output + channel, numbers[2], &s);
            continue;
        }
        if (!filled) {
            th_fill_plane(plane, image - 1, &s);
            filled = 1;
        }
        run.start[0] = run.start[1] = numbers[0];
        run.m = numbers[1];
        run.c = numbers[2];
        run.shift = weights[10];
        run.output = output + channel;
        th_prepare_weights(run.weights, weights, weights[9], s.stride_width);
        (run.shift ? rounded : line)(&run);
    }
}

/* All channels of one image for any kernel. */
static TH_SHARED void th_depthwise_any_dsp(const int8_t *image, const int8_t *records, th_half *plane,
                                             int8_t *output, const th_depthwise_dsp_shape *shape)
{
    const th_depthwise_dsp_shape s = *shape;
    const int32_t multiplier = s.output_channels / s.input_channels;
    const int32_t taps = s.kernel_height * s.kernel_width;
    th_word *wide = (th_word *)plane + s.plane_height * s.plane_width / 2;
    int32_t repeats = 0, filled = 0;
    th_window_run run;
    run.rows = s.kernel_height;
    run.pairs = ((s.kernel_width - 1) * s.dilation_width + 2) >> 1;
    run.gap = (s.dilation_height * s.plane_width - 2 * run.pairs) * 2;
    for (int32_t i = 0; i < run.rows * run.pairs; ++i) {
        wide[i] = 0;
    }
    for (int32_t channel = 0; channel < s.output_channels; ++channel) {
        const th_word *numbers = (const th_word *)records;
        const int8_t *weights = records + 12;
        if (repeats == 0) {
            ++image;
            repeats = multiplier;
            filled = 0;
        }
        --repeats;
        records += TH_DEPTHWISE_RECORD(taps);
        if (weights[taps + 1] == TH_DEPTHWISE_CONSTANT) {
            th_fill_channel(output + channel, numbers[2], &s);
            continue;
        }
        if (!filled) {
            th_fill_plane(plane, image - 1, &s);
            filled = 1;
        }
        run.start = numbers[0];
        th_widen_weights(wide, weights, weights[taps], run.pairs, &s);
        th_depthwise_any_plane(plane, wide, &run, numbers[1], numbers[2], weights[taps + 1],
                               output + channel, &s);
    }
}

static TH_SHARED void th_fill_border(th_half *plane, const th_depthwise_dsp_shape *s)
{
    const int32_t zero = th_halves(s->input_zero_point, s->input_zero_point);
    th_word *words = (th_word *)plane;
    for (int32_t i = 0; i < s->plane_height * s->plane_width / 2; ++i) {
        words[i] = zero;
    }
}

TH_KERNEL void th_depthwise_int8_dsp(const int8_t *input, const int8_t *records, void *scratch, int8_t *output,
                                     const th_depthwise_dsp_shape *shape)
{
    th_half *plane = (th_half *)scratch;
    th_fill_border(plane, shape);
    for (int32_t batch = 0; batch < shape->batches; ++batch) {
        if (!shape->by_3x3) {
            th_depthwise_any_dsp(input, records, plane, output, shape);
        } else if (shape->stride_width == 1) {
            th_depthwise_3x3_dsp(input, records, plane, output, shape, th_plane_1_line, th_plane_1_rounded);
        } else {
            th_depthwise_3x3_dsp(input, records, plane, output, shape, th_plane_2_line, th_plane_2_rounded);
        }
        input += shape->input_height * shape->input_width * shape->input_channels;
        output += shape->output_height * shape->output_width * shape->output_channels;
    }
}

#endif
