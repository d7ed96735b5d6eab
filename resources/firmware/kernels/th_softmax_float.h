/* Softmax of floats over the last dimension. Works in place. */
#ifndef TH_SOFTMAX_FLOAT_H
#define TH_SOFTMAX_FLOAT_H

#include "th_types.h"

float expf(float x); /* from the compiler's run-time library or libm; there may be no <math.h> */

typedef struct {
    int32_t rows, depth;
} th_rows_shape;

typedef struct {
    float beta;
} th_softmax_float_parameters;

TH_KERNEL void th_softmax_float(const float *input, const th_softmax_float_parameters *parameters,
                                float *output, const th_rows_shape *shape)
{
    for (int32_t row = 0; row < shape->rows; ++row, input += shape->depth, output += shape->depth) {
        float largest = input[0];
        for (int32_t c = 1; c < shape->depth; ++c) {
            largest = input[c] > largest ? input[c] : largest;
        }
        float sum = 0.0f;
        for (int32_t c = 0; c < shape->depth; ++c) {
            output[c] = expf((input[c] - largest) * parameters->beta);
            sum += output[c];
        }
        for (int32_t c = 0; c < shape->depth; ++c) {
            output[c] /= sum;
        }
    }
}

#endif
