/* The self-test of docs/protocol.md, and the outputs of each layer for the host. */
#include "self_test.h"

#include "crc16.h"
#include "platform.h"

#if HAS_LAYER_OUTPUTS

typedef struct {
    uint32_t offset; /* in the arena */
    uint32_t bytes;
    uint16_t layer; /* rising through the table */
    uint16_t crc;
} layer_output;

static const layer_output layer_outputs[] = THIMBLE_MODEL_LAYER_OUTPUTS;
#define LAYER_OUTPUT_COUNT (sizeof layer_outputs / sizeof layer_outputs[0])

typedef struct {
    const uint8_t *arena;
    uint32_t next; /* entry of the table */
    telemetry_self_test result;
} progress;

static void send_outputs(void *user, uint32_t layer)
{
    progress *at = user;
    for (uint8_t output = 0; at->next < LAYER_OUTPUT_COUNT && layer_outputs[at->next].layer == layer; output++) {
        const layer_output *entry = &layer_outputs[at->next++];
        telemetry_send_layer_output(entry->layer, output, at->arena + entry->offset, entry->bytes);
    }
}

static void invoke(thimble_model_context *model, void (*on_layer)(void *, uint32_t), progress *at)
{
    at->arena = model->arena;
    model->on_layer = on_layer;
    model->user = at;
    thimble_model_invoke(model);
    model->on_layer = 0;
    model->user = 0;
}

void layer_outputs_send(thimble_model_context *model)
{
    progress at = {0};
    invoke(model, send_outputs, &at);
}

#endif

#if HAS_SELF_TEST

static const uint32_t input_sizes[] = THIMBLE_MODEL_INPUT_SIZES;

static void check_outputs(void *user, uint32_t layer)
{
    progress *at = user;
    for (; at->next < LAYER_OUTPUT_COUNT && layer_outputs[at->next].layer == layer; at->next++) {
        const layer_output *entry = &layer_outputs[at->next];
        uint16_t crc = CRC16_INITIAL;
        for (uint32_t i = 0; i < entry->bytes; i++) {
            crc = crc16_add(crc, at->arena[entry->offset + i]);
        }
        if (crc != entry->crc && at->result.status == 0) {
            at->result.status = 1;
            at->result.layer = entry->layer;
        }
    }
}

static void fill_input(thimble_model_context *model)
{
    uint32_t state = THIMBLE_MODEL_CHECK_SEED;
    for (uint32_t i = 0; i < THIMBLE_MODEL_INPUT_COUNT; i++) {
        uint8_t *tensor = thimble_model_input(model, i);
        for (uint32_t k = 0; k < input_sizes[i]; k++) {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            tensor[k] = (uint8_t)state;
        }
    }
}

telemetry_self_test self_test_run(thimble_model_context *model)
{
    progress at = {0};
    uint32_t start = cycle_counter_read();
    fill_input(model);
    invoke(model, check_outputs, &at);
    at.result.cycles = cycle_counter_read() - start;
    return at.result;
}

#endif
