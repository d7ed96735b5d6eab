/* Square roots and logarithms of whole numbers, by the curves in front_end_tables.h. */
#ifndef FRONT_END_CURVES_H
#define FRONT_END_CURVES_H

#include "front_end_tables.h"

/* Binary digits behind the point of logarithms. */
#define LOG_DIGITS 16

static inline uint32_t leading_zeros(uint64_t value)
{
    return (uint32_t)__builtin_clzll(value);
}

/* How far a curve has risen between two of its points: `part` in 1/65536. */
static inline int32_t between(const int32_t *curve, uint32_t at, uint32_t part)
{
    return curve[at] + (int32_t)(((int64_t)(curve[at + 1] - curve[at]) * part) >> 16);
}

/* Square root of a value below 2^62. */
static inline uint32_t square_root(uint64_t value)
{
    if (value == 0) {
        return 0;
    }
    uint32_t shift = leading_zeros(value) & ~1u;
    uint32_t mantissa = (uint32_t)((value << shift) >> 32); /* at least 2^30 */
    uint32_t root = (uint32_t)between(front_end_roots, (mantissa >> 24) - 64u, (mantissa >> 8) & 0xFFFFu);
    return root >> (shift / 2 - 1);
}

/* Binary logarithm of a value above 0, with LOG_DIGITS digits behind the point. */
static inline int32_t logarithm(uint64_t value)
{
    uint32_t shift = leading_zeros(value);
    uint32_t mantissa = (uint32_t)((value << shift) >> 32);
    int32_t part = between(front_end_logs, (mantissa >> 24) & 0x7Fu, (mantissa >> 8) & 0xFFFFu);
    return (int32_t)((63u - shift) << LOG_DIGITS) + (part >> (FRONT_END_CURVE_DIGITS - LOG_DIGITS));
}

/* A sum with FRONT_END_SHIFT digits behind the point as what the network reads. */
static inline int8_t quantum(int64_t sum)
{
    int64_t rounded = sum >> FRONT_END_SHIFT;
    return (int8_t)(rounded < -128 ? -128 : rounded > 127 ? 127 : rounded);
}

#endif
