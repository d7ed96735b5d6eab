/* From 16-bit samples to the quanta that the network reads, in whole numbers.
 *
 * What is computed stands in the generated front_end_tables.h: the MFCC or the log-mel spectra of sound, or the spectra
 * of vibration, of engine/data/features.py, which give the same quanta but for a few that lie next to each other.
 */
#ifndef FRONT_END_H
#define FRONT_END_H

#include <stdint.h>

#include "front_end_tables.h"

/* samples: FRONT_END_SAMPLES, of several axes one moment after the other; quanta: FRONT_END_FRAMES rows of
 * FRONT_END_COLUMNS. Uses static memory, 4 bytes for each point of the transform and each mel band. */
void front_end_run(const int16_t *samples, int8_t *quanta);

#endif
