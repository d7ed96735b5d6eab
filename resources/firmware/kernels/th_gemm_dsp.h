/* Matrix kernels for Cortex-M cores with the DSP extension (Cortex-M4, M7): four output channels at once
 * for one or two columns of activations. Convolutions and fully connected layers are built on them.
 *
 * Column. `depth` activations of one output position, depth a multiple of 4, widened to 16 bits: for each
 * four of them, x0..x3, the words (x0 | x2 << 16) and (x1 | x3 << 16), called a pair each. Two columns
 * are interleaved word by word: pair 0 of the first, pair 0 of the second, pair 1 of the first, ...
 * Who fills it: th_widen_column and th_widen_columns below. Activations are raw quanta; the zero point
 * is folded into the initial accumulators.
 *
 * Stream. All constants of a layer in the order in which they are read, 32-bit words, one block per four
 * output channels a, b, c, d (zero weights fill up the last block):
 *
 *     initial accumulators    4 words; for 8-bit weights A, 256 B + A, C, 256 D + C of the biases A..D
 *     weights, 8 bits         depth / 2 pairs of 2 words; each half of a word is 256 * w_b + w_a (then
 *                             256 * w_d + w_c) for the two activations of the pair
 *     weights, 16 bits        depth / 2 pairs of 4 words, (w | w' << 16) of a, b, c, d
 *     form                    1 word: 1..12 is the shift n of the line form, 0 the two-rounding form
 *                             (16-bit weights: those of a line may carry a power of two); -(n + 256 k) is
 *                             the line form before k blocks whose results never change
 *     constants               line form: (M, C) for a, b, c, d; two roundings: (m, c, s) for a, b, c, d
 *     results                 k words, the four bytes of each block that never changes; such blocks have
 *                             nothing else
 *
 * Two weights in one half word. With h = 256 w_b + w_a, SMLAD by the word as it stands adds up
 * sum(x h) = 256 acc_b + acc_a; SXTB16 leaves w_a and gives acc_a, and a subtraction at the end leaves
 * 256 acc_b. One SXTB16 thus serves four weights. Range: no w_b of -128 beside a negative w_a, and
 * |256 acc_b + acc_a| < 2^31; engine/firmware/packing.py checks both from the weights and takes 16-bit
 * weights where they do not hold.
 *
 * Requantisation. Line form: saturate8((acc * M >> 32) + C >> n), proven equal to TFLite Micro's two
 * roundings for every accumulator that the layer's weights allow (packing.py). Two-rounding form:
 * h = SMMULR(2 acc, m), saturate8(h + (h >> 31) + c >> s) with c = 2^(s-1) + (zero point << s);
 * |acc| < 2^30, s in 1..31, |h + c| < 2^31. The accumulators that carry a factor 256 get M for it.
 *
 * The functions are plain assembly, naked, so that no compiler's choice of a frame pointer matters. They
 * follow the AAPCS, need columns and stream aligned to 4, write outputs at any address (unaligned words
 * for blocks that never change), and leave nothing but those and their results changed.
 */
#ifndef TH_GEMM_DSP_H
#define TH_GEMM_DSP_H

#include "th_types.h"

/* TH_NAKED: a function in assembly alone. GCC may not reason from its empty looking body which registers a
 * call keeps. TH_SHARED: a function that all layers share at run time, not copied for each layer's
 * constants. */
#if defined(__clang__)
#define TH_NAKED __attribute__((naked, noinline, unused))
#define TH_SHARED __attribute__((noinline, unused))
#else
#define TH_NAKED __attribute__((naked, noipa, unused))
#define TH_SHARED __attribute__((noinline, noclone, unused))
#endif

/* Words and halves of scratch that is also seen as other types. */
typedef int32_t __attribute__((may_alias)) th_word;
typedef int16_t __attribute__((may_alias)) th_half;

/* Saturation of the four (or eight) accumulators for a shift n; `label` is where all go on. */
#define TH_SATURATE_4(n)                                                                                   \
    "ssat r2, #8, r2, asr #" #n "\n ssat r3, #8, r3, asr #" #n "\n"                                        \
    "ssat r4, #8, r4, asr #" #n "\n ssat r5, #8, r5, asr #" #n "\n"
#define TH_SATURATE_8(n)                                                                                   \
    TH_SATURATE_4(n)                                                                                       \
    "ssat r6, #8, r6, asr #" #n "\n ssat r7, #8, r7, asr #" #n "\n"                                        \
    "ssat r8, #8, r8, asr #" #n "\n ssat r9, #8, r9, asr #" #n "\n"

/* Jumps to the saturation for the shift in r0 (1..12), which goes on at label 6. */
#define TH_SATURATE_BY_R0(saturate)                                                                        \
    "tbb [pc, r0]\n"                                                                                       \
    "50: .byte 0, (51f-50b)/2, (52f-50b)/2, (53f-50b)/2, (54f-50b)/2, (55f-50b)/2, (56f-50b)/2\n"          \
    ".byte (57f-50b)/2, (58f-50b)/2, (59f-50b)/2, (60f-50b)/2, (61f-50b)/2, (62f-50b)/2, 0\n"              \
    "51:" saturate(1) "b.w 6f\n 52:" saturate(2) "b.w 6f\n 53:" saturate(3) "b.w 6f\n"                     \
    "54:" saturate(4) "b.w 6f\n 55:" saturate(5) "b.w 6f\n 56:" saturate(6) "b.w 6f\n"                     \
    "57:" saturate(7) "b.w 6f\n 58:" saturate(8) "b.w 6f\n 59:" saturate(9) "b.w 6f\n"                     \
    "60:" saturate(10) "b.w 6f\n 61:" saturate(11) "b.w 6f\n 62:" saturate(12)

/* Two roundings of one accumulator that already carries a factor 2; constants in r10, r11, r12. */
#define TH_ROUND_TWICE(acc)                                                                                \
    "smmulr " acc ", " acc ", r10\n add " acc ", " acc ", " acc ", asr #31\n add " acc ", " acc ", r11\n"  \
    "asr " acc ", " acc ", r12\n ssat " acc ", #8, " acc "\n"

/* Two columns: accumulators of the first in r2..r5, of the second in r6..r9; columns r0, stream r1,
 * pairs r10 (first) and r11 (second), weights r12 and lr. */
#define TH_PAIR_8_2                                                                                        \
    "ldrd r10, r11, [r0], #8\n ldrd r12, lr, [r1], #8\n"                                                   \
    "smlad r3, r10, r12, r3\n smlad r7, r11, r12, r7\n smlad r5, r10, lr, r5\n smlad r9, r11, lr, r9\n"    \
    "sxtb16 r12, r12\n sxtb16 lr, lr\n"                                                                    \
    "smlad r2, r10, r12, r2\n smlad r6, r11, r12, r6\n smlad r4, r10, lr, r4\n smlad r8, r11, lr, r8\n"
#define TH_PAIR_16_2                                                                                       \
    "ldrd r10, r11, [r0], #8\n ldrd r12, lr, [r1], #8\n"                                                   \
    "smlad r2, r10, r12, r2\n smlad r6, r11, r12, r6\n smlad r3, r10, lr, r3\n smlad r7, r11, lr, r7\n"    \
    "ldrd r12, lr, [r1], #8\n"                                                                             \
    "smlad r4, r10, r12, r4\n smlad r8, r11, r12, r8\n smlad r5, r10, lr, r5\n smlad r9, r11, lr, r9\n"
#define TH_SPLIT_2 "sub r3, r3, r2\n sub r7, r7, r6\n sub r5, r5, r4\n sub r9, r9, r8\n"
#define TH_SPLIT_NONE ""

/* One column: accumulators r2..r5, two pairs in r6 and r7, their weights in r8..r11. */
#define TH_PAIRS_8_1                                                                                       \
    "ldrd r6, r7, [r0], #8\n ldm.w r1!, {r8, r9, r10, r11}\n"                                              \
    "smlad r3, r6, r8, r3\n smlad r5, r6, r9, r5\n smlad r3, r7, r10, r3\n smlad r5, r7, r11, r5\n"        \
    "sxtb16 r8, r8\n sxtb16 r9, r9\n sxtb16 r10, r10\n sxtb16 r11, r11\n"                          \
    "smlad r2, r6, r8, r2\n smlad r4, r6, r9, r4\n smlad r2, r7, r10, r2\n smlad r4, r7, r11, r4\n"
#define TH_PAIRS_16_1                                                                                      \
    "ldrd r6, r7, [r0], #8\n ldm.w r1!, {r8, r9, r10, r11}\n"                                              \
    "smlad r2, r6, r8, r2\n smlad r3, r6, r9, r3\n smlad r4, r6, r10, r4\n smlad r5, r6, r11, r5\n"        \
    "ldm.w r1!, {r8, r9, r10, r11}\n"                                                                      \
    "smlad r2, r7, r8, r2\n smlad r3, r7, r9, r3\n smlad r4, r7, r10, r4\n smlad r5, r7, r11, r5\n"
#define TH_SPLIT_1 "sub r3, r3, r2\n sub r5, r5, r4\n"

/* Sixteen pairs a turn. The first turn enters where the remainder of the division by sixteen begins: the
 * pairs left over, times their bytes of code, behind label 2. All instructions there take 4 bytes. Forms
 * below zero are rare and leave by label 7.
 * Stack: 0 columns, 4 first output, 8 second output, 12 entry, 16 constant blocks, 24..59 saved registers,
 * 60 end of columns, 64 end of stream. */
#define TH_GEMM_2(pair, times_entry, split, odd_to_double)                                                 \
    "push {r4-r11, lr}\n"                                                                                  \
    "ldr r4, [sp, #36]\n sub r4, r0, r4\n and r4, r4, #120\n" times_entry                                  \
    "adr.w r5, 2f\n add r5, r5, r4\n orr r5, r5, #1\n"                                                     \
    "sub sp, #8\n push {r0, r2, r3, r5}\n"                                                                 \
    "1: ldm.w r1, {r2, r3, r4, r5}\n ldm.w r1!, {r6, r7, r8, r9}\n ldr r0, [sp]\n ldr.w pc, [sp, #12]\n"   \
    ".balign 4\n"                                                                                          \
    "2:" pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair                   \
    "ldr.w r10, [sp, #60]\n cmp r0, r10\n bne.w 2b\n" split                                                \
    "ldr r0, [r1], #4\n cmp r0, #0\n ble.w 4f\n" TH_LINES_2                                                \
    TH_SATURATE_BY_R0(TH_SATURATE_8)                                                                       \
    "6: ldrd r10, r11, [sp, #4]\n" TH_STORE_2 "strd r10, r11, [sp, #4]\n"                                  \
    "5: ldr.w r12, [sp, #64]\n cmp r1, r12\n bne.w 1b\n"                                                   \
    "mov r0, r1\n add sp, #24\n pop {r4-r11, pc}\n" TH_RARE_2(odd_to_double)

/* Two roundings, and a line before blocks that never change. */
#define TH_RARE_2(odd_to_double)                                                                           \
    "4: bmi.w 7f\n lsls r2, r2, #1\n lsls r6, r6, #1\n lsls r4, r4, #1\n lsl r8, r8, #1\n"                 \
    odd_to_double("r3") odd_to_double("r7") odd_to_double("r5") odd_to_double("r9")                        \
    "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r2") TH_ROUND_TWICE("r6")                               \
    "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r3") TH_ROUND_TWICE("r7")                               \
    "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r4") TH_ROUND_TWICE("r8")                               \
    "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r5") TH_ROUND_TWICE("r9")                               \
    "b.w 6b\n"                                                                                             \
    "7: rsbs r0, r0, #0\n lsr r10, r0, #8\n str r10, [sp, #16]\n and r0, r0, #15\n" TH_LINES_2             \
    TH_SHIFT_4("r2", "r3", "r4", "r5") TH_SHIFT_4("r6", "r7", "r8", "r9")                                  \
    "ldrd r10, r11, [sp, #4]\n" TH_STORE_2 "ldr r12, [sp, #16]\n"                                          \
    "8: ldr r2, [r1], #4\n str r2, [r10], #4\n str r2, [r11], #4\n subs r12, r12, #1\n bne.n 8b\n"         \
    "strd r10, r11, [sp, #4]\n b.w 5b\n"

#define TH_LINES_2                                                                                         \
    "ldm.w r1!, {r10, r11, r12, lr}\n"                                                                     \
    "smmla r2, r2, r10, r11\n smmla r6, r6, r10, r11\n smmla r3, r3, r12, lr\n smmla r7, r7, r12, lr\n"    \
    "ldm.w r1!, {r10, r11, r12, lr}\n"                                                                     \
    "smmla r4, r4, r10, r11\n smmla r8, r8, r10, r11\n smmla r5, r5, r12, lr\n smmla r9, r9, r12, lr\n"
#define TH_STORE_2                                                                                         \
    "strb r2, [r10], #1\n strb r6, [r11], #1\n strb r3, [r10], #1\n strb r7, [r11], #1\n"                  \
    "strb r4, [r10], #1\n strb r8, [r11], #1\n strb r5, [r10], #1\n strb r9, [r11], #1\n"

/* Shift by r0 and saturation, for the blocks that do not go through TH_SATURATE_BY_R0. */
#define TH_SHIFT_4(a, b, c, d)                                                                             \
    "asr " a ", " a ", r0\n asr " b ", " b ", r0\n asr " c ", " c ", r0\n asr " d ", " d ", r0\n"          \
    "ssat " a ", #8, " a "\n ssat " b ", #8, " b "\n ssat " c ", #8, " c "\n ssat " d ", #8, " d "\n"

/* One column. Stack: 0 columns, 4 entry, 8..43 saved registers, 44 end of stream (an argument);
 * r12 end of columns, lr output. */
#define TH_GEMM_1(pairs, times_entry, split, odd_to_double)                                                \
    "push {r4-r11, lr}\n"                                                                                  \
    "mov r12, r3\n mov lr, r2\n sub r4, r0, r3\n and r4, r4, #56\n" times_entry                            \
    "adr.w r5, 2f\n add r5, r5, r4\n orr r5, r5, #1\n"                                                     \
    "push {r0, r5}\n"                                                                                      \
    "1: ldm.w r1!, {r2, r3, r4, r5}\n ldr r0, [sp]\n ldr.w pc, [sp, #4]\n"                                 \
    ".balign 4\n"                                                                                          \
    "2:" pairs pairs pairs pairs pairs pairs pairs pairs                                                   \
    "cmp r0, r12\n bne.w 2b\n" split                                                                       \
    "ldr r0, [r1], #4\n cmp r0, #0\n ble.w 4f\n" TH_LINES_1                                                \
    TH_SATURATE_BY_R0(TH_SATURATE_4)                                                                       \
    "6:" TH_STORE_1                                                                                        \
    "5: ldr r6, [sp, #44]\n cmp r1, r6\n bne.w 1b\n"                                                       \
    "mov r0, r1\n add sp, #8\n pop {r4-r11, pc}\n" TH_RARE_1(odd_to_double)

#define TH_RARE_1(odd_to_double)                                                                           \
    "4: bmi.w 7f\n push {r12}\n lsls r2, r2, #1\n lsls r4, r4, #1\n"                                       \
    odd_to_double("r3") odd_to_double("r5")                                                                \
    "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r2") "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r3") \
    "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r4") "ldm.w r1!, {r10, r11, r12}\n" TH_ROUND_TWICE("r5") \
    "pop {r12}\n b.w 6b\n"                                                                                 \
    "7: rsbs r0, r0, #0\n lsr r10, r0, #8\n and r0, r0, #15\n" TH_LINES_1                                  \
    TH_SHIFT_4("r2", "r3", "r4", "r5") TH_STORE_1                                                          \
    "8: ldr r2, [r1], #4\n str r2, [lr], #4\n subs r10, r10, #1\n bne.n 8b\n b.w 5b\n"

#define TH_LINES_1                                                                                         \
    "ldm.w r1!, {r6, r7, r8, r9}\n smmla r2, r2, r6, r7\n smmla r3, r3, r8, r9\n"                          \
    "ldm.w r1!, {r6, r7, r8, r9}\n smmla r4, r4, r6, r7\n smmla r5, r5, r8, r9\n"
#define TH_STORE_1 "strb r2, [lr], #1\n strb r3, [lr], #1\n strb r4, [lr], #1\n strb r5, [lr], #1\n"

#define TH_TWICE(acc) "lsl.w " acc ", " acc ", #1\n"
#define TH_TWICE_OF_256(acc) "asr.w " acc ", " acc ", #7\n"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */

/* Four output channels a block for two columns, from `stream` to `stream_end`. Returns the stream's
 * position behind the last block.
 *
 * columns .. columns_end  two interleaved columns, 4 * depth bytes
 * output0, output1        the channels of the first and of the second position, one byte each
 */
TH_NAKED static const int32_t *th_gemm_8_2(const int32_t *columns, const int32_t *stream, int8_t *output0,
                                           int8_t *output1, const int32_t *columns_end,
                                           const int32_t *stream_end)
{
    /* 12 instructions a pair: 48 bytes of code for 8 of column */
    __asm__(TH_GEMM_2(TH_PAIR_8_2, "add r4, r4, r4, lsl #1\n lsls r4, r4, #1\n", TH_SPLIT_2, TH_TWICE_OF_256));
}

/* The same with 16-bit weights. */
TH_NAKED static const int32_t *th_gemm_16_2(const int32_t *columns, const int32_t *stream, int8_t *output0,
                                            int8_t *output1, const int32_t *columns_end,
                                            const int32_t *stream_end)
{
    /* 11 instructions a pair: 44 bytes of code for 8 of column, 5.5 times */
    __asm__(TH_GEMM_2(TH_PAIR_16_2, "add r5, r4, r4, lsl #2\n add r4, r5, r4, lsr #1\n", TH_SPLIT_NONE,
                      TH_TWICE));
}

/* Four output channels a block for one column of 2 * depth bytes, from `stream` to `stream_end`. */
TH_NAKED static const int32_t *th_gemm_8_1(const int32_t *column, const int32_t *stream, int8_t *output,
                                           const int32_t *column_end, const int32_t *stream_end)
{
    /* 14 instructions for two pairs: 56 bytes of code for 8 of column */
    __asm__(TH_GEMM_1(TH_PAIRS_8_1, "rsb r4, r4, r4, lsl #3\n", TH_SPLIT_1, TH_TWICE_OF_256));
}

/* The same with 16-bit weights. */
TH_NAKED static const int32_t *th_gemm_16_1(const int32_t *column, const int32_t *stream, int8_t *output,
                                            const int32_t *column_end, const int32_t *stream_end)
{
    /* 11 instructions for two pairs: 44 bytes of code for 8 of column */
    __asm__(TH_GEMM_1(TH_PAIRS_16_1, "add r5, r4, r4, lsl #2\n add r4, r5, r4, lsr #1\n", TH_SPLIT_NONE,
                      TH_TWICE));
}

#pragma GCC diagnostic pop

/* Four activations of two positions, from any addresses, into interleaved columns. */
#define TH_WIDEN_FOUR                                                                                      \
    "ldr %[a], [%[first]], #4\n ldr %[b], [%[second]], #4\n"                                               \
    "sxtb16 %[c], %[a]\n sxtb16 %[d], %[b]\n strd %[c], %[d], [%[columns]], #8\n"                          \
    "sxtb16 %[c], %[a], ror #8\n sxtb16 %[d], %[b], ror #8\n strd %[c], %[d], [%[columns]], #8\n"

/* Four bytes from any address. */
TH_KERNEL int32_t th_load_word(const int8_t *from)
{
    int32_t word;
    th_copy(&word, from, 4);
    return word;
}

/* Bytes 0 and 2, or 1 and 3, of a word as two 16-bit numbers. */
TH_KERNEL int32_t th_even_bytes(int32_t word)
{
    int32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

TH_KERNEL int32_t th_odd_bytes(int32_t word)
{
    int32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

/* Widens `count` activations (rounded up to a multiple of 4) into one column; returns its end. */
TH_KERNEL int32_t *th_widen_column(int32_t *column, const int8_t *from, int32_t count)
{
    const int8_t *end = from + count;
    do {
        int32_t word = th_load_word(from);
        from += 4;
        column[0] = th_even_bytes(word);
        column[1] = th_odd_bytes(word);
        column += 2;
    } while (from < end);
    return column;
}

/* Widens `count` activations (rounded up to a multiple of 4) of two positions into interleaved columns. */
TH_KERNEL int32_t *th_widen_columns(int32_t *columns, const int8_t *first, const int8_t *second, int32_t count)
{
    const int32_t *end = columns + ((count + 3) & ~3);
    int32_t a, b, c, d;
    if (((count + 3) & 4) != 0) {
        __asm__ volatile(TH_WIDEN_FOUR
                         : [columns] "+&r"(columns), [first] "+&r"(first), [second] "+&r"(second), [a] "=&r"(a),
                           [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
                         :
                         : "memory");
    }
    while (columns != end) {
        __asm__ volatile(TH_WIDEN_FOUR TH_WIDEN_FOUR
                         : [columns] "+&r"(columns), [first] "+&r"(first), [second] "+&r"(second), [a] "=&r"(a),
                           [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
                         :
                         : "memory");
    }
    return columns;
}

#endif
