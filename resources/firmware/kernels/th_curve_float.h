/* Activation functions of floats. Work in place. */
#ifndef TH_CURVE_FLOAT_H
#define TH_CURVE_FLOAT_H

#include "th_types.h"

float expf(float x); /* from the compiler's run-time library or libm; there may be no <math.h> */

typedef struct {
    float alpha;
} th_slope;

#define TH_EACH(expression)                                                                                \
    for (int32_t i = 0; i < shape->count; ++i) {                                                           \
        float x = input[i];                                                                                \
        output[i] = (expression);                                                                          \
    }

TH_KERNEL float th_logistic_of(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

/* Near zero the quotient would cancel, so a series takes over: x - x^3/3 + 2x^5/15 - 17x^7/315. */
TH_KERNEL float th_tanh_of(float x)
{
    float magnitude = x < 0.0f ? -x : x;
    if (magnitude < 0.25f) {
        float s = x * x;
        return x * (1.0f + s * (-0.33333334f + s * (0.13333334f + s * (-0.053968254f + s * 0.021869488f))));
    }
    float y = magnitude > 10.0f ? 1.0f : 1.0f - 2.0f / (expf(2.0f * magnitude) + 1.0f);
    return x < 0.0f ? -y : y;
}

TH_KERNEL void th_logistic_float(const float *input, float *output, const th_count_shape *shape)
{
    TH_EACH(th_logistic_of(x))
}

TH_KERNEL void th_tanh_float(const float *input, float *output, const th_count_shape *shape)
{
    TH_EACH(th_tanh_of(x))
}

TH_KERNEL void th_relu_float(const float *input, float *output, const th_count_shape *shape)
{
    TH_EACH(x < 0.0f ? 0.0f : x)
}

TH_KERNEL void th_relu6_float(const float *input, float *output, const th_count_shape *shape)
{
    TH_EACH(th_clamp_float(x, 0.0f, 6.0f))
}

TH_KERNEL void th_leaky_relu_float(const float *input, const th_slope *slope, float *output,
                                   const th_count_shape *shape)
{
    TH_EACH(x > 0.0f ? x : x * slope->alpha)
}

TH_KERNEL void th_hard_swish_float(const float *input, float *output, const th_count_shape *shape)
{
    TH_EACH(x * th_clamp_float(x + 3.0f, 0.0f, 6.0f) / 6.0f)
}

#undef TH_EACH

#endif
