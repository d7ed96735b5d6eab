/* Requantisation without a 64-bit multiplication, for Cortex-M0 and M0+.
 *
 * line    per output channel M, C, n (3 words): saturate8(((acc * M >> 32) + C) >> n), proven equal to TFLite
 *         Micro's two roundings for every accumulator that the layer's weights allow
 *         (engine/firmware/requantization.py), after a correction that the bias holds already.
 *         |acc| < 2^29, 0 <= M < 2^30, |C| < 2^30, n in 1..31. A channel whose result never changes has M = 0.
 * n = 0   no such line exists: M is the multiplier, C holds 256 * zero point + (shift + 128), and the two
 *         roundings of th_requantize.h follow.
 */
#ifndef TH_LINE_THUMB_H
#define TH_LINE_THUMB_H

#include "th_sums_thumb.h"
#include "th_requantize.h"

typedef struct {
    int32_t m, c, n;
} th_line;

/* Upper word of acc * m by four multiplications of 16 bits; |acc| < 2^29, 0 <= m < 2^30. */
TH_KERNEL int32_t th_upper_product(int32_t acc, int32_t m)
{
    uint32_t low = (uint32_t)acc & 0xFFFFu, m_low = (uint32_t)m & 0xFFFFu;
    int32_t high = acc >> 16, m_high = m >> 16;
    int32_t middle = (int32_t)((low * m_low) >> 16) + (int32_t)low * m_high + high * (int32_t)m_low;
    return high * m_high + (middle >> 16);
}

TH_KERNEL int8_t th_saturated(int32_t y)
{
    if (y != (int8_t)y) {
        y = y < 0 ? -128 : 127;
    }
    return (int8_t)y;
}

static TH_NOINLINE __attribute__((unused)) int8_t th_two_roundings(int32_t acc, const th_line *line)
{
    return th_saturated(th_requantize(acc, line->m, (line->c & 255) - 128) + (line->c >> 8));
}

TH_KERNEL int8_t th_on_line(int32_t acc, const th_line *line)
{
    if (line->n == 0) {
        return th_two_roundings(acc, line);
    }
    return th_saturated((th_upper_product(acc, line->m) + line->c) >> line->n);
}

/* Results of many channels at once, all on lines. */
typedef struct {
    int32_t step; /* bytes from a result of the first position to the one of the second */
    int32_t minimum, maximum;
    const int32_t *sums_end;
} th_lines_run;

/* sum r6, m r3 (upper half) and r4 (lower half), r5 and r7 free; C r11, n r12, minimum r9, maximum r10. */
#define TH_THUMB_LINE(low, high)                                                                           \
    "ldmia r0!, {r6}\n uxth r7, r6\n asrs r6, r6, #16\n"                                                   \
    "movs r5, r7\n muls r5, r4, r5\n lsrs r5, r5, #16\n muls r7, r3, r7\n adds r5, r5, r7\n"              \
    "movs r7, r6\n muls r7, r4, r7\n adds r5, r5, r7\n asrs r5, r5, #16\n muls r6, r3, r6\n"              \
    "adds r6, r6, r5\n add r6, r11\n mov r5, r12\n asrs r6, r6, r5\n"                                     \
    "cmp r6, r9\n blt " #low "f\n " #low "0: cmp r6, r10\n bgt " #high "f\n " #high "0:\n"
#define TH_THUMB_CLAMP(low, high) #low ": mov r6, r9\n b " #low "0b\n " #high ": mov r6, r10\n b " #high "0b\n"

/* sums r0, lines r1, output r2, step r8, end of sums lr. */
#define TH_THUMB_LINES(first, clamps)                                                                      \
    ".syntax unified\n"                                                                                    \
    "push {r4-r7, lr}\n mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n"            \
    "ldmia r3!, {r4, r5, r6, r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov lr, r7\n"                 \
    "1: ldmia r1!, {r3, r4, r5}\n mov r11, r4\n mov r12, r5\n uxth r4, r3\n asrs r3, r3, #16\n"          \
    first "strb r6, [r2]\n adds r2, r2, #1\n"                                                             \
    "cmp r0, lr\n bne 1b\n"                                                                               \
    "pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n pop {r4-r7, pc}\n" clamps

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* the assembly takes them from their registers */

/* Two sums a channel, of the second position first. */
TH_NAKED static void th_lines_thumb_2(const int32_t *sums, const th_line *lines, int8_t *output,
                                      const th_lines_run *run)
{
    __asm__(TH_THUMB_LINES(TH_THUMB_LINE(2, 3) "mov r5, r8\n strb r6, [r2, r5]\n" TH_THUMB_LINE(4, 5),
                           TH_THUMB_CLAMP(2, 3) TH_THUMB_CLAMP(4, 5)));
}

/* One sum a channel. */
TH_NAKED static void th_lines_thumb_1(const int32_t *sums, const th_line *lines, int8_t *output,
                                      const th_lines_run *run)
{
    __asm__(TH_THUMB_LINES(TH_THUMB_LINE(2, 3), TH_THUMB_CLAMP(2, 3)));
}

#pragma GCC diagnostic pop

#endif
