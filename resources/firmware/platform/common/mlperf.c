/* Answers MLPerf Tiny's host, as the benchmark's rules describe it: commands end with a percent sign, every answer
 * ends with m-ready.
 *
 *     name   profile   timestamp   results     who this is, the time, the last result
 *     db load N        then db HEX, as often as needed: the input, N bytes
 *     infer N [W]      W inferences to warm up (10 unasked), N between two timestamps
 */
#ifndef THIMBLE_MLPERF
#define THIMBLE_MLPERF 0
#endif

#if THIMBLE_MLPERF
#include "mlperf.h"
#include "platform.h"

#define LONGEST_COMMAND 300u
#define LONGEST_SLEEP_US 90000u
#define USUAL_WARM_UPS 10u
#define MILLI_MAXIMUM 4.0e6f /* larger results are told as this, in whole numbers */

#if THIMBLE_MLPERF_INPUT == MLPERF_INPUT_FLOAT32
#define INPUT_ELEMENTS THIMBLE_MODEL_INPUT_BYTES
#define LOADED_BYTES (4u * INPUT_ELEMENTS)
/* a network that repeats its input is judged by how far it is off: the mean of the squares */
#define TELLS_DISTANCE (THIMBLE_MLPERF_OUTPUT_COUNT == INPUT_ELEMENTS)
#else
#define LOADED_BYTES THIMBLE_MODEL_INPUT_BYTES
#define TELLS_DISTANCE 0
#endif

static _Alignas(4) uint8_t loaded[LOADED_BYTES];
static uint32_t wanted_bytes;
static uint32_t loaded_bytes;
static char command[LONGEST_COMMAND + 1u];
static uint32_t command_length;

static void put_text(const char *text)
{
    uint32_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    uart_write((const uint8_t *)text, length);
}

static void put_unsigned(uint32_t value)
{
    char digits[11];
    uint32_t at = sizeof digits - 1u;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    put_text(digits + at);
}

/* With three decimals. */
static void put_real(float value)
{
    if (value < 0.0f) {
        put_text("-");
        value = -value;
    }
    uint32_t milli = (uint32_t)((value < MILLI_MAXIMUM ? value : MILLI_MAXIMUM) * 1000.0f + 0.5f);
    put_unsigned(milli / 1000u);
    char decimals[] = {'.', (char)('0' + milli / 100u % 10u), (char)('0' + milli / 10u % 10u),
                       (char)('0' + milli % 10u), 0};
    put_text(decimals);
}

static void put_error(const char *text)
{
    put_text("e-[");
    put_text(text);
    put_text("]\r\n");
}

static void put_numbered(const char *text, uint32_t number)
{
    put_text(text);
    put_unsigned(number);
    put_text("\r\n");
}

static void put_timestamp(void)
{
    put_numbered("m-lap-us-", microseconds_read());
}

static float output_value(const int8_t *output, uint32_t i)
{
    return (float)(output[i] - THIMBLE_MLPERF_OUTPUT_ZERO_POINT) * THIMBLE_MLPERF_OUTPUT_SCALE;
}

static void put_results(thimble_model_context *model)
{
    const int8_t *output = thimble_model_output(model, 0);
    put_text("m-results-[");
#if TELLS_DISTANCE
    const float *values = (const float *)(const void *)loaded;
    float sum = 0.0f;
    for (uint32_t i = 0; i < THIMBLE_MLPERF_OUTPUT_COUNT; i++) {
        float difference = output_value(output, i) - values[i];
        sum += difference * difference;
    }
    put_real(sum / (float)THIMBLE_MLPERF_OUTPUT_COUNT);
#else
    for (uint32_t i = 0; i < THIMBLE_MLPERF_OUTPUT_COUNT; i++) {
        put_text(i == 0 ? "" : ",");
        put_real(output_value(output, i));
    }
#endif
    put_text("]\r\n");
}

/* The network may write over its input, so each inference gets it anew. */
static void run_once(thimble_model_context *model)
{
    uint8_t *input = thimble_model_input(model, 0);
#if THIMBLE_MLPERF_INPUT == MLPERF_INPUT_FLOAT32
    thimble_model_quantize_input((const float *)(const void *)loaded, input);
#elif THIMBLE_MLPERF_INPUT == MLPERF_INPUT_UINT8
    for (uint32_t i = 0; i < LOADED_BYTES; i++) {
        input[i] = loaded[i] ^ 0x80u;
    }
#else
    __builtin_memcpy(input, loaded, LOADED_BYTES);
#endif
    thimble_model_invoke(model);
    (void)microseconds_read(); /* it must be called more often than cycles wrap, where they are what it counts */
}

static void infer(thimble_model_context *model, uint32_t count, uint32_t warm_ups)
{
    put_numbered("m-warmup-start-", warm_ups);
    for (uint32_t i = 0; i < warm_ups; i++) {
        run_once(model);
    }
    put_text("m-warmup-done\r\n");
    put_numbered("m-infer-start-", count);
    put_timestamp();
    uart_drain(); /* what the port still sends must not fall into the time */
    for (uint32_t i = 0; i < count; i++) {
        run_once(model);
    }
    put_timestamp();
    put_text("m-infer-done\r\n");
    put_results(model);
}

static int digit_of(char character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    character = (char)(character | 0x20);
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static void load_hex(const char *text)
{
    while (*text != 0) {
        int high = digit_of(text[0]);
        int low = high < 0 ? -1 : digit_of(text[1]);
        if (low < 0) {
            put_error("Not a pair of hexadecimal digits");
            return;
        }
        if (loaded_bytes == wanted_bytes) {
            put_error("More bytes than were announced");
            return;
        }
        loaded[loaded_bytes++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (loaded_bytes == wanted_bytes) {
        put_text("m-load-done\r\n");
    }
}

/* Whether the text begins with this word; then `rest` is what follows it and the spaces behind. */
static bool takes_word(const char *text, const char *word, const char **rest)
{
    while (*word != 0) {
        if (*text++ != *word++) {
            return false;
        }
    }
    if (*text != 0 && *text != ' ') {
        return false;
    }
    while (*text == ' ') {
        text++;
    }
    *rest = text;
    return true;
}

/* The number at the beginning, or `otherwise` where there is none; `rest` is what follows. */
static uint32_t take_number(const char *text, uint32_t otherwise, const char **rest)
{
    uint32_t value = 0;
    const char *start = text;
    while (*text >= '0' && *text <= '9' && value < 100000000u) {
        value = 10u * value + (uint32_t)(*text++ - '0');
    }
    *rest = *text == ' ' ? text + 1 : text;
    return text == start ? otherwise : value;
}

static void load(const char *text)
{
    const char *rest;
    if (!takes_word(text, "load", &rest)) {
        load_hex(text);
        return;
    }
    uint32_t bytes = take_number(rest, 0, &rest);
    if (bytes != LOADED_BYTES) {
        put_error("The network's input has another size");
        return;
    }
    wanted_bytes = bytes;
    loaded_bytes = 0;
    put_text("m-[Expecting ");
    put_unsigned(bytes);
    put_text(" bytes]\r\n");
}

static void infer_as_told(thimble_model_context *model, const char *text)
{
    uint32_t count = take_number(text, 1, &text);
    uint32_t warm_ups = take_number(text, USUAL_WARM_UPS, &text);
    if (count == 0 || *text != 0) {
        put_error("infer takes a number of inferences, and one of warm-ups");
    } else if (wanted_bytes == 0 || loaded_bytes != wanted_bytes) {
        put_error("No whole input was loaded");
    } else {
        infer(model, count, warm_ups);
    }
}

static void answer(thimble_model_context *model, const char *text)
{
    const char *rest;
    if (takes_word(text, "name", &rest)) {
        put_text("m-name-dut-[Thimble " THIMBLE_BOARD_ID "]\r\n");
    } else if (takes_word(text, "profile", &rest)) {
        put_text("m-profile-[MLPerf Tiny on Thimble]\r\nm-model-[" THIMBLE_MODEL_NAME "]\r\n");
    } else if (takes_word(text, "timestamp", &rest)) {
        put_timestamp();
    } else if (takes_word(text, "results", &rest)) {
        put_results(model);
    } else if (takes_word(text, "db", &rest)) {
        load(rest);
    } else if (takes_word(text, "infer", &rest)) {
        infer_as_told(model, rest);
    } else {
        put_error("Unknown command");
    }
    put_text("m-ready\r\n");
}

static void take(thimble_model_context *model, char character)
{
    if (character == '\r' || character == '\n') {
        return;
    }
    if (character != '%') {
        if (command_length < LONGEST_COMMAND) {
            command[command_length] = character;
        }
        command_length += command_length <= LONGEST_COMMAND;
        return;
    }
    if (command_length > LONGEST_COMMAND) {
        put_error("The command is too long");
        put_text("m-ready\r\n");
    } else {
        command[command_length] = 0;
        answer(model, command);
    }
    command_length = 0;
}

void mlperf_serve(thimble_model_context *model)
{
    put_text("m-timestamp-performance-mode\r\n");
    put_timestamp();
    put_text("m-init-done\r\nm-ready\r\n");
    for (;;) {
        uint8_t byte;
        while (uart_read(&byte)) {
            take(model, (char)byte);
        }
        sleep_until_interrupt(LONGEST_SLEEP_US);
    }
}

#endif
