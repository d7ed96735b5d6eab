#include "telemetry.h"

#include "cobs.h"
#include "crc16.h"
#include "platform.h"

#define HEADER_BYTES 3u
#define CRC_BYTES 2u
/* longest frame from the host: a full chunk with its offset; COBS adds one byte */
#define LONGEST_RECEIVED (HEADER_BYTES + 4u + TELEMETRY_CHUNK_BYTES + CRC_BYTES + 1u)

_Static_assert(LONGEST_RECEIVED <= 254, "a received frame must fit one COBS group");

telemetry_receive_counts telemetry_counts;

static cobs_encoder encoder;
static uint16_t sent_crc;
static uint16_t sent_sequence;

static void put_u8(telemetry_u8 value)
{
    sent_crc = crc16_add(sent_crc, value);
    cobs_put(&encoder, value);
}

static void put_u16(telemetry_u16 value)
{
    put_u8((uint8_t)value);
    put_u8((uint8_t)(value >> 8));
}

static void put_u32(telemetry_u32 value)
{
    put_u16((uint16_t)value);
    put_u16((uint16_t)(value >> 16));
}

static void put_bytes(const void *bytes, uint32_t count)
{
    const uint8_t *from = bytes;
    for (uint32_t i = 0; i < count; i++) {
        put_u8(from[i]);
    }
}

static void put_text16(telemetry_text16 value)
{
    put_bytes(value.text, sizeof value.text);
}

static void put_text24(telemetry_text24 value)
{
    put_bytes(value.text, sizeof value.text);
}

static void begin(enum telemetry_type type)
{
    cobs_begin(&encoder, uart_write);
    sent_crc = CRC16_INITIAL;
    put_u8((uint8_t)type);
    put_u16(sent_sequence++);
}

static void end(void)
{
    put_u16(sent_crc);
    cobs_end(&encoder);
}

#define PUT_FIELD(kind, name) put_##kind(fields->name);

void telemetry_send_hello(const telemetry_hello *fields)
{
    begin(FRAME_HELLO);
    FIELDS_HELLO(PUT_FIELD)
    end();
}

void telemetry_begin_inference(const telemetry_inference *fields)
{
    begin(FRAME_INFERENCE);
    FIELDS_INFERENCE(PUT_FIELD)
}

void telemetry_put_output(const void *output, uint32_t output_bytes)
{
    put_bytes(output, output_bytes);
}

void telemetry_end_inference(void)
{
    end();
}

void telemetry_send_layers(const uint32_t *cycles, uint32_t layer_count)
{
    begin(FRAME_LAYERS);
    for (uint32_t i = 0; i < layer_count; i++) {
        put_u32(cycles[i]);
    }
    end();
}

void telemetry_send_log(uint8_t level, const char *text)
{
    begin(FRAME_LOG);
    put_u8(level);
    while (*text != 0) {
        put_u8((uint8_t)*text++);
    }
    end();
}

void telemetry_send_fault(const telemetry_fault *fields)
{
    begin(FRAME_FAULT);
    FIELDS_FAULT(PUT_FIELD)
    end();
}

void telemetry_send_stats(const telemetry_stats *fields)
{
    begin(FRAME_STATS);
    FIELDS_STATS(PUT_FIELD)
    end();
}

void telemetry_send_self_test(const telemetry_self_test *fields)
{
    begin(FRAME_SELF_TEST);
    FIELDS_SELF_TEST(PUT_FIELD)
    end();
}

void telemetry_send_layer_output(uint16_t layer, uint8_t output, const void *tensor, uint32_t tensor_bytes)
{
    begin(FRAME_LAYER_OUTPUT);
    put_u16(layer);
    put_u8(output);
    put_bytes(tensor, tensor_bytes);
    end();
}

void telemetry_send_front_end(const telemetry_front_end *fields, const void *features, uint32_t feature_bytes)
{
    begin(FRAME_FRONT_END);
    FIELDS_FRONT_END(PUT_FIELD)
    put_bytes(features, feature_bytes);
    end();
}

void telemetry_send_ack(uint16_t request, uint8_t status)
{
    begin(FRAME_ACK);
    put_u16(request);
    put_u8(status);
    end();
}

void telemetry_end_broken_frame(void)
{
    static const uint8_t end_mark = 0;
    uart_write(&end_mark, 1);
}

static uint8_t received[LONGEST_RECEIVED];
static uint32_t received_bytes; /* beyond the buffer: the frame is too long and will be dropped */
static uint16_t expected_sequence;
static bool sequence_known;

static void count_gap(uint16_t sequence)
{
    uint16_t gap = (uint16_t)(sequence - expected_sequence);
    if (sequence_known && gap < 0x8000u) { /* a larger one is a host that started anew */
        telemetry_counts.lost_frames += gap;
    }
    sequence_known = true;
    expected_sequence = (uint16_t)(sequence + 1u);
}

static bool check(telemetry_frame *frame, uint32_t encoded_bytes)
{
    if (encoded_bytes > sizeof received) {
        return false;
    }
    int32_t count = cobs_decode(received, encoded_bytes);
    if (count < (int32_t)(HEADER_BYTES + CRC_BYTES)) {
        return false;
    }
    uint32_t body = (uint32_t)count - CRC_BYTES;
    uint16_t crc = CRC16_INITIAL;
    for (uint32_t i = 0; i < body; i++) {
        crc = crc16_add(crc, received[i]);
    }
    if (crc != (received[body] | received[body + 1u] << 8)) {
        return false;
    }
    frame->type = received[0];
    frame->sequence = (uint16_t)(received[1] | received[2] << 8);
    frame->payload = received + HEADER_BYTES;
    frame->payload_bytes = body - HEADER_BYTES;
    count_gap(frame->sequence);
    return true;
}

bool telemetry_receive(telemetry_frame *frame)
{
    uint8_t byte;
    while (uart_read(&byte)) {
        if (byte != 0) {
            if (received_bytes < sizeof received) {
                received[received_bytes] = byte;
            }
            if (received_bytes <= sizeof received) {
                received_bytes++;
            }
            continue;
        }
        uint32_t encoded_bytes = received_bytes;
        received_bytes = 0;
        if (encoded_bytes == 0) {
            continue; /* hosts may send a zero first to end whatever stood on the line */
        }
        if (check(frame, encoded_bytes)) {
            return true;
        }
        telemetry_counts.damaged_frames++;
    }
    return false;
}

uint32_t telemetry_read_u32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}
