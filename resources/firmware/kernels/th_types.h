/* Common types of Thimble's kernels.
 *
 * A kernel is one C11 function, always inlined into a caller that passes its shape as a literal, so that
 * the compiler sees every bound. Arguments come in this order, each group only where a kernel has it:
 *
 *     inputs, constants, const parameters *, void *scratch, outputs, const shape *
 *
 * Activations are NHWC. Tables are laid out as the header of each kernel says. No kernel uses the heap
 * or libc beyond memcpy, memmove and memset. Input and output do not overlap unless the kernel's comment
 * says that it works in place.
 */
#ifndef TH_TYPES_H
#define TH_TYPES_H

#include <stdint.h>
#include <stddef.h>

#define TH_KERNEL static inline __attribute__((always_inline))
#define TH_NOINLINE __attribute__((noinline))

/* memory functions come from the compiler's run-time library; there may be no <string.h> */
#define th_copy(to, from, bytes) __builtin_memcpy((to), (from), (bytes))
#define th_move(to, from, bytes) __builtin_memmove((to), (from), (bytes))
#define th_fill(to, value, bytes) __builtin_memset((to), (value), (bytes))

TH_KERNEL int32_t th_min(int32_t a, int32_t b) { return a < b ? a : b; }
TH_KERNEL int32_t th_max(int32_t a, int32_t b) { return a > b ? a : b; }
TH_KERNEL int32_t th_clamp(int32_t x, int32_t low, int32_t high) { return th_min(th_max(x, low), high); }

TH_KERNEL float th_clamp_float(float x, float low, float high)
{
    float raised = x < low ? low : x;
    return raised > high ? high : raised;
}

/* Shape of a convolution or depthwise convolution. Padding is what lies before the first row and column;
 * what lies behind the last follows from the output size. Depthwise: output_channels is a multiple of
 * input_channels and groups is unused. `backwards`: from the last position to the first, so that the output
 * may lie behind the input it overwrites (th_conv.h alone). */
typedef struct {
    int32_t batches;
    int32_t input_height, input_width, input_channels;
    int32_t output_height, output_width, output_channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t dilation_height, dilation_width;
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t backwards;
} th_conv_shape;

/* Zero points and the clamp of a fused activation, all in quanta. */
typedef struct {
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t minimum, maximum;
} th_quantization;

/* Clamp of a float operator's fused activation. */
typedef struct {
    float minimum, maximum;
} th_float_range;

/* Number of elements of an elementwise operator. */
typedef struct {
    int32_t count;
} th_count_shape;

#endif
