/* Depthwise convolution for Cortex-M cores with the DSP extension, four channels of one output position at
 * once, straight from the image: no plane to fill, so that it pays where a plane has few outputs for its
 * inputs (strides, small images), and needs next to no scratch. Any kernel, stride, dilation and padding;
 * as many output channels as input channels, at least four.
 *
 * stream   32-bit words, a block per four channels; the last block is that of the last four channels,
 *          whether or not others are among them:
 *              4 words          initial accumulators, the bias with the zero point folded in
 *              1 word a tap     the four int8 weights of a tap, the kernel's rows one after the other
 *              1 word           1..12 is the shift n of the line form, 0 the two-rounding form
 *              8 or 12 words    line form: (M, C) for each channel; two roundings: (m, c, s); see
 *                               th_gemm_dsp.h
 *          engine/firmware/taps_packing.py packs it.
 * scratch  aligned to 4, filled here: a pointer per tap, then a pixel of the zero point, input_channels bytes
 * output   NHWC, saturated to int8; a narrower clamp follows in a call of th_clamp_int8_dsp. It may lie over
 *          the input if no position's outputs are written before its own and all later inputs were read.
 */
#ifndef TH_DEPTHWISE_TAPS_DSP_H
#define TH_DEPTHWISE_TAPS_DSP_H

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
} th_depthwise_taps_dsp_shape;

typedef const int8_t *th_tap;

typedef struct {
    const th_tap *end;   /* of the taps */
    int32_t first_taps;  /* 1..9: how many are left over when all are taken in nines */
    int32_t channels;
} th_taps_run;

/* taps r0, stream r1, sums r2..r5, channel r10; all instructions take 4 bytes */
#define TH_TAP                                                                                             \
    "ldr.w r6, [r0], #4\n ldr.w r7, [r1], #4\n ldr.w r6, [r6, r10]\n"                                      \
    "sxtb16 r9, r7\n sxtb16 r7, r7, ror #8\n sxtb16 r8, r6\n"                                              \
    "smlabb r2, r8, r9, r2\n smlatt r4, r8, r9, r4\n sxtb16 r6, r6, ror #8\n"                              \
    "smlabb r3, r6, r7, r3\n smlatt r5, r6, r7, r5\n"
#define TH_TAPS_ROUND_TWICE(sum)                                                                           \
    "ldm.w r1!, {r7, r8, r9}\n lsl.w " sum ", " sum ", #1\n smmulr " sum ", " sum ", r7\n"                 \
    "add " sum ", " sum ", " sum ", asr #31\n add " sum ", " sum ", r8\n asr.w " sum ", " sum ", r9\n"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */

/* All channels of one position.
 * Stack: 0 taps, 4 their end, 8 the last block's channel; entry r12, output lr. */
TH_NAKED static void th_depthwise_position(const th_tap *taps, const th_word *stream, int8_t *output,
                                           const th_taps_run *run)
{
    __asm__("push {r4-r11, lr}\n ldm r3, {r4, r5, r6}\n"
            "rsb r5, r5, #9\n movs r7, #44\n mul r5, r5, r7\n"
            "adr.w r12, 2f\n add r12, r12, r5\n orr r12, r12, #1\n"
            "subs r6, r6, #4\n push {r0, r4, r6}\n mov lr, r2\n mov.w r10, #0\n"
            "1: ldm.w r1!, {r2, r3, r4, r5}\n ldr r0, [sp]\n bx r12\n .balign 4\n"
            "2:" TH_TAP TH_TAP TH_TAP TH_TAP TH_TAP TH_TAP TH_TAP TH_TAP TH_TAP
            "ldr r6, [sp, #4]\n cmp r0, r6\n bne.w 2b\n"
            "ldr.w r6, [r1], #4\n cmp r6, #0\n beq.w 4f\n"
            "ldm.w r1!, {r7, r8, r9, r11}\n smmla r2, r2, r7, r8\n smmla r3, r3, r9, r11\n"
            "ldm.w r1!, {r7, r8, r9, r11}\n smmla r4, r4, r7, r8\n smmla r5, r5, r9, r11\n"
            "asr.w r2, r2, r6\n asr.w r3, r3, r6\n asr.w r4, r4, r6\n asr.w r5, r5, r6\n"
            "6: ssat r2, #8, r2\n ssat r3, #8, r3\n ssat r4, #8, r4\n ssat r5, #8, r5\n"
            "add.w r7, lr, r10\n strb r2, [r7]\n strb r3, [r7, #1]\n strb r4, [r7, #2]\n strb r5, [r7, #3]\n"
            "ldr r6, [sp, #8]\n cmp r10, r6\n beq.w 5f\n"
            "add.w r10, r10, #4\n cmp r10, r6\n it gt\n movgt r10, r6\n b.w 1b\n"
            "4:" TH_TAPS_ROUND_TWICE("r2") TH_TAPS_ROUND_TWICE("r3") TH_TAPS_ROUND_TWICE("r4")
            TH_TAPS_ROUND_TWICE("r5") "b.w 6b\n"
            "5: add sp, #12\n pop {r4-r11, pc}\n");
}

#pragma GCC diagnostic pop

/* Whether a window that begins at `start` lies in an image of this size. */
TH_KERNEL int32_t th_window_inside(int32_t start, int32_t kernel, int32_t dilation, int32_t size)
{
    return start >= 0 && start + (kernel - 1) * dilation < size;
}

/* One image. */
static TH_SHARED void th_depthwise_taps_image(const int8_t *image, const th_word *stream, th_tap *taps,
                                              int8_t *output, const th_depthwise_taps_dsp_shape *shape)
{
    const th_depthwise_taps_dsp_shape s = *shape;
    const int32_t channels = s.input_channels, count = s.kernel_height * s.kernel_width;
    const int8_t *const zeros = (const int8_t *)(taps + count);
    const th_taps_run run = {taps + count, (count - 1) % 9 + 1, channels};
    for (int32_t out_y = 0; out_y < s.output_height; ++out_y) {
        const int32_t top = out_y * s.stride_height - s.pad_top;
        const int32_t rows_inside = th_window_inside(top, s.kernel_height, s.dilation_height, s.input_height);
        int32_t was_inside = 0;
        for (int32_t out_x = 0; out_x < s.output_width; ++out_x) {
            const int32_t left = out_x * s.stride_width - s.pad_left;
            const int32_t inside =
                rows_inside && th_window_inside(left, s.kernel_width, s.dilation_width, s.input_width);
            th_tap *tap = taps;
            if (inside && was_inside) {
                for (int32_t n = count; n > 0; --n) {
                    *tap++ += s.stride_width * channels;
                }
            } else {
                for (int32_t ky = 0, y = top; ky < s.kernel_height; ++ky, y += s.dilation_height) {
                    for (int32_t kx = 0, x = left; kx < s.kernel_width; ++kx, x += s.dilation_width) {
                        int32_t seen = (uint32_t)y < (uint32_t)s.input_height
                                       && (uint32_t)x < (uint32_t)s.input_width;
                        *tap++ = seen ? image + (y * s.input_width + x) * channels : zeros;
                    }
                }
            }
            was_inside = inside;
            th_depthwise_position(taps, stream, output, &run);
            output += channels;
        }
    }
}

TH_KERNEL void th_depthwise_taps_int8_dsp(const int8_t *input, const int32_t *stream, void *scratch,
                                          int8_t *output, const th_depthwise_taps_dsp_shape *shape)
{
    th_tap *taps = (th_tap *)scratch;
    th_fill(taps + shape->kernel_height * shape->kernel_width, shape->input_zero_point,
            (uint32_t)shape->input_channels);
    for (int32_t batch = 0; batch < shape->batches; ++batch) {
        th_depthwise_taps_image(input, (const th_word *)stream, taps, output, shape);
        input += shape->input_height * shape->input_width * shape->input_channels;
        output += shape->output_height * shape->output_width * shape->output_channels;
    }
}

#endif
