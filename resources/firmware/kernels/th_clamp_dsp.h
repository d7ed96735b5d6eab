/* Clamp of int8 quanta in place, four at a time with SSUB8 and SEL: for fused activations whose range is
 * narrower than int8 and where the kernel before it only saturates.
 *
 * output   any address, any count
 */
#ifndef TH_CLAMP_DSP_H
#define TH_CLAMP_DSP_H

#include "th_types.h"

typedef struct {
    int32_t count;
    int32_t minimum, maximum;
} th_clamp_shape;

/* The larger of each two signed bytes. */
TH_KERNEL uint32_t th_max_bytes(uint32_t a, uint32_t b)
{
    uint32_t difference, larger;
    __asm__("ssub8 %0, %2, %3\n sel %1, %2, %3" : "=&r"(difference), "=r"(larger) : "r"(a), "r"(b) : "cc");
    return larger;
}

/* The smaller of each two signed bytes. */
TH_KERNEL uint32_t th_min_bytes(uint32_t a, uint32_t b)
{
    uint32_t difference, smaller;
    __asm__("ssub8 %0, %2, %3\n sel %1, %3, %2" : "=&r"(difference), "=r"(smaller) : "r"(a), "r"(b) : "cc");
    return smaller;
}

TH_KERNEL void th_clamp_int8_dsp(int8_t *output, const th_clamp_shape *shape)
{
    const uint32_t low = 0x01010101u * (uint8_t)shape->minimum;
    const uint32_t high = 0x01010101u * (uint8_t)shape->maximum;
    int8_t *end = output + (shape->count & ~3);
    for (; output != end; output += 4) {
        uint32_t word;
        th_copy(&word, output, 4);
        word = th_min_bytes(th_max_bytes(word, low), high);
        th_copy(output, &word, 4);
    }
    for (int32_t i = 0; i < (shape->count & 3); ++i) {
        output[i] = (int8_t)th_clamp(output[i], shape->minimum, shape->maximum);
    }
}

#endif
