/* Convolutions and fully connected layers of th_conv_dsp.h and th_conv_live_dsp.h with the matrix kernels of
 * th_gemm_m7.h. Constants and results are the same; scratch takes 8 bytes more, which are read and not used.
 */
#ifndef TH_CONV_M7_H
#define TH_CONV_M7_H

#include "th_conv_live_dsp.h"
#include "th_gemm_m7.h"

TH_KERNEL th_matrix_dsp th_matrix_m7(const int32_t *stream, int32_t wide_weights, int32_t full_stream_words,
                                     int32_t stream_words, int32_t channels)
{
    th_matrix_dsp matrix = {
        wide_weights ? th_gemm_16_2_m7 : th_gemm_8_2_m7, wide_weights ? th_gemm_16_1_m7 : th_gemm_8_1_m7,
        stream, stream + full_stream_words, stream + stream_words, channels,
    };
    return matrix;
}

TH_KERNEL void th_conv_int8_m7(const int8_t *input, const int32_t *stream, void *scratch, int8_t *output,
                               const th_conv_dsp_shape *shape)
{
    const th_matrix_dsp matrix = th_matrix_m7(stream, shape->wide_weights, shape->full_stream_words,
                                              shape->stream_words, shape->output_channels);
    th_conv_any_dsp(input, &matrix, scratch, output, shape);
}

TH_KERNEL void th_conv_1x1_int8_m7(const int8_t *input, const int32_t *stream, void *scratch, int8_t *output,
                                   const th_conv_1x1_dsp_shape *shape)
{
    const th_matrix_dsp matrix = th_matrix_m7(stream, shape->wide_weights, shape->full_stream_words,
                                              shape->stream_words, shape->output_channels);
    th_multiply_positions(input, &matrix, (int32_t *)scratch, output, shape->positions, shape->input_channels);
}

TH_KERNEL void th_fully_connected_int8_m7(const int8_t *input, const int32_t *stream, void *scratch,
                                          int8_t *output, const th_conv_1x1_dsp_shape *shape)
{
    th_conv_1x1_int8_m7(input, stream, scratch, output, shape);
}

TH_KERNEL void th_conv_1x1_live_int8_m7(const int8_t *input, const int32_t *stream, const uint16_t *live,
                                        void *scratch, int8_t *output,
                                        const th_conv_1x1_live_dsp_shape *shape)
{
    const th_matrix_dsp matrix = th_matrix_m7(stream, shape->wide_weights, shape->full_stream_words,
                                              shape->stream_words, shape->output_channels);
    th_multiply_live_positions(input, &matrix, live, (int32_t *)scratch, output, shape);
}

#endif
