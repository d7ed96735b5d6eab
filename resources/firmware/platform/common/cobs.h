/* Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999):
 * a frame without zero bytes, so that a zero byte can end it. */
#ifndef COBS_H
#define COBS_H

#include <stdint.h>

/* Encoder of one frame at a time: bytes go in, groups of up to 255 bytes come out through `write`. */
typedef struct {
    void (*write)(const uint8_t *bytes, uint32_t count);
    uint32_t count;      /* bytes in `group`, its code byte included */
    uint8_t group[255];
} cobs_encoder;

void cobs_begin(cobs_encoder *encoder, void (*write)(const uint8_t *bytes, uint32_t count));
void cobs_put(cobs_encoder *encoder, uint8_t byte);
/* Ends the frame and writes the zero byte behind it. */
void cobs_end(cobs_encoder *encoder);

/* Decode in place what stood between two zero bytes. Returns the decoded length, -1 if it is broken. */
int32_t cobs_decode(uint8_t *bytes, uint32_t count);

#endif
