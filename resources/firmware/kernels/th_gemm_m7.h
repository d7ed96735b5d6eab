/* Matrix kernels of th_gemm_dsp.h in the order that suits the Cortex-M7: columns, stream, results and calls are
 * the same.
 *
 * The core issues two instructions a cycle if one of them is a load and the other a multiplication, and a loaded
 * register is ready two cycles later. So every load stands behind the multiplication that frees its register, and
 * the first words of the next pair are read during this one: 10 cycles a pair of two columns with 8-bit weights
 * and 8 with 16-bit ones, each multiplication a cycle, if loads and multiplications pair as hoped
 * (engine/virtual_board/timing.py says what is assumed).
 *
 * Up to 8 bytes behind a column's end are read, and not used.
 */
#ifndef TH_GEMM_M7_H
#define TH_GEMM_M7_H

#include "th_gemm_dsp.h"

/* Registers as in th_gemm_dsp.h; a pair begins with its columns and its first word of weights loaded. All
 * instructions take 4 bytes: 60 and 64 bytes of code for 8 of column. */
#define TH_FIRST_2_M7 "ldr.w r10, [r0], #4\n ldr.w r12, [r1], #4\n ldr.w r11, [r0], #4\n"
#define TH_PAIR_8_2_M7                                                                                     \
    "smlad r3, r10, r12, r3\n ldr.w lr, [r1], #4\n smlad r7, r11, r12, r7\n add.w r0, r0, #8\n"            \
    "sxtb16 r12, r12\n smlad r2, r10, r12, r2\n smlad r6, r11, r12, r6\n ldr.w r12, [r1], #4\n"            \
    "smlad r5, r10, lr, r5\n smlad r9, r11, lr, r9\n sxtb16 lr, lr\n"                                      \
    "smlad r4, r10, lr, r4\n ldr r10, [r0, #-8]\n smlad r8, r11, lr, r8\n ldr r11, [r0, #-4]\n"
#define TH_PAIR_16_2_M7                                                                                    \
    "smlad r2, r10, r12, r2\n ldr.w lr, [r1]\n smlad r6, r11, r12, r6\n ldr.w r12, [r1, #4]\n"             \
    "smlad r3, r10, lr, r3\n add.w r1, r1, #16\n smlad r7, r11, lr, r7\n ldr lr, [r1, #-8]\n"            \
    "smlad r4, r10, r12, r4\n add.w r0, r0, #8\n smlad r8, r11, r12, r8\n ldr r12, [r1, #-4]\n"          \
    "smlad r5, r10, lr, r5\n ldr r10, [r0, #-8]\n smlad r9, r11, lr, r9\n ldr r11, [r0, #-4]\n"

/* Two pairs of one column: 72 and 56 bytes of code for 8 of column. */
#define TH_FIRST_8_1_M7 "ldr.w r6, [r0], #4\n ldr.w r8, [r1], #4\n"
#define TH_PAIRS_8_1_M7                                                                                    \
    "smlad r3, r6, r8, r3\n ldr.w r9, [r1], #4\n sxtb16 r8, r8\n ldr.w r7, [r0], #4\n"                     \
    "smlad r2, r6, r8, r2\n ldr.w r10, [r1], #4\n smlad r5, r6, r9, r5\n"                                  \
    "sxtb16 r9, r9\n ldr.w r11, [r1], #4\n smlad r4, r6, r9, r4\n ldr.w r6, [r0], #4\n"                   \
    "smlad r3, r7, r10, r3\n ldr.w r8, [r1], #4\n sxtb16 r10, r10\n smlad r2, r7, r10, r2\n"               \
    "smlad r5, r7, r11, r5\n sxtb16 r11, r11\n smlad r4, r7, r11, r4\n"
#define TH_FIRST_16_1_M7 "ldr.w r6, [r0], #4\n ldrd r8, r9, [r1], #8\n"
#define TH_PAIRS_16_1_M7                                                                                   \
    "smlad r2, r6, r8, r2\n ldrd r10, r11, [r1], #8\n smlad r3, r6, r9, r3\n ldr.w r7, [r0], #4\n"         \
    "smlad r4, r6, r10, r4\n ldrd r8, r9, [r1], #8\n smlad r5, r6, r11, r5\n ldr.w r6, [r0], #4\n"         \
    "smlad r2, r7, r8, r2\n ldrd r10, r11, [r1], #8\n smlad r3, r7, r9, r3\n"                              \
    "smlad r4, r7, r10, r4\n ldrd r8, r9, [r1], #8\n smlad r5, r7, r11, r5\n"

/* As TH_GEMM_2, with the same places on the stack. */
#define TH_GEMM_2_M7(pair, times_entry, split, odd_to_double)                                                           \
    "push {r4-r11, lr}\n"                                                                                  \
    "ldr r4, [sp, #36]\n sub r4, r0, r4\n and r4, r4, #120\n" times_entry                                   \
    "adr.w r5, 2f\n add r5, r5, r4\n orr r5, r5, #1\n"                                                     \
    "sub sp, #8\n push {r0, r2, r3, r5}\n"                                                                 \
    "1: ldm.w r1, {r2, r3, r4, r5}\n ldm.w r1!, {r6, r7, r8, r9}\n ldr r0, [sp]\n" TH_FIRST_2_M7           \
    "ldr.w pc, [sp, #12]\n"                                                                                \
    ".balign 4\n"                                                                                          \
    "2:" pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair                   \
    "ldr.w r10, [sp, #60]\n sub r0, r0, #8\n sub r1, r1, #4\n cmp r0, r10\n beq.w 3f\n" TH_FIRST_2_M7      \
    "b.w 2b\n 3:" split                                                                                    \
    "ldr r0, [r1], #4\n cmp r0, #0\n ble.w 4f\n" TH_LINES_2                                                \
    TH_SATURATE_BY_R0(TH_SATURATE_8)                                                                       \
    "6: ldrd r10, r11, [sp, #4]\n" TH_STORE_2 "strd r10, r11, [sp, #4]\n"                                  \
    "5: ldr.w r12, [sp, #64]\n cmp r1, r12\n bne.w 1b\n"                                                   \
    "mov r0, r1\n add sp, #24\n pop {r4-r11, pc}\n" TH_RARE_2(odd_to_double)

/* As TH_GEMM_1, with the same places on the stack. */
#define TH_GEMM_1_M7(first, pairs, ahead, times_entry, split, odd_to_double)                               \
    "push {r4-r11, lr}\n"                                                                                  \
    "mov r12, r3\n mov lr, r2\n sub r4, r0, r3\n and r4, r4, #56\n" times_entry                            \
    "adr.w r5, 2f\n add r5, r5, r4\n orr r5, r5, #1\n"                                                     \
    "push {r0, r5}\n"                                                                                      \
    "1: ldm.w r1!, {r2, r3, r4, r5}\n ldr r0, [sp]\n" first "ldr.w pc, [sp, #4]\n"                         \
    ".balign 4\n"                                                                                          \
    "2:" pairs pairs pairs pairs pairs pairs pairs pairs                                                   \
    "sub r0, r0, #4\n sub r1, r1, #" #ahead "\n cmp r0, r12\n beq.w 3f\n" first "b.w 2b\n 3:" split        \
    "ldr r0, [r1], #4\n cmp r0, #0\n ble.w 4f\n" TH_LINES_1                                                \
    TH_SATURATE_BY_R0(TH_SATURATE_4)                                                                       \
    "6:" TH_STORE_1                                                                                        \
    "5: ldr r6, [sp, #44]\n cmp r1, r6\n bne.w 1b\n"                                                       \
    "mov r0, r1\n add sp, #8\n pop {r4-r11, pc}\n" TH_RARE_1(odd_to_double)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */

TH_NAKED static const int32_t *th_gemm_8_2_m7(const int32_t *columns, const int32_t *stream, int8_t *output0,
                                              int8_t *output1, const int32_t *columns_end,
                                              const int32_t *stream_end)
{
    __asm__(TH_GEMM_2_M7(TH_PAIR_8_2_M7, "rsb r4, r4, r4, lsl #4\n lsrs r4, r4, #1\n", TH_SPLIT_2,
                         TH_TWICE_OF_256));
}

TH_NAKED static const int32_t *th_gemm_16_2_m7(const int32_t *columns, const int32_t *stream, int8_t *output0,
                                               int8_t *output1, const int32_t *columns_end,
                                               const int32_t *stream_end)
{
    __asm__(TH_GEMM_2_M7(TH_PAIR_16_2_M7, "lsls r4, r4, #3\n", TH_SPLIT_NONE, TH_TWICE));
}

TH_NAKED static const int32_t *th_gemm_8_1_m7(const int32_t *column, const int32_t *stream, int8_t *output,
                                              const int32_t *column_end, const int32_t *stream_end)
{
    __asm__(TH_GEMM_1_M7(TH_FIRST_8_1_M7, TH_PAIRS_8_1_M7, 4, "add r4, r4, r4, lsl #3\n", TH_SPLIT_1,
                         TH_TWICE_OF_256));
}

TH_NAKED static const int32_t *th_gemm_16_1_m7(const int32_t *column, const int32_t *stream, int8_t *output,
                                               const int32_t *column_end, const int32_t *stream_end)
{
    __asm__(TH_GEMM_1_M7(TH_FIRST_16_1_M7, TH_PAIRS_16_1_M7, 8, "rsb r4, r4, r4, lsl #3\n", TH_SPLIT_NONE,
                         TH_TWICE));
}

#pragma GCC diagnostic pop

#endif
