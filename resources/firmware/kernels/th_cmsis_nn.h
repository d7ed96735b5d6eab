/* CMSIS-NN 4.0 behind the contract of Thimble's kernels, for comparison.
 *
 * Its sources are not part of Thimble: the build takes them from an installed package and compiles them
 * beside the model. Each function here calls the one that CMSIS-NN's own wrappers would choose, so that
 * what is not called is not linked.
 *
 * weights, bias  as in th_conv.h and th_fully_connected.h
 * multipliers, shifts
 *                int32, one per output channel (fully connected: one for all)
 * scratch        arm_convolve_s8: int16 [2][kernel_height * kernel_width * input_channels];
 *                arm_depthwise_conv_s8_opt: int16 [kernel_height * kernel_width * input_channels];
 *                arm_avgpool_s8: int32 [channels]
 */
#ifndef TH_CMSIS_NN_H
#define TH_CMSIS_NN_H

#include <arm_nnfunctions.h>

#include "th_fully_connected.h"
#include "th_pool.h"

typedef struct {
    cmsis_nn_per_channel_quant_params quantization;
    cmsis_nn_dims input, filter, bias, output;
} th_cmsis_nn_layer;

TH_KERNEL th_cmsis_nn_layer th_cmsis_nn_layer_of(const int32_t *multipliers, const int32_t *shifts,
                                                 const th_conv_shape *s)
{
    return (th_cmsis_nn_layer){
        /* CMSIS-NN reads these only; its types say otherwise */
        .quantization = {.multiplier = (int32_t *)multipliers, .shift = (int32_t *)shifts},
        .input = {.n = s->batches, .h = s->input_height, .w = s->input_width, .c = s->input_channels},
        .filter = {.n = s->output_channels, .h = s->kernel_height, .w = s->kernel_width, .c = s->input_channels},
        .bias = {.n = 1, .h = 1, .w = 1, .c = s->output_channels},
        .output = {.n = s->batches, .h = s->output_height, .w = s->output_width, .c = s->output_channels},
    };
}

#define TH_CMSIS_NN_WINDOW(q, s)                                                                          \
    .input_offset = -(q)->input_zero_point, .output_offset = (q)->output_zero_point,                      \
    .stride = {.w = (s)->stride_width, .h = (s)->stride_height},                                          \
    .padding = {.w = (s)->pad_left, .h = (s)->pad_top},                                                   \
    .dilation = {.w = (s)->dilation_width, .h = (s)->dilation_height},                                    \
    .activation = {.min = (q)->minimum, .max = (q)->maximum}

#define TH_CMSIS_NN_CONVOLUTION(name, function, scratch_argument, scratch_pointer)                        \
    TH_KERNEL void name(const int8_t *input, const int8_t *weights, const int32_t *bias,                  \
                        const int32_t *multipliers, const int32_t *shifts,                                \
                        const th_quantization *q scratch_argument, int8_t *output,                        \
                        const th_conv_shape *s)                                                           \
    {                                                                                                     \
        th_cmsis_nn_layer l = th_cmsis_nn_layer_of(multipliers, shifts, s);                               \
        cmsis_nn_context context = {.buf = scratch_pointer, .size = 0};                                   \
        cmsis_nn_conv_params window = {TH_CMSIS_NN_WINDOW(q, s)};                                         \
        function(&context, &window, &l.quantization, &l.input, input, &l.filter, weights, &l.bias, bias,  \
                 &l.output, output);                                                                      \
    }

#define TH_CMSIS_NN_DEPTHWISE(name, function, scratch_argument, scratch_pointer)                          \
    TH_KERNEL void name(const int8_t *input, const int8_t *weights, const int32_t *bias,                  \
                        const int32_t *multipliers, const int32_t *shifts,                                \
                        const th_quantization *q scratch_argument, int8_t *output,                        \
                        const th_conv_shape *s)                                                           \
    {                                                                                                     \
        th_cmsis_nn_layer l = th_cmsis_nn_layer_of(multipliers, shifts, s);                               \
        cmsis_nn_context context = {.buf = scratch_pointer, .size = 0};                                   \
        cmsis_nn_dw_conv_params window = {.ch_mult = s->output_channels / s->input_channels,              \
                                          TH_CMSIS_NN_WINDOW(q, s)};                                      \
        function(&context, &window, &l.quantization, &l.input, input, &l.filter, weights, &l.bias, bias,  \
                 &l.output, output);                                                                      \
    }

#define TH_CMSIS_NN_NO_SCRATCH
#define TH_CMSIS_NN_SCRATCH , void *scratch

TH_CMSIS_NN_CONVOLUTION(th_conv_int8_cmsis_nn, arm_convolve_s8, TH_CMSIS_NN_SCRATCH, scratch)
TH_CMSIS_NN_CONVOLUTION(th_conv_1x1_int8_cmsis_nn, arm_convolve_1x1_s8_fast, TH_CMSIS_NN_NO_SCRATCH, NULL)
TH_CMSIS_NN_CONVOLUTION(th_conv_1x1_strided_int8_cmsis_nn, arm_convolve_1x1_s8, TH_CMSIS_NN_NO_SCRATCH, NULL)
TH_CMSIS_NN_DEPTHWISE(th_depthwise_3x3_int8_cmsis_nn, arm_depthwise_conv_3x3_s8, TH_CMSIS_NN_NO_SCRATCH, NULL)
TH_CMSIS_NN_DEPTHWISE(th_depthwise_opt_int8_cmsis_nn, arm_depthwise_conv_s8_opt, TH_CMSIS_NN_SCRATCH, scratch)
TH_CMSIS_NN_DEPTHWISE(th_depthwise_int8_cmsis_nn, arm_depthwise_conv_s8, TH_CMSIS_NN_NO_SCRATCH, NULL)

TH_KERNEL void th_fully_connected_int8_cmsis_nn(const int8_t *input, const int8_t *weights, const int32_t *bias,
                                                const int32_t *multipliers, const int32_t *shifts,
                                                const th_quantization *q, int8_t *output,
                                                const th_fully_connected_shape *s)
{
    cmsis_nn_context context = {.buf = NULL, .size = 0};
    cmsis_nn_fc_params parameters = {
        .input_offset = -q->input_zero_point,
        .filter_offset = 0,
        .output_offset = q->output_zero_point,
        .activation = {.min = q->minimum, .max = q->maximum},
    };
    cmsis_nn_per_tensor_quant_params quantization = {.multiplier = multipliers[0], .shift = shifts[0]};
    cmsis_nn_dims inputs = {.n = s->batches, .h = 1, .w = 1, .c = s->input_features};
    cmsis_nn_dims filter = {.n = s->input_features, .h = 1, .w = 1, .c = s->output_features};
    cmsis_nn_dims biases = {.n = 1, .h = 1, .w = 1, .c = s->output_features};
    cmsis_nn_dims outputs = {.n = s->batches, .h = 1, .w = 1, .c = s->output_features};
    arm_fully_connected_s8(&context, &parameters, &quantization, &inputs, input, &filter, weights, &biases, bias,
                           &outputs, output);
}

#define TH_CMSIS_NN_POOL(name, function, scratch_argument, scratch_pointer)                               \
    TH_KERNEL void name(const int8_t *input, const th_range *range scratch_argument, int8_t *output, \
                        const th_pool_shape *s)                                                           \
    {                                                                                                     \
        cmsis_nn_context context = {.buf = scratch_pointer, .size = 0};                                   \
        cmsis_nn_pool_params window = {                                                                   \
            .stride = {.w = s->stride_width, .h = s->stride_height},                                      \
            .padding = {.w = s->pad_left, .h = s->pad_top},                                               \
            .activation = {.min = range->minimum, .max = range->maximum},                                 \
        };                                                                                                \
        cmsis_nn_dims in = {.n = 1, .h = s->input_height, .w = s->input_width, .c = s->channels};         \
        cmsis_nn_dims filter = {.n = 1, .h = s->kernel_height, .w = s->kernel_width, .c = 1};             \
        cmsis_nn_dims out = {.n = 1, .h = s->output_height, .w = s->output_width, .c = s->channels};      \
        function(&context, &window, &in, input, &filter, &out, output);                                   \
    }

TH_CMSIS_NN_POOL(th_average_pool_int8_cmsis_nn, arm_avgpool_s8, TH_CMSIS_NN_SCRATCH, scratch)
TH_CMSIS_NN_POOL(th_max_pool_int8_cmsis_nn, arm_max_pool_s8, TH_CMSIS_NN_NO_SCRATCH, NULL)

#endif
