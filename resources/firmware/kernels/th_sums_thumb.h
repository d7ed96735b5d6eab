/* Sums of products for Cortex-M0 and M0+: two output channels at once, for one or two output positions.
 * These cores have a 32-bit multiplication without upper half, eight registers for arithmetic, and nothing
 * that works on halves of a word; convolutions and fully connected layers are built on these functions.
 *
 * Column, two positions. One word x + (x' << 16), as a sum, for each activation x of the first position and
 * x' of the second; an even number of words. Column, one position: the words x, or the activations themselves,
 * bytes at an even address. Activations are raw quanta.
 *
 * Stream. All weights of a layer, 32-bit words, one block for two output channels a, b (zeros fill up):
 *
 *     initial sums   4 words: A, B of channel a, A, B of channel b, see below
 *     weights        a word for two activations in turn: bytes a[0], a[1], b[0], b[1]
 *
 * Two products by one multiplication. S = w0 X0 + w1 X1 holds the sum s of the first position plus 2^16 s'.
 * Where |w0| + |w1| <= 255, which the generator checks, s lies in -2^15 .. 2^15 - 1, so that (S + 2^15) >> 16
 * is s'. A adds up all S modulo 2^32, B all s'; then sum' = B and sum = A - (B << 16) exactly. A begins as
 * bias + (bias << 16), B as the bias; for one position B alone begins the sum. The bias holds the zero point and
 * a correction (th_line_thumb.h). Channel a gets the 2^15 from the carry of the shift; channel b, whose B has no
 * register for that, adds it before, and its A begins 2^15 times the number of pairs lower.
 *
 * Cycles of a pair of activations, two channels: 24 for two positions, 19 for one, 22 if it is read as bytes.
 */
#ifndef TH_SUMS_THUMB_H
#define TH_SUMS_THUMB_H

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

typedef int32_t __attribute__((may_alias)) th_word;

/* What the functions keep beside their arguments. */
typedef struct {
    const void *column_end;
    uint32_t skip_pairs; /* of the eight in one turn, at the first turn: -pairs modulo 8 */
    int32_t blocks;      /* of two channels */
} th_sums_run;

/* column r0, stream r1, X0 r2, X1 r3, weights r4, product r5, r6; A r8, B r7 of channel a, A r10, B r11 of
 * channel b, 2^15 in r12, end of column lr. 21 instructions of 2 bytes. */
#define TH_THUMB_PAIR_2                                                                                    \
    "ldmia r0!, {r2, r3}\n ldmia r1!, {r4}\n"                                                              \
    "sxtb r5, r4\n muls r5, r2, r5\n lsls r6, r4, #16\n asrs r6, r6, #24\n muls r6, r3, r6\n"              \
    "adds r5, r5, r6\n add r8, r5\n asrs r5, r5, #16\n adcs r7, r5\n"                                      \
    "lsls r5, r4, #8\n asrs r5, r5, #24\n muls r5, r2, r5\n asrs r4, r4, #24\n muls r4, r3, r4\n"          \
    "adds r5, r5, r4\n add r5, r12\n add r10, r5\n asrs r5, r5, #16\n add r11, r5\n"

/* Sums in r7 and r11; 16 instructions of 2 bytes. */
#define TH_THUMB_PAIR_1                                                                                    \
    "ldmia r0!, {r2, r3}\n ldmia r1!, {r4}\n"                                                              \
    "sxtb r5, r4\n muls r5, r2, r5\n adds r7, r7, r5\n"                                                    \
    "lsls r5, r4, #16\n asrs r5, r5, #24\n muls r5, r3, r5\n adds r7, r7, r5\n"                            \
    "lsls r5, r4, #8\n asrs r5, r5, #24\n muls r5, r2, r5\n add r11, r5\n"                                 \
    "asrs r4, r4, #24\n muls r4, r3, r4\n add r11, r4\n"

/* The same from two bytes of activations; 20 instructions of 2 bytes. */
#define TH_THUMB_PAIR_BYTES                                                                                \
    "ldrh r3, [r0]\n adds r0, r0, #2\n ldmia r1!, {r4}\n sxtb r2, r3\n sxth r3, r3\n asrs r3, r3, #8\n"   \
    "sxtb r5, r4\n muls r5, r2, r5\n adds r7, r7, r5\n"                                                    \
    "lsls r5, r4, #16\n asrs r5, r5, #24\n muls r5, r3, r5\n adds r7, r7, r5\n"                            \
    "lsls r5, r4, #8\n asrs r5, r5, #24\n muls r5, r2, r5\n add r11, r5\n"                                 \
    "asrs r4, r4, #24\n muls r4, r3, r4\n add r11, r4\n"

/* Stack: 0 column, 4 entry, 8 blocks left, 12 sums, then r8, r10, r11 and r4..r7, lr. */
#define TH_THUMB_SUMS(pair, bytes, store)                                                                  \
    ".syntax unified\n"                                                                                    \
    "push {r4-r7, lr}\n mov r4, r8\n mov r5, r10\n mov r6, r11\n push {r4-r6}\n"                           \
    "ldmia r3!, {r4, r5, r6}\n mov lr, r4\n mov r7, r2\n"                                                  \
    "movs r2, #" #bytes "\n muls r5, r2, r5\n adr r2, 2f\n adds r5, r5, r2\n"                              \
    "push {r0, r5, r6, r7}\n movs r2, #128\n lsls r2, r2, #8\n mov r12, r2\n"                              \
    "1: ldmia r1!, {r2, r3, r4, r5}\n mov r8, r2\n movs r7, r3\n mov r10, r4\n mov r11, r5\n"              \
    "ldr r0, [sp]\n ldr r2, [sp, #4]\n mov pc, r2\n"                                                       \
    ".balign 4\n"                                                                                          \
    "2:" pair pair pair pair pair pair pair pair                                                           \
    "cmp r0, lr\n beq 3f\n b 2b\n"                                                                         \
    "3:" store                                                                                             \
    "ldr r2, [sp, #8]\n subs r2, r2, #1\n str r2, [sp, #8]\n beq 4f\n b 1b\n"                              \
    "4: add sp, #16\n mov r0, r1\n pop {r4-r6}\n mov r8, r4\n mov r10, r5\n mov r11, r6\n"                 \
    "pop {r4-r7, pc}\n"

#define TH_THUMB_STORE_2                                                                                   \
    "mov r2, r7\n lsls r4, r2, #16\n mov r3, r8\n subs r3, r3, r4\n"                                       \
    "mov r4, r11\n lsls r6, r4, #16\n mov r5, r10\n subs r5, r5, r6\n"                                     \
    "ldr r6, [sp, #12]\n stmia r6!, {r2, r3, r4, r5}\n str r6, [sp, #12]\n"
#define TH_THUMB_STORE_1                                                                                   \
    "mov r2, r7\n mov r3, r11\n ldr r6, [sp, #12]\n stmia r6!, {r2, r3}\n str r6, [sp, #12]\n"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wreturn-type"
#endif

/* `blocks` times: sums of the second and of the first position for channel a, then for channel b. Returns
 * where the stream goes on. */
TH_NAKED static const th_word *th_sums_thumb_2(const void *column, const th_word *stream, int32_t *sums,
                                               const th_sums_run *run)
{
    __asm__(TH_THUMB_SUMS(TH_THUMB_PAIR_2, 42, TH_THUMB_STORE_2));
}

/* The same for one position: a sum for channel a, one for channel b. */
TH_NAKED static const th_word *th_sums_thumb_1(const void *column, const th_word *stream, int32_t *sums,
                                               const th_sums_run *run)
{
    __asm__(TH_THUMB_SUMS(TH_THUMB_PAIR_1, 32, TH_THUMB_STORE_1));
}

/* The same with activations as bytes. An odd number of them is read to the next byte, which has weight 0. */
TH_NAKED static const th_word *th_sums_thumb_bytes(const void *column, const th_word *stream, int32_t *sums,
                                                   const th_sums_run *run)
{
    __asm__(TH_THUMB_SUMS(TH_THUMB_PAIR_BYTES, 40, TH_THUMB_STORE_1));
}

#pragma GCC diagnostic pop

#endif
