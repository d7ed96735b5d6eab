/* The serial protocol of MLPerf Tiny's benchmark, instead of telemetry: built in where THIMBLE_MLPERF is 1. */
#ifndef MLPERF_H
#define MLPERF_H

#include "thimble_model.h"

/* What the host loads. The build gives THIMBLE_MLPERF_INPUT, and for the output its number of elements, scale and
 * zero point as THIMBLE_MLPERF_OUTPUT_COUNT, _SCALE and _ZERO_POINT. */
#define MLPERF_INPUT_INT8 0   /* the network's own bytes */
#define MLPERF_INPUT_UINT8 1  /* the same plus 128, as pixels are */
#define MLPERF_INPUT_FLOAT32 2 /* real values, quantised here */

/* Answer the host for ever. */
__attribute__((noreturn)) void mlperf_serve(thimble_model_context *model);

#endif
