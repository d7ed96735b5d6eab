/* Fully connected layer for Cortex-M cores with the DSP extension: the input widened once into a column,
 * four rows of weights at a time (th_gemm_dsp.h); two inputs at a time where there are several.
 *
 * stream   th_gemm_dsp.h, depth = input_features rounded up to a multiple of 4 with zero weights
 * scratch  aligned to 4, 2 * depth bytes, 4 * depth if there are several inputs; filled here
 * output   saturated to int8; a narrower clamp follows in a call of th_clamp_int8_dsp
 */
#ifndef TH_FULLY_CONNECTED_DSP_H
#define TH_FULLY_CONNECTED_DSP_H

#include "th_conv_dsp.h"

TH_KERNEL void th_fully_connected_int8_dsp(const int8_t *input, const int32_t *stream, void *scratch,
                                           int8_t *output, const th_conv_1x1_dsp_shape *shape)
{
    th_conv_1x1_int8_dsp(input, stream, scratch, output, shape);
}

#endif
