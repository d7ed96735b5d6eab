#include "front_end.h"
#include "front_end_curves.h"

/* The real transform of FRONT_END_FFT points runs as a complex one of half as many. */
#define POINTS (FRONT_END_FFT / 2)
#define LOG2_POINTS (FRONT_END_LOG2_FFT - 1)
#define QUARTER_TURN (FRONT_END_FFT / 4)
/* Powers lose these bits before they are weighted: so much that the whole power of a frame fits 64 bits. */
#define POWER_SHIFT 12

static int32_t work[FRONT_END_FFT]; /* real and imaginary parts in turn */
static int32_t logs[FRONT_END_BINS];

static uint32_t largest_magnitude(const int16_t *samples, uint32_t count)
{
    int32_t lowest = 0, highest = 0;
    for (uint32_t i = 0; i < count; i++) {
        lowest = samples[i] < lowest ? samples[i] : lowest;
        highest = samples[i] > highest ? samples[i] : highest;
    }
    return (uint32_t)(-lowest > highest ? -lowest : highest);
}

/* The windowed samples times 2^(15 + shift), in the order that the transform wants: index bits reversed. */
static void load_frame(const int16_t *samples, uint32_t shift)
{
    uint32_t reversed = 0;
    for (uint32_t i = 0; i < POINTS; i++) {
        for (uint32_t j = 0; j < 2; j++) {
            uint32_t at = 2 * i + j;
            uint32_t place = at <= FRONT_END_WINDOW / 2 ? at : FRONT_END_WINDOW - at; /* the window is symmetric */
            int64_t sample = at < FRONT_END_WINDOW ? samples[at] * (1 << shift) : 0;
            work[2 * reversed + j] = at < FRONT_END_WINDOW ? (int32_t)((sample * front_end_window[place]) >> 16) : 0;
        }
        uint32_t bit = POINTS / 2;
        while ((reversed & bit) != 0) {
            reversed ^= bit;
            bit /= 2;
        }
        reversed |= bit;
    }
}

/* Two stages that only add. Every stage halves, so that magnitudes never grow beyond 2^30. */
static void first_stages(void)
{
    for (int32_t *at = work; at < work + FRONT_END_FFT; at += 8) {
        int32_t a = at[0] >> 2, b = at[2] >> 2, c = at[4] >> 2, d = at[6] >> 2;
        int32_t e = at[1] >> 2, f = at[3] >> 2, g = at[5] >> 2, h = at[7] >> 2;
        int32_t even_sum = a + b, even_rest = a - b, odd_sum = c + d, odd_rest = c - d;
        int32_t even_sum_i = e + f, even_rest_i = e - f, odd_sum_i = g + h, odd_rest_i = g - h;
        at[0] = even_sum + odd_sum;
        at[1] = even_sum_i + odd_sum_i;
        at[4] = even_sum - odd_sum;
        at[5] = even_sum_i - odd_sum_i;
        at[2] = even_rest + odd_rest_i; /* a quarter turn: times -j */
        at[3] = even_rest_i - odd_rest;
        at[6] = even_rest - odd_rest_i;
        at[7] = even_rest_i + odd_rest;
    }
}

static void transform(void)
{
    first_stages();
    for (uint32_t half = 4; half < POINTS; half *= 2) {
        uint32_t step = POINTS / half; /* of a turn by 1/(2 half), in 1/FRONT_END_FFT */
        for (int32_t *group = work; group < work + FRONT_END_FFT; group += 4 * half) {
            const int32_t *turn = front_end_sines;
            for (int32_t *first = group; first < group + 2 * half; first += 2, turn += step) {
                int32_t *second = first + 2 * half;
                int32_t sine = turn[0], cosine = turn[QUARTER_TURN];
                /* sums, so that each product but the first is added by the instruction that multiplies */
                int32_t real = (int32_t)(((int64_t)cosine * second[0] + (int64_t)sine * second[1]) >> 32);
                int32_t imaginary = (int32_t)(((int64_t)cosine * second[1] + (int64_t)-sine * second[0]) >> 32);
                second[0] = (first[0] >> 1) - real;
                second[1] = (first[1] >> 1) - imaginary;
                first[0] = (first[0] >> 1) + real;
                first[1] = (first[1] >> 1) + imaginary;
            }
        }
    }
}

/* Magnitude of one line of the real spectrum, or its power without POWER_SHIFT bits. */
static uint64_t line(uint32_t k)
{
    const int32_t *z = work + 2 * (k % POINTS), *mirror = work + 2 * ((POINTS - k) % POINTS);
    int32_t even = (z[0] >> 1) + (mirror[0] >> 1), even_i = (z[1] >> 1) - (mirror[1] >> 1);
    int32_t odd = (z[1] >> 1) + (mirror[1] >> 1), odd_i = (mirror[0] >> 1) - (z[0] >> 1);
    int64_t sine = front_end_sines[k], cosine = front_end_sines[k + QUARTER_TURN];
    int64_t real = even + ((cosine * odd + sine * odd_i) >> 31);
    int64_t imaginary = even_i + ((cosine * odd_i - sine * odd) >> 31);
    uint64_t power = (uint64_t)(real * real) + (uint64_t)(imaginary * imaginary);
    return FRONT_END_POWER ? power >> POWER_SHIFT : square_root(power);
}

/* Mel bands of the frame in `work`; weights have 15 digits behind the point. The filters overlap in pairs. */
static void add_bands(uint64_t *bands)
{
    for (uint32_t k = FRONT_END_FIRST_LINE; k <= FRONT_END_LAST_LINE; k++) {
        uint64_t value = line(k);
        const front_end_filter *filter = &front_end_filters[k - FRONT_END_FIRST_LINE];
        bands[filter->band] += value * filter->weights[0];
        bands[filter->band + 1] += value * filter->weights[1];
    }
}

/* One frame's logarithms of (band + floor), where a band is one of the clip divided by `peak`. */
static void take_logs(const int16_t *samples, uint32_t peak, int32_t peak_log)
{
    uint64_t bands[FRONT_END_BINS + 1] = {0}; /* the last one takes what lies above all filters */
    uint32_t largest = largest_magnitude(samples, FRONT_END_WINDOW), shift = 0;
    if (largest != 0) {
        while ((largest << (shift + 1)) <= 0x8000u) {
            shift++;
        }
        load_frame(samples, shift);
        transform();
        add_bands(bands);
    }
#if FRONT_END_POWER
    (void)peak;
    uint64_t floor = FRONT_END_FLOOR << (2 * shift);
    int32_t scale = 2 * peak_log + (int32_t)((FRONT_END_BAND_DIGITS + 2 * shift) << LOG_DIGITS);
#else
    uint64_t floor = ((FRONT_END_FLOOR * peak) << shift) >> 16;
    int32_t scale = peak_log + (int32_t)((FRONT_END_BAND_DIGITS + shift) << LOG_DIGITS);
#endif
    for (uint32_t band = 0; band < FRONT_END_BINS; band++) {
        logs[band] = logarithm(bands[band] + floor) - scale;
    }
}

void front_end_run(const int16_t *samples, int8_t *quanta)
{
    uint32_t peak = FRONT_END_FULL_SCALE;
#if FRONT_END_BY_PEAK
    peak = largest_magnitude(samples, FRONT_END_SAMPLES);
    peak = peak == 0 ? 1 : peak;
#endif
    int32_t peak_log = logarithm(peak);
    for (uint32_t frame = 0; frame < FRONT_END_FRAMES; frame++) {
        take_logs(samples + frame * FRONT_END_STRIDE, peak, peak_log);
        for (uint32_t column = 0; column < FRONT_END_COLUMNS; column++) {
            int64_t sum = FRONT_END_OFFSET;
#if FRONT_END_HAS_BASIS
            for (uint32_t band = 0; band < FRONT_END_BINS; band++) {
                sum += (int64_t)front_end_basis[column * FRONT_END_BINS + band] * logs[band];
            }
#else
            sum += (int64_t)front_end_basis[column] * logs[column];
#endif
            *quanta++ = quantum(sum);
        }
    }
}
