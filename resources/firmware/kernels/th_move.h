/* Moving values without changing them: copies, fills and strided copies of 1, 2, 4 or 8 byte elements.
 * One strided copy does transposes, slices, splits, concatenations and paddings.
 */
#ifndef TH_MOVE_H
#define TH_MOVE_H

#include "th_types.h"

/* Five nested loops, outermost first; strides and offsets in elements, strides may be negative. */
typedef struct {
    int32_t size0, size1, size2, size3, size4;
    int32_t from0, from1, from2, from3, from4, from_offset;
    int32_t to0, to1, to2, to3, to4, to_offset;
} th_strided_shape;

typedef struct {
    int32_t bytes;
} th_bytes_shape;

#define TH_STRIDED(value_type)                                                                             \
    const value_type *from = (const value_type *)input + shape->from_offset;                               \
    value_type *to = (value_type *)output + shape->to_offset;                                              \
    for (int32_t i0 = 0; i0 < shape->size0; ++i0) {                                                        \
        for (int32_t i1 = 0; i1 < shape->size1; ++i1) {                                                    \
            for (int32_t i2 = 0; i2 < shape->size2; ++i2) {                                                \
                for (int32_t i3 = 0; i3 < shape->size3; ++i3) {                                            \
                    const value_type *f = from + i0 * shape->from0 + i1 * shape->from1                     \
                                          + i2 * shape->from2 + i3 * shape->from3;                         \
                    value_type *t = to + i0 * shape->to0 + i1 * shape->to1 + i2 * shape->to2               \
                                    + i3 * shape->to3;                                                     \
                    for (int32_t i4 = 0; i4 < shape->size4; ++i4) {                                        \
                        t[i4 * shape->to4] = f[i4 * shape->from4];                                         \
                    }                                                                                      \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

TH_KERNEL void th_strided_copy_8(const void *input, void *output, const th_strided_shape *shape)
{
    TH_STRIDED(uint8_t)
}

TH_KERNEL void th_strided_copy_16(const void *input, void *output, const th_strided_shape *shape)
{
    TH_STRIDED(uint16_t)
}

TH_KERNEL void th_strided_copy_32(const void *input, void *output, const th_strided_shape *shape)
{
    TH_STRIDED(uint32_t)
}

TH_KERNEL void th_strided_copy_64(const void *input, void *output, const th_strided_shape *shape)
{
    TH_STRIDED(uint64_t)
}

TH_KERNEL void th_copy_bytes(const void *input, void *output, const th_bytes_shape *shape)
{
    th_copy(output, input, (size_t)shape->bytes);
}

typedef struct {
    int32_t batches;
    int32_t input_height, input_width;
    int32_t output_height, output_width;
    int32_t pixel_bytes;
} th_resize_shape;

/* Images whose pixels are copies of others; `rows` and `columns` say of which, per row and column. */
TH_KERNEL void th_resize_nearest(const void *input, const uint16_t *rows, const uint16_t *columns,
                                 void *output, const th_resize_shape *shape)
{
    const int32_t pixel = shape->pixel_bytes;
    const uint8_t *image = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    for (int32_t batch = 0; batch < shape->batches; ++batch) {
        for (int32_t y = 0; y < shape->output_height; ++y) {
            const uint8_t *row = image + rows[y] * shape->input_width * pixel;
            for (int32_t x = 0; x < shape->output_width; ++x, to += pixel) {
                th_copy(to, row + columns[x] * pixel, (size_t)pixel);
            }
        }
        image += shape->input_height * shape->input_width * pixel;
    }
}

/* What a padding writes, as the bits of one element. */
typedef struct {
    int32_t value;
} th_fill_parameters;

TH_KERNEL void th_fill_8(const th_fill_parameters *parameters, void *output, const th_count_shape *shape)
{
    th_fill(output, parameters->value, (size_t)shape->count);
}

TH_KERNEL void th_fill_16(const th_fill_parameters *parameters, void *output, const th_count_shape *shape)
{
    for (int32_t i = 0; i < shape->count; ++i) {
        ((int16_t *)output)[i] = (int16_t)parameters->value;
    }
}

TH_KERNEL void th_fill_32(const th_fill_parameters *parameters, void *output, const th_count_shape *shape)
{
    for (int32_t i = 0; i < shape->count; ++i) {
        ((int32_t *)output)[i] = parameters->value;
    }
}

#undef TH_STRIDED

#endif
