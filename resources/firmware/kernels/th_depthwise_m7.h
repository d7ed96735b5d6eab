/* Depthwise convolution of th_depthwise_dsp.h in the order that suits the Cortex-M7 (th_gemm_m7.h says why):
 * constants, scratch and results are the same, 3x3 kernels run in functions of their own.
 */
#ifndef TH_DEPTHWISE_M7_H
#define TH_DEPTHWISE_M7_H

#include "th_depthwise_dsp.h"

/* The words of a row of the kernel are loaded while the row before is multiplied. `load` and `load_more` read the
 * first and the second word of the next row, nothing behind the last one. */
#define TH_LOAD_1(row) "ldr.w r12, [" row "]\n"
#define TH_LOAD_MORE_1(row) "ldr.w lr, [" row ", #4]!\n"
#define TH_TAPS_1_M7(a, b, load, load_more)                                                                \
    "smlad r10, r12, " a ", r10\n smlatb r11, r12, " a ", r11\n" load                                      \
    "smlabt r10, lr, " b ", r10\n smlad r11, lr, " b ", r11\n" load_more
#define TH_KERNEL_1_M7                                                                                     \
    TH_LOAD_1("r0") TH_LOAD_MORE_1("r0") TH_TAPS_1_M7("r4", "r5", TH_LOAD_1("r1"), TH_LOAD_MORE_1("r1"))   \
    TH_TAPS_1_M7("r6", "r7", TH_LOAD_1("r2"), TH_LOAD_MORE_1("r2")) TH_TAPS_1_M7("r8", "r9", "", "")

#define TH_LOAD_2(row) "ldr.w r12, [" row "]\n"
#define TH_LOAD_MORE_2(row) "ldr.w lr, [" row ", #4]\n"
#define TH_LOAD_LAST_2(row) "ldr.w r9, [" row ", #8]!\n"
#define TH_TAPS_2_M7(a, b, half, load, load_more, load_last)                                               \
    "smlad r10, r12, " a ", r10\n" load "smlad r11, lr, " a ", r11\n"                                      \
    "smlab" half " r10, lr, " b ", r10\n" load_more "smlab" half " r11, r9, " b ", r11\n" load_last
#define TH_ROW_2_M7(a, b, half, next)                                                                      \
    TH_TAPS_2_M7(a, b, half, TH_LOAD_2(next), TH_LOAD_MORE_2(next), TH_LOAD_LAST_2(next))
#define TH_KERNEL_2_M7                                                                                     \
    TH_LOAD_2("r0") TH_LOAD_MORE_2("r0") TH_LOAD_LAST_2("r0")                                              \
    TH_ROW_2_M7("r4", "r7", "b", "r1") TH_ROW_2_M7("r5", "r7", "t", "r2")                                  \
    TH_TAPS_2_M7("r6", "r8", "b", "", "", "")

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */

TH_NAKED static void th_plane_1_line_m7(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_1_M7, TH_KERNEL_1(TH_TAPS_1_SINGLE), TH_LINE_PAIR, TH_LINE_SINGLE));
}

TH_NAKED static void th_plane_1_rounded_m7(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_1_M7, TH_KERNEL_1(TH_TAPS_1_SINGLE), TH_ROUNDED_PAIR, TH_ROUNDED_SINGLE));
}

TH_NAKED static void th_plane_2_line_m7(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_2_M7, TH_KERNEL_2(TH_TAPS_2_SINGLE), TH_LINE_PAIR, TH_LINE_SINGLE));
}

TH_NAKED static void th_plane_2_rounded_m7(const th_plane_run *run)
{
    __asm__(TH_PLANE(TH_KERNEL_2_M7, TH_KERNEL_2(TH_TAPS_2_SINGLE), TH_ROUNDED_PAIR, TH_ROUNDED_SINGLE));
}

#pragma GCC diagnostic pop

TH_KERNEL void th_depthwise_int8_m7(const int8_t *input, const int8_t *records, void *scratch, int8_t *output,
                                    const th_depthwise_dsp_shape *shape)
{
    th_half *plane = (th_half *)scratch;
    th_fill_border(plane, shape);
    for (int32_t batch = 0; batch < shape->batches; ++batch) {
        if (!shape->by_3x3) {
            th_depthwise_any_dsp(input, records, plane, output, shape);
        } else if (shape->stride_width == 1) {
            th_depthwise_3x3_dsp(input, records, plane, output, shape, th_plane_1_line_m7,
                                 th_plane_1_rounded_m7);
        } else {
            th_depthwise_3x3_dsp(input, records, plane, output, shape, th_plane_2_line_m7,
                                 th_plane_2_rounded_m7);
        }
        input += shape->input_height * shape->input_width * shape->input_channels;
        output += shape->output_height * shape->output_width * shape->output_channels;
    }
}

#endif
