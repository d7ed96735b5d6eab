/* Runs the front-end on clips of a file: main CLIPS QUANTA. */
#include <stdio.h>

#include "front_end.h"

static int16_t samples[FRONT_END_SAMPLES];
static int8_t quanta[FRONT_END_FRAMES * FRONT_END_COLUMNS];

int main(int count, char **words)
{
    FILE *clips = count == 3 ? fopen(words[1], "rb") : 0;
    FILE *results = count == 3 ? fopen(words[2], "wb") : 0;
    if (!clips || !results) {
        return 1;
    }
    while (fread(samples, sizeof samples, 1, clips) == 1) {
        front_end_run(samples, quanta);
        fwrite(quanta, sizeof quanta, 1, results);
    }
    return fclose(results);
}
