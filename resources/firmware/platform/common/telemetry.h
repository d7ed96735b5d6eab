/* Telemetry frames, version 1: see docs/protocol.md, whose table this header repeats (a test compares them).
 *
 * A frame before COBS is: type u8 | sequence u16 | payload | CRC-16 u16, little-endian. Fields of a payload are
 * listed once below as X(kind, name); the structs and the serialisers are made from these lists.
 */
#ifndef TELEMETRY_H
#define TELEMETRY_H

#include <stdbool.h>
#include <stdint.h>

#define TELEMETRY_PROTOCOL 1u
#define TELEMETRY_DEFAULT_BAUD 115200u
#define TELEMETRY_CHUNK_BYTES 240u

enum telemetry_type {
    FRAME_HELLO = 1,
    FRAME_INFERENCE = 2,
    FRAME_LAYERS = 3,
    FRAME_LOG = 4,
    FRAME_FAULT = 5,
    FRAME_SELF_TEST = 6,
    FRAME_STATS = 7,
    FRAME_ACK = 8,
    FRAME_LAYER_OUTPUT = 9,
    FRAME_FRONT_END = 10,
    FRAME_ASK_HELLO = 65,
    FRAME_SET_INPUT = 66,
    FRAME_INFER = 67,
    FRAME_RUN_FREELY = 68,
    FRAME_BAUD = 69,
    FRAME_RESET = 70,
    FRAME_RAW_SAMPLES = 71,
    FRAME_ASK_STATS = 72,
    FRAME_ASK_SELF_TEST = 73,
    FRAME_ASK_FRONT_END = 74,
};

enum telemetry_status {
    STATUS_OK = 0,
    STATUS_UNSUPPORTED = 1,
    STATUS_MALFORMED = 2,
    STATUS_GAP = 3,
    STATUS_INPUT_INCOMPLETE = 4,
};

enum telemetry_capability {
    CAPABILITY_LAYER_CYCLES = 1 << 0,
    CAPABILITY_KEEPS_INPUT = 1 << 1,
    CAPABILITY_CHANGES_BAUD = 1 << 2,
    CAPABILITY_LAYER_OUTPUTS = 1 << 3,
    CAPABILITY_SELF_TEST = 1 << 4,
    CAPABILITY_FRONT_END = 1 << 5,
};

#define FIELDS_HELLO(X)                                                                                      \
    X(u8, protocol)                                                                                          \
    X(u8, reset_cause)                                                                                       \
    X(u32, capabilities)                                                                                     \
    X(u32, clock_hz)                                                                                         \
    X(u32, input_bytes)                                                                                      \
    X(u32, output_bytes)                                                                                     \
    X(u32, arena_bytes)                                                                                      \
    X(u32, data_bytes)                                                                                       \
    X(u32, stack_bytes)                                                                                      \
    X(u32, flash_bytes)                                                                                      \
    X(u16, layer_count)                                                                                      \
    X(u16, chunk_bytes)                                                                                      \
    X(u16, window_bytes)                                                                                     \
    X(text16, model_hash)                                                                                    \
    X(text24, board_id)

/* the output follows */
#define FIELDS_INFERENCE(X)                                                                                  \
    X(u32, timestamp_us)                                                                                     \
    X(u32, cycles)                                                                                           \
    X(u8, status)

#define FIELDS_FAULT(X)                                                                                      \
    X(u8, cause)                                                                                             \
    X(u32, cfsr)                                                                                             \
    X(u32, hfsr)                                                                                             \
    X(u32, mmfar)                                                                                            \
    X(u32, bfar)                                                                                             \
    X(u32, r0)                                                                                               \
    X(u32, r1)                                                                                               \
    X(u32, r2)                                                                                               \
    X(u32, r3)                                                                                               \
    X(u32, r12)                                                                                              \
    X(u32, lr)                                                                                               \
    X(u32, pc)                                                                                               \
    X(u32, xpsr)

#define FIELDS_STATS(X)                                                                                      \
    X(u32, stack_high_water_bytes)                                                                           \
    X(u32, lost_frames)                                                                                      \
    X(u32, damaged_frames)                                                                                   \
    X(u32, unknown_frames)                                                                                   \
    X(u32, overruns)                                                                                         \
    X(u32, uptime_us)

#define FIELDS_SELF_TEST(X)                                                                                  \
    X(u8, status)                                                                                            \
    X(u16, layer)                                                                                            \
    X(u32, cycles)

/* the tensor's bytes follow */
#define FIELDS_LAYER_OUTPUT(X)                                                                               \
    X(u16, layer)                                                                                            \
    X(u8, output)

/* the features follow */
#define FIELDS_FRONT_END(X)                                                                                  \
    X(u32, cycles)                                                                                           \
    X(u32, sample_count)                                                                                     \
    X(u32, rate_hz)

#define FIELDS_ACK(X)                                                                                        \
    X(u16, request)                                                                                          \
    X(u8, status)

/* the text follows */
#define FIELDS_LOG(X) X(u8, level)

/* from the host */
#define FIELDS_SET_INPUT(X) X(u32, offset)
#define FIELDS_RAW_SAMPLES(X) X(u32, offset)
#define FIELDS_INFER(X) X(u8, flags)
#define FIELDS_RUN_FREELY(X) X(u32, period_us)
#define FIELDS_BAUD(X) X(u32, baud)

typedef uint8_t telemetry_u8;
typedef uint16_t telemetry_u16;
typedef uint32_t telemetry_u32;
typedef struct { _Alignas(4) char text[16]; } telemetry_text16;
typedef struct { _Alignas(4) char text[24]; } telemetry_text24;

#define TELEMETRY_DECLARE(kind, name) telemetry_##kind name;
typedef struct { FIELDS_HELLO(TELEMETRY_DECLARE) } telemetry_hello;
typedef struct { FIELDS_INFERENCE(TELEMETRY_DECLARE) } telemetry_inference;
typedef struct { FIELDS_FAULT(TELEMETRY_DECLARE) } telemetry_fault;
typedef struct { FIELDS_STATS(TELEMETRY_DECLARE) } telemetry_stats;
typedef struct { FIELDS_SELF_TEST(TELEMETRY_DECLARE) } telemetry_self_test;
typedef struct { FIELDS_FRONT_END(TELEMETRY_DECLARE) } telemetry_front_end;

/* Sending: whole frames, waiting for the serial port. Not to be called from an interrupt while the main
 * loop sends, except by the fault handler, which never returns. */
void telemetry_send_hello(const telemetry_hello *hello);
void telemetry_send_layers(const uint32_t *cycles, uint32_t layer_count);
void telemetry_send_log(uint8_t level, const char *text);
void telemetry_send_fault(const telemetry_fault *fault);
void telemetry_send_stats(const telemetry_stats *stats);
void telemetry_send_self_test(const telemetry_self_test *self_test);
void telemetry_send_layer_output(uint16_t layer, uint8_t output, const void *tensor, uint32_t tensor_bytes);
void telemetry_send_front_end(const telemetry_front_end *front_end, const void *features, uint32_t feature_bytes);
void telemetry_send_ack(uint16_t request, uint8_t status);

/* An inference frame in parts: the fields, the output tensors in order, the end. */
void telemetry_begin_inference(const telemetry_inference *inference);
void telemetry_put_output(const void *output, uint32_t output_bytes);
void telemetry_end_inference(void);

/* A zero byte, to end a frame that a fault may have cut short. */
void telemetry_end_broken_frame(void);

/* A received frame; `payload` stays valid until the next telemetry_receive. */
typedef struct {
    uint8_t type;
    uint16_t sequence;
    const uint8_t *payload;
    uint32_t payload_bytes;
} telemetry_frame;

/* Counts of the receiving side since reset. */
typedef struct {
    uint32_t lost_frames;
    uint32_t damaged_frames;
    uint32_t unknown_frames;
} telemetry_receive_counts;

extern telemetry_receive_counts telemetry_counts;

/* Take bytes that have arrived until one frame is whole; false when no byte is left. */
bool telemetry_receive(telemetry_frame *frame);

uint32_t telemetry_read_u32(const uint8_t *bytes);

#endif
