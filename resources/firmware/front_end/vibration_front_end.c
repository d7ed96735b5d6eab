/* Log spectra of each axis of an accelerometer without its constant part: `vibration_spectra` of engine/data/features.py.
 *
 * A window is so short that each line is summed directly: in 64 bits a faint line beside a loud one keeps its digits.
 */
#include "front_end.h"
#include "front_end_curves.h"

/* Digits behind the point: 12 of a moved sample, 29 of a sine; a line has both. */
#define SAMPLE_DIGITS 12
#define QUARTER_TURN (FRONT_END_WINDOW / 4)

static int32_t work[FRONT_END_WINDOW];

/* Mean of one axis with SAMPLE_DIGITS. */
static int32_t mean_of(const int16_t *axis)
{
    int64_t sum = 0;
    for (uint32_t row = 0; row < FRONT_END_ROWS; row++) {
        sum += axis[row * FRONT_END_AXES];
    }
    sum = sum * (1 << (SAMPLE_DIGITS + 1)) + (int32_t)FRONT_END_ROWS; /* half of the last digit more */
    int64_t divisor = 2 * (int64_t)FRONT_END_ROWS, quotient = sum / divisor;
    return (int32_t)(quotient - (sum % divisor < 0));
}

static void load_frame(const int16_t *axis, int32_t mean)
{
    for (uint32_t at = 0; at < FRONT_END_WINDOW; at++) {
        int32_t moved = axis[at * FRONT_END_AXES] * (1 << SAMPLE_DIGITS) - mean;
        uint32_t place = at <= FRONT_END_WINDOW / 2 ? at : FRONT_END_WINDOW - at; /* the window is symmetric */
        work[at] = (int32_t)(((int64_t)moved * front_end_window[place] + (1 << 30)) >> 31);
    }
}

/* Magnitude of one line; at most 2^62. One copy of it, so that its time does not depend on the number of axes. */
__attribute__((noinline)) static uint64_t magnitude(uint32_t line)
{
    int64_t real = 0, imaginary = 0;
    for (uint32_t at = 0, turn = 0; at < FRONT_END_WINDOW; at++) {
        real += (int64_t)work[at] * front_end_sines[turn + QUARTER_TURN];
        imaginary += (int64_t)work[at] * front_end_sines[turn];
        turn = (turn + line) % FRONT_END_WINDOW;
    }
    uint64_t across = (uint64_t)(real < 0 ? -real : real), along = (uint64_t)(imaginary < 0 ? -imaginary : imaginary);
    uint32_t shift = 0, zeros = leading_zeros(across | along | 1u);
    if (zeros < 34) {
        shift = 34 - zeros;
    }
    across >>= shift;
    along >>= shift;
    return (uint64_t)square_root(across * across + along * along) << shift;
}

void front_end_run(const int16_t *samples, int8_t *quanta)
{
    for (uint32_t axis = 0; axis < FRONT_END_AXES; axis++) {
        int32_t mean = mean_of(samples + axis);
        for (uint32_t frame = 0; frame < FRONT_END_FRAMES; frame++) {
            load_frame(samples + frame * FRONT_END_STRIDE * FRONT_END_AXES + axis, mean);
            int8_t *to = quanta + frame * FRONT_END_COLUMNS + axis;
            for (uint32_t line = 1; line <= FRONT_END_LINES; line++, to += FRONT_END_AXES) {
                int64_t log = logarithm(magnitude(line) + FRONT_END_FLOOR);
                *to = quantum(log * front_end_factors[axis] + front_end_offsets[axis]);
            }
        }
    }
}
