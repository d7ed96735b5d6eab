#include "raw_samples.h"

#include "front_end.h"
#include "platform.h"
#include "thimble_model.h"

_Static_assert(THIMBLE_MODEL_INPUT_BYTES == FRONT_END_FRAMES * FRONT_END_COLUMNS, "the input has another size");

static int16_t clip[FRONT_END_SAMPLES];
static uint32_t received_samples; /* in order since the clip began */
static uint32_t front_end_cycles;

uint8_t raw_samples_take(const telemetry_frame *frame)
{
    if (frame->payload_bytes < 4 || (frame->payload_bytes & 1u) != 0) {
        return STATUS_MALFORMED;
    }
    uint32_t offset = telemetry_read_u32(frame->payload);
    uint32_t count = (frame->payload_bytes - 4) / 2;
    if (offset > FRONT_END_SAMPLES || count > FRONT_END_SAMPLES - offset) {
        return STATUS_MALFORMED;
    }
    if (offset > received_samples) {
        return STATUS_GAP;
    }
    copy_bytes(clip + offset, frame->payload + 4, 2 * count);
    if (offset == 0 || offset + count > received_samples) {
        received_samples = offset + count;
    }
    return STATUS_OK;
}

bool raw_samples_complete(void)
{
    return received_samples == FRONT_END_SAMPLES;
}

void raw_samples_to_features(uint8_t *features)
{
    uint32_t start = cycle_counter_read();
    front_end_run(clip, (int8_t *)features);
    front_end_cycles = cycle_counter_read() - start;
}

void raw_samples_send_front_end(const uint8_t *features, uint32_t feature_bytes)
{
    telemetry_front_end front_end = {
        .cycles = front_end_cycles,
        .sample_count = FRONT_END_SAMPLES,
        .rate_hz = FRONT_END_RATE_HZ,
    };
    telemetry_send_front_end(&front_end, features, feature_bytes);
}
