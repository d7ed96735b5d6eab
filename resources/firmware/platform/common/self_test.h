/* What the generated model's table of layer outputs is for: the test at every reset, and sending them. */
#ifndef SELF_TEST_H
#define SELF_TEST_H

#include <stdint.h>

#include "telemetry.h"
#include "thimble_model.h"

#ifdef THIMBLE_MODEL_LAYER_OUTPUTS
#define HAS_LAYER_OUTPUTS 1
#else
#define HAS_LAYER_OUTPUTS 0
#endif

#ifdef THIMBLE_MODEL_CHECK_SEED
#define HAS_SELF_TEST 1
#else
#define HAS_SELF_TEST 0
#endif

#if HAS_SELF_TEST
/* Run the model on the input of the seed and compare all layers' checksums. The model must be initialised, and be
 * initialised again behind this: it may remember the input. */
telemetry_self_test self_test_run(thimble_model_context *model);
#endif

#if HAS_LAYER_OUTPUTS
/* Run the model on the input that it holds and send every layer's outputs. */
void layer_outputs_send(thimble_model_context *model);
#endif

#endif
