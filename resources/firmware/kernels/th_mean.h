/* Mean over some dimensions, portable reference.
 *
 * The input is read as up to four nested dimensions, outermost first: the kept ones (outer, inner) and the
 * reduced ones (steps of `reduced0`, `reduced1`), with their strides in elements. Results are dense.
 */
#ifndef TH_MEAN_H
#define TH_MEAN_H

#include "th_requantize.h"

typedef struct {
    int32_t kept0, kept1, kept2, kept3;
    int32_t kept_stride0, kept_stride1, kept_stride2, kept_stride3;
    int32_t reduced0, reduced1, reduced2, reduced3;
    int32_t reduced_stride0, reduced_stride1, reduced_stride2, reduced_stride3;
} th_mean_shape;

/* The multiplier includes the division by the number of elements. */
typedef struct {
    int32_t input_offset; /* minus zero point times number of elements */
    int32_t output_zero_point, multiplier, shift;
} th_mean_scale;

#define TH_MEAN(value_type, sum_type, store)                                                               \
    for (int32_t k0 = 0; k0 < shape->kept0; ++k0) {                                                        \
        for (int32_t k1 = 0; k1 < shape->kept1; ++k1) {                                                    \
            for (int32_t k2 = 0; k2 < shape->kept2; ++k2) {                                                \
                for (int32_t k3 = 0; k3 < shape->kept3; ++k3) {                                            \
                    const value_type *from = input + k0 * shape->kept_stride0 + k1 * shape->kept_stride1   \
                                             + k2 * shape->kept_stride2 + k3 * shape->kept_stride3;        \
                    sum_type sum = 0;                                                                      \
                    for (int32_t r0 = 0; r0 < shape->reduced0; ++r0) {                                     \
                        for (int32_t r1 = 0; r1 < shape->reduced1; ++r1) {                                 \
                            for (int32_t r2 = 0; r2 < shape->reduced2; ++r2) {                             \
                                for (int32_t r3 = 0; r3 < shape->reduced3; ++r3) {                         \
                                    sum += from[r0 * shape->reduced_stride0 + r1 * shape->reduced_stride1  \
                                                + r2 * shape->reduced_stride2                              \
                                                + r3 * shape->reduced_stride3];                            \
                                }                                                                          \
                            }                                                                              \
                        }                                                                                  \
                    }                                                                                      \
                    *output++ = (store);                                                                   \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

#define TH_MEAN_QUANTUM(low, high)                                                                         \
    th_clamp(th_requantize(sum + s.input_offset, s.multiplier, s.shift) + s.output_zero_point, (low), (high))

TH_KERNEL void th_mean_int8(const int8_t *input, const th_mean_scale *scale, int8_t *output,
                            const th_mean_shape *shape)
{
    const th_mean_scale s = *scale;
    TH_MEAN(int8_t, int32_t, (int8_t)TH_MEAN_QUANTUM(INT8_MIN, INT8_MAX))
}

TH_KERNEL void th_mean_int16(const int16_t *input, const th_mean_scale *scale, int16_t *output,
                             const th_mean_shape *shape)
{
    const th_mean_scale s = *scale;
    TH_MEAN(int16_t, int32_t, (int16_t)TH_MEAN_QUANTUM(INT16_MIN, INT16_MAX))
}

TH_KERNEL void th_mean_float(const float *input, float *output, const th_mean_shape *shape)
{
    const float count = (float)(shape->reduced0 * shape->reduced1 * shape->reduced2 * shape->reduced3);
    TH_MEAN(float, float, sum / count)
}

#undef TH_MEAN
#undef TH_MEAN_QUANTUM

#endif
