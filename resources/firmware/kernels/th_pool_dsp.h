/* Average and maximum pooling of int8 for Cortex-M cores with the DSP extension: four channels at once,
 * SXTAB16 adding two bytes to two 16-bit sums, SSUB8 and SEL picking the larger of four bytes.
 *
 * input    NHWC, any address; channels that are no multiple of 4 end with single ones
 * output   NHWC; semantics of th_pool.h
 * Range    th_average_pool_int8_dsp: at most 256 taps a window, so that a 16-bit sum cannot overflow;
 *          th_average_pool_large_int8_dsp: any number, up to 2^23
 */
#ifndef TH_POOL_DSP_H
#define TH_POOL_DSP_H

#include "th_clamp_dsp.h"
#include "th_gemm_dsp.h"
#include "th_pool.h"

/* Adds bytes 0 and 2, or 1 and 3, of a word to the two halves of a sum. */
TH_KERNEL int32_t th_add_even_bytes(int32_t sum, int32_t word)
{
    int32_t result;
    __asm__("sxtab16 %0, %1, %2" : "=r"(result) : "r"(sum), "r"(word));
    return result;
}

TH_KERNEL int32_t th_add_odd_bytes(int32_t sum, int32_t word)
{
    int32_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(sum), "r"(word));
    return result;
}

TH_KERNEL int8_t th_mean_of(int32_t sum, int32_t count, const th_range *range)
{
    int32_t half = count >> 1;
    int32_t mean = sum > 0 ? (sum + half) / count : (sum - half) / count;
    return (int8_t)th_clamp(mean, range->minimum, range->maximum);
}

/* Visits each window; `window` is its first tap, `rows` and `columns` what of it lies inside. */
#define TH_FOR_EACH_WINDOW_DSP(statement)                                                                  \
    const int32_t pitch = shape->input_width * shape->channels;                                            \
    for (int32_t batch = 0; batch < shape->batches; ++batch) {                                             \
        const int8_t *image = input + batch * shape->input_height * pitch;                                 \
        for (int32_t out_y = 0; out_y < shape->output_height; ++out_y) {                                   \
            int32_t top = out_y * shape->stride_height - shape->pad_top;                                   \
            int32_t y0 = th_max(top, 0);                                                                   \
            int32_t rows = th_min(top + shape->kernel_height, shape->input_height) - y0;                   \
            for (int32_t out_x = 0; out_x < shape->output_width; ++out_x) {                                \
                int32_t left = out_x * shape->stride_width - shape->pad_left;                              \
                int32_t x0 = th_max(left, 0);                                                              \
                int32_t columns = th_min(left + shape->kernel_width, shape->input_width) - x0;             \
                const int8_t *window = image + y0 * pitch + x0 * shape->channels;                          \
                statement                                                                                  \
                output += shape->channels;                                                                 \
            }                                                                                              \
        }                                                                                                  \
    }

/* Visits the taps of one window for the channels from `c` on. */
#define TH_FOR_EACH_TAP_DSP(statement)                                                                     \
    const int8_t *row = window + c;                                                                        \
    for (int32_t y = rows; y > 0; --y, row += pitch) {                                                     \
        const int8_t *tap = row;                                                                           \
        for (int32_t x = columns; x > 0; --x, tap += shape->channels) {                                    \
            statement                                                                                      \
        }                                                                                                  \
    }

TH_KERNEL void th_average_pool_int8_dsp(const int8_t *input, const th_range *range, int8_t *output,
                                        const th_pool_shape *shape)
{
    TH_FOR_EACH_WINDOW_DSP({
        int32_t c = 0;
        for (; c < (shape->channels & ~3); c += 4) {
            int32_t even = 0;
            int32_t odd = 0;
            TH_FOR_EACH_TAP_DSP({
                int32_t word = th_load_word(tap);
                even = th_add_even_bytes(even, word);
                odd = th_add_odd_bytes(odd, word);
            })
            output[c] = th_mean_of((int16_t)even, rows * columns, range);
            output[c + 1] = th_mean_of((int16_t)odd, rows * columns, range);
            output[c + 2] = th_mean_of(even >> 16, rows * columns, range);
            output[c + 3] = th_mean_of(odd >> 16, rows * columns, range);
        }
        for (; c < shape->channels; ++c) {
            int32_t sum = 0;
            TH_FOR_EACH_TAP_DSP(sum += *tap;)
            output[c] = th_mean_of(sum, rows * columns, range);
        }
    })
}

/* The same with 32-bit sums, to which those of at most 256 taps of a row are added. */
TH_KERNEL void th_average_pool_large_int8_dsp(const int8_t *input, const th_range *range, int8_t *output,
                                              const th_pool_shape *shape)
{
    TH_FOR_EACH_WINDOW_DSP({
        int32_t c = 0;
        for (; c < (shape->channels & ~3); c += 4) {
            int32_t sums[4] = {0};
            const int8_t *row = window + c;
            for (int32_t y = rows; y > 0; --y, row += pitch) {
                const int8_t *tap = row;
                for (int32_t left = columns; left > 0;) {
                    const int32_t some = th_min(left, 256);
                    int32_t even = 0;
                    int32_t odd = 0;
                    for (int32_t x = some; x > 0; --x, tap += shape->channels) {
                        int32_t word = th_load_word(tap);
                        even = th_add_even_bytes(even, word);
                        odd = th_add_odd_bytes(odd, word);
                    }
                    sums[0] += (int16_t)even;
                    sums[1] += (int16_t)odd;
                    sums[2] += even >> 16;
                    sums[3] += odd >> 16;
                    left -= some;
                }
            }
            for (int32_t i = 0; i < 4; ++i) {
                output[c + i] = th_mean_of(sums[i], rows * columns, range);
            }
        }
        for (; c < shape->channels; ++c) {
            int32_t sum = 0;
            TH_FOR_EACH_TAP_DSP(sum += *tap;)
            output[c] = th_mean_of(sum, rows * columns, range);
        }
    })
}

TH_KERNEL void th_max_pool_int8_dsp(const int8_t *input, const th_range *range, int8_t *output,
                                    const th_pool_shape *shape)
{
    const uint32_t low = 0x01010101u * (uint8_t)range->minimum;
    const uint32_t high = 0x01010101u * (uint8_t)range->maximum;
    TH_FOR_EACH_WINDOW_DSP({
        int32_t c = 0;
        for (; c < (shape->channels & ~3); c += 4) {
            uint32_t largest = low;
            TH_FOR_EACH_TAP_DSP(largest = th_max_bytes(largest, (uint32_t)th_load_word(tap));)
            largest = th_min_bytes(largest, high);
            th_copy(output + c, &largest, 4);
        }
        for (; c < shape->channels; ++c) {
            int32_t largest = range->minimum;
            TH_FOR_EACH_TAP_DSP(largest = th_max(largest, *tap);)
            output[c] = (int8_t)th_min(largest, range->maximum);
        }
    })
}

#undef TH_FOR_EACH_WINDOW_DSP
#undef TH_FOR_EACH_TAP_DSP

#endif
