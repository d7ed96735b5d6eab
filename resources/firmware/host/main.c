/* A generated model on this computer: reads inputs from a file, writes what it computes to another.
 *
 * Arguments: the file of inputs, one behind the other; the file to write; 1 to write every layer's outputs as
 * well, in the order of the table in thimble_model.h, before the outputs of the model. Ends with 1 if a file
 * cannot be used and with 2 if the model wrote outside its arena.
 */
#include <stdio.h>
#include <string.h>

#include "thimble_model.h"

#define GUARD_BYTES 64
#define GUARD 0xA5

static _Alignas(16) uint8_t memory[GUARD_BYTES + THIMBLE_MODEL_ARENA_BYTES + GUARD_BYTES];
static uint8_t *const arena = memory + GUARD_BYTES;
static FILE *results;

#ifdef THIMBLE_MODEL_LAYER_OUTPUTS
static const struct {
    uint32_t offset, bytes;
    uint16_t layer, crc;
} layer_outputs[] = THIMBLE_MODEL_LAYER_OUTPUTS;

static void write_layer(void *user, uint32_t layer)
{
    (void)user;
    for (size_t i = 0; i < sizeof layer_outputs / sizeof layer_outputs[0]; i++) {
        if (layer_outputs[i].layer == layer) {
            fwrite(arena + layer_outputs[i].offset, 1, layer_outputs[i].bytes, results);
        }
    }
}
#else
#define write_layer NULL
#endif

static int guards_are_whole(void)
{
    for (size_t i = 0; i < GUARD_BYTES; i++) {
        if (memory[i] != GUARD || arena[THIMBLE_MODEL_ARENA_BYTES + i] != GUARD) {
            return 0;
        }
    }
    return 1;
}

int main(int count, char **words)
{
    static const size_t input_sizes[] = THIMBLE_MODEL_INPUT_SIZES;
    static const size_t output_sizes[] = THIMBLE_MODEL_OUTPUT_SIZES;
    FILE *inputs = count > 3 ? fopen(words[1], "rb") : NULL;
    results = inputs != NULL ? fopen(words[2], "wb") : NULL;
    if (results == NULL) {
        return 1;
    }
    memset(memory, GUARD, sizeof memory);
    thimble_model_context model;
    thimble_model_init(&model, arena);
    model.on_layer = words[3][0] == '1' ? write_layer : NULL;
    for (;;) {
        for (uint32_t i = 0; i < THIMBLE_MODEL_INPUT_COUNT; i++) {
            if (fread(thimble_model_input(&model, i), 1, input_sizes[i], inputs) != input_sizes[i]) {
                fclose(inputs);
                return fclose(results) == 0 ? 0 : 1;
            }
        }
        thimble_model_invoke(&model);
        for (uint32_t i = 0; i < THIMBLE_MODEL_OUTPUT_COUNT; i++) {
            fwrite(thimble_model_output(&model, i), 1, output_sizes[i], results);
        }
        if (!guards_are_whole()) {
            return 2;
        }
    }
}
