#include "cobs.h"

#define FULL_GROUP 255u

static void flush_group(cobs_encoder *encoder)
{
    encoder->group[0] = (uint8_t)encoder->count;
    encoder->write(encoder->group, encoder->count);
    encoder->count = 1;
}

void cobs_begin(cobs_encoder *encoder, void (*write)(const uint8_t *bytes, uint32_t count))
{
    encoder->write = write;
    encoder->count = 1;
}

void cobs_put(cobs_encoder *encoder, uint8_t byte)
{
    /* A full group stands for 254 bytes and no zero; it is written only when more follows, so that a frame
     * that ends with one gets no empty group behind it. */
    if (encoder->count == FULL_GROUP) {
        flush_group(encoder);
    }
    if (byte == 0) {
        flush_group(encoder);
    } else {
        encoder->group[encoder->count++] = byte;
    }
}

void cobs_end(cobs_encoder *encoder)
{
    static const uint8_t end = 0;
    flush_group(encoder);
    encoder->write(&end, 1);
}

int32_t cobs_decode(uint8_t *bytes, uint32_t count)
{
    uint32_t from = 0, to = 0;
    while (from < count) {
        uint32_t code = bytes[from++];
        if (code == 0 || from + code - 1 > count) {
            return -1;
        }
        for (uint32_t i = 1; i < code; i++) {
            bytes[to++] = bytes[from++];
        }
        if (code != FULL_GROUP && from < count) {
            bytes[to++] = 0;
        }
    }
    return (int32_t)to;
}
