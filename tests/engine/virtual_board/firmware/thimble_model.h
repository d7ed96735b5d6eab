/* A model small enough to predict by hand: each output is the sum of its share of the input, modulo 256.
 * First input byte 0xEE plants a fault, the second then chooses which; 0xDD takes long. */
#ifndef THIMBLE_MODEL_H
#define THIMBLE_MODEL_H

#include <stdint.h>

#ifndef STUB_INPUT_BYTES
#define STUB_INPUT_BYTES 490
#endif

#define THIMBLE_MODEL_ARENA_BYTES (STUB_INPUT_BYTES + 16)
#define THIMBLE_MODEL_INPUT_COUNT 1
#define THIMBLE_MODEL_INPUT_BYTES STUB_INPUT_BYTES
#define THIMBLE_MODEL_INPUT_SIZES { STUB_INPUT_BYTES }
#define THIMBLE_MODEL_OUTPUT_COUNT 1
#define THIMBLE_MODEL_OUTPUT_BYTES 10
#define THIMBLE_MODEL_OUTPUT_SIZES { THIMBLE_MODEL_OUTPUT_BYTES }
#define THIMBLE_MODEL_LAYER_COUNT 2
#define THIMBLE_MODEL_HASH "0123456789abcdef"

typedef struct {
    uint8_t *arena;
    void (*on_layer)(void *user, uint32_t layer);
    void *user;
} stub_context;

void stub_init(stub_context *context, void *arena);
void *stub_input(const stub_context *context, uint32_t i);
int stub_invoke(stub_context *context);
const void *stub_output(const stub_context *context, uint32_t i);

#define thimble_model_context stub_context
#define thimble_model_init stub_init
#define thimble_model_input stub_input
#define thimble_model_invoke stub_invoke
#define thimble_model_output stub_output

#endif
