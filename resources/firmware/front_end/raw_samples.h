/* The clip that the host sends as raw samples, and what the front-end makes of it. */
#ifndef RAW_SAMPLES_H
#define RAW_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "telemetry.h"

/* Take a chunk of the clip; the status of its acknowledgement. */
uint8_t raw_samples_take(const telemetry_frame *frame);

/* Whether the whole clip is here. It stays until the next one begins. */
bool raw_samples_complete(void);

/* Make the network's input of the clip, and remember the cycles that took. */
void raw_samples_to_features(uint8_t *features);

/* Tell what a clip is and the cycles of the last one, with so many bytes of its features. */
void raw_samples_send_front_end(const uint8_t *features, uint32_t feature_bytes);

#endif
