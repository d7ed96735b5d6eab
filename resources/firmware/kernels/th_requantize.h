/* From a 32-bit accumulator back to quanta: fixed-point multiplication by a real number
 * multiplier * 2^(shift - 31), multiplier in [2^30, 2^31), as TFLite Micro rounds it
 * (gemmlowp's saturating rounding doubling high multiply, then a rounding right shift; two roundings).
 */
#ifndef TH_REQUANTIZE_H
#define TH_REQUANTIZE_H

#include "th_types.h"

/* round(a * b / 2^31), ties towards plus infinity; not both a and b may be INT32_MIN. */
TH_KERNEL int32_t th_high_multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* round(x / 2^exponent), ties away from zero; exponent in 0..31. */
TH_KERNEL int32_t th_divide_by_power(int32_t x, int32_t exponent)
{
    int32_t mask = (int32_t)(((int64_t)1 << exponent) - 1);
    int32_t remainder = x & mask;
    int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/* x * multiplier * 2^(shift - 31); shift in -31..30, positive shifts left first (and wraps as 32 bits). */
TH_KERNEL int32_t th_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    int32_t left = shift > 0 ? shift : 0;
    int32_t right = shift > 0 ? 0 : -shift;
    return th_divide_by_power(th_high_multiply((int32_t)((uint32_t)x << left), multiplier), right);
}

/* The same from a 64-bit accumulator (16-bit activations): multiplier reduced to 16 bits, one rounding;
 * |x| < 2^47, shift in -31..7. */
TH_KERNEL int32_t th_requantize_64(int64_t x, int32_t multiplier, int32_t shift)
{
    int32_t reduced = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
    int32_t total = 15 - shift;
    return (int32_t)((x * reduced + ((int64_t)1 << (total - 1))) >> total);
}

#endif
