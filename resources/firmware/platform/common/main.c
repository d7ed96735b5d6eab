/* The firmware's main loop: serves the host's requests (docs/protocol.md) and runs the model.
 *
 * thimble_model.h gives the generated model generic names.
 */
#ifndef THIMBLE_MLPERF
#define THIMBLE_MLPERF 0
#endif
#if THIMBLE_MLPERF
#include "mlperf.h"
#endif
#ifndef THIMBLE_FRONT_END
#define THIMBLE_FRONT_END 0
#endif
#include "platform.h"
#if THIMBLE_FRONT_END
#include "raw_samples.h"
#endif
#include "self_test.h"
#include "telemetry.h"
#include "thimble_model.h"

/* An input up to this size is kept beside the arena, since the model may overwrite its own; a larger one is
 * written straight into the model's input and must be sent again for each inference. */
#ifndef THIMBLE_KEPT_INPUT_LIMIT_BYTES
#define THIMBLE_KEPT_INPUT_LIMIT_BYTES 1024
#endif
#define KEEPS_INPUT (THIMBLE_MODEL_INPUT_BYTES <= THIMBLE_KEPT_INPUT_LIMIT_BYTES)

#define INFER_FLAG_LAYERS 1u
#define INFER_FLAG_LAYER_OUTPUTS 2u
#define INFER_FLAG_RAW_SAMPLES 4u
#define INFER_FLAG_FEATURES 8u
#define INFERENCE_STALE_INPUT 1u
#define INFERENCE_INTERRUPTED 2u
#define INFERENCE_SENT_LAYERS 4u
#define LOWEST_BAUD 9600u
#define HIGHEST_BAUD 2000000u
#define BAUD_TRIAL_US 1000000u
#define LONGEST_SLEEP_US 90000u

static const uint32_t input_sizes[] = THIMBLE_MODEL_INPUT_SIZES;
static const uint32_t output_sizes[] = THIMBLE_MODEL_OUTPUT_SIZES;

__attribute__((aligned(16), section(".arena"))) static uint8_t arena[THIMBLE_MODEL_ARENA_BYTES];
static thimble_model_context model;

#if KEEPS_INPUT
static uint8_t kept_input[THIMBLE_MODEL_INPUT_BYTES];
#endif
static uint32_t input_bytes; /* received in order since the input began */

static uint32_t layer_cycles[THIMBLE_MODEL_LAYER_COUNT];
static uint32_t layer_started;

#if HAS_SELF_TEST
static telemetry_self_test self_test;
#endif

static uint32_t free_period_us; /* 0: inferences on request only */
static uint32_t free_due_us;

static bool baud_on_trial;
static uint32_t baud_trial_began_us;
static uint32_t baud_proven_bytes; /* received when the last intact frame was served */

static void on_layer(void *user, uint32_t layer)
{
    (void)user;
    uint32_t now = cycle_counter_read();
    if (layer < THIMBLE_MODEL_LAYER_COUNT) {
        layer_cycles[layer] = now - layer_started;
    }
    layer_started = cycle_counter_read();
}

/* Copies part of the whole input, whose tensors follow one another, into the model's tensors. */
static void write_model_input(uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < THIMBLE_MODEL_INPUT_COUNT && count > 0; i++) {
        if (offset >= input_sizes[i]) {
            offset -= input_sizes[i];
            continue;
        }
        uint32_t part = input_sizes[i] - offset < count ? input_sizes[i] - offset : count;
        uint8_t *tensor = thimble_model_input(&model, i);
        copy_bytes(tensor + offset, bytes, part);
        bytes += part;
        count -= part;
        offset = 0;
    }
}

static uint8_t set_input(const telemetry_frame *frame)
{
    if (frame->payload_bytes < 4) {
        return STATUS_MALFORMED;
    }
    uint32_t offset = telemetry_read_u32(frame->payload);
    uint32_t count = frame->payload_bytes - 4;
    if (offset > THIMBLE_MODEL_INPUT_BYTES || count > THIMBLE_MODEL_INPUT_BYTES - offset) {
        return STATUS_MALFORMED;
    }
    if (offset > input_bytes) {
        return STATUS_GAP;
    }
    const uint8_t *bytes = frame->payload + 4;
#if KEEPS_INPUT
    copy_bytes(kept_input + offset, bytes, count);
#else
    write_model_input(offset, bytes, count);
#endif
    if (offset == 0 || offset + count > input_bytes) {
        input_bytes = offset + count;
    }
    return STATUS_OK;
}

static void load_kept_input(void)
{
#if KEEPS_INPUT
    write_model_input(0, kept_input, THIMBLE_MODEL_INPUT_BYTES);
#endif
}

/* The outputs are sent from where the model left them, so before anything else runs in the arena. */
static void send_inference(uint32_t cycles, uint8_t status)
{
    telemetry_inference inference = {.timestamp_us = microseconds_read(), .cycles = cycles, .status = status};
    telemetry_begin_inference(&inference);
    for (uint32_t i = 0; i < THIMBLE_MODEL_OUTPUT_COUNT; i++) {
        telemetry_put_output(thimble_model_output(&model, i), output_sizes[i]);
    }
    telemetry_end_inference();
}

static bool take_input(void)
{
    if (input_bytes != THIMBLE_MODEL_INPUT_BYTES) {
        return false;
    }
    if (!KEEPS_INPUT) {
        input_bytes = 0;
    }
    return true;
}

static void run_inference(void)
{
    load_kept_input();
    interrupts_off();
    uint32_t start = cycle_counter_read();
    thimble_model_invoke(&model);
    uint32_t cycles = cycle_counter_read() - start;
    interrupts_on();
    send_inference(cycles, 0);
}

/* Nobody knows when the host will speak to a board that runs freely, so it must be able to listen all the time;
 * cycles that hold a serial interrupt are marked. */
static void run_free_inference(void)
{
    uint8_t status = take_input() ? 0 : INFERENCE_STALE_INPUT;
    load_kept_input();
    uint32_t bytes_before = uart_received_bytes();
    uint32_t start = cycle_counter_read();
    thimble_model_invoke(&model);
    uint32_t cycles = cycle_counter_read() - start;
    if (uart_received_bytes() != bytes_before) {
        status |= INFERENCE_INTERRUPTED;
    }
    send_inference(cycles, status);
}

/* Sending waits for the serial port, so this inference takes long and its cycles tell nothing. */
static void run_and_send_layers(void)
{
#if HAS_LAYER_OUTPUTS
    load_kept_input();
    uint32_t start = cycle_counter_read();
    layer_outputs_send(&model);
    send_inference(cycle_counter_read() - start, INFERENCE_SENT_LAYERS);
#else
    run_inference();
#endif
}

static void run_layer_profile(void)
{
    load_kept_input();
    interrupts_off();
    model.on_layer = on_layer;
    layer_started = cycle_counter_read();
    thimble_model_invoke(&model);
    model.on_layer = 0;
    interrupts_on();
    telemetry_send_layers(layer_cycles, THIMBLE_MODEL_LAYER_COUNT);
}

#if THIMBLE_FRONT_END
_Static_assert(KEEPS_INPUT, "features need the kept input");

static void make_input_of_samples(bool sends_features)
{
    interrupts_off();
    raw_samples_to_features(kept_input);
    interrupts_on();
    input_bytes = THIMBLE_MODEL_INPUT_BYTES;
    raw_samples_send_front_end(kept_input, sends_features ? THIMBLE_MODEL_INPUT_BYTES : 0);
}
#endif

static void infer(const telemetry_frame *frame)
{
    if (frame->payload_bytes < 1) {
        telemetry_send_ack(frame->sequence, STATUS_MALFORMED);
        return;
    }
    uint8_t flags = frame->payload[0];
#if THIMBLE_FRONT_END
    bool takes_samples = (flags & INFER_FLAG_RAW_SAMPLES) != 0;
    bool is_complete = takes_samples ? raw_samples_complete() : take_input();
#else
    bool is_complete = take_input();
#endif
    if (!is_complete) {
        telemetry_send_ack(frame->sequence, STATUS_INPUT_INCOMPLETE);
        return;
    }
    telemetry_send_ack(frame->sequence, STATUS_OK);
#if THIMBLE_FRONT_END
    if (takes_samples) {
        make_input_of_samples((flags & INFER_FLAG_FEATURES) != 0);
    }
#endif
    if ((flags & INFER_FLAG_LAYER_OUTPUTS) != 0) {
        run_and_send_layers();
    } else {
        run_inference();
    }
    if ((flags & INFER_FLAG_LAYERS) != 0) {
        run_layer_profile();
    }
}

static void send_hello(void)
{
    uint32_t data_bytes = (uint32_t)((uintptr_t)&_edata - (uintptr_t)&_sdata);
    telemetry_hello hello = {
        .protocol = TELEMETRY_PROTOCOL,
        .reset_cause = (uint8_t)clock_reset_cause(),
        .capabilities =
            CAPABILITY_LAYER_CYCLES | CAPABILITY_CHANGES_BAUD | (KEEPS_INPUT ? CAPABILITY_KEEPS_INPUT : 0u) |
            (HAS_LAYER_OUTPUTS ? CAPABILITY_LAYER_OUTPUTS : 0u) | (HAS_SELF_TEST ? CAPABILITY_SELF_TEST : 0u) |
            (THIMBLE_FRONT_END ? CAPABILITY_FRONT_END : 0u),
        .clock_hz = clock_hz(),
        .input_bytes = THIMBLE_MODEL_INPUT_BYTES,
        .output_bytes = THIMBLE_MODEL_OUTPUT_BYTES,
        .arena_bytes = THIMBLE_MODEL_ARENA_BYTES,
        .data_bytes = data_bytes + (uint32_t)((uintptr_t)&_ebss - (uintptr_t)&_sbss),
        .stack_bytes = (uint32_t)((uintptr_t)&_estack - (uintptr_t)&_stack_limit),
        .flash_bytes = (uint32_t)((uintptr_t)&_sidata - (uintptr_t)&_image_start) + data_bytes,
        .layer_count = THIMBLE_MODEL_LAYER_COUNT,
        .chunk_bytes = TELEMETRY_CHUNK_BYTES,
        .window_bytes = UART_RING_BYTES - 1u,
    };
    static const char model_hash[] = THIMBLE_MODEL_HASH;
    static const char board_id[] = THIMBLE_BOARD_ID;
    _Static_assert(sizeof model_hash - 1 <= sizeof hello.model_hash, "the model's hash is too long");
    _Static_assert(sizeof board_id - 1 <= sizeof hello.board_id, "the board's id is too long");
    copy_bytes(hello.model_hash.text, model_hash, sizeof model_hash - 1);
    copy_bytes(hello.board_id.text, board_id, sizeof board_id - 1);
    telemetry_send_hello(&hello);
}

static uint32_t stack_high_water_bytes(void)
{
    const uint32_t *word = &_stack_limit;
    while (word < &_estack && *word == STACK_PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)&_estack - (uintptr_t)word);
}

static void send_stats(void)
{
    telemetry_stats stats = {
        .stack_high_water_bytes = stack_high_water_bytes(),
        .lost_frames = telemetry_counts.lost_frames,
        .damaged_frames = telemetry_counts.damaged_frames,
        .unknown_frames = telemetry_counts.unknown_frames,
        .overruns = uart_overruns(),
        .uptime_us = microseconds_read(),
    };
    telemetry_send_stats(&stats);
}

static void answer_self_test(const telemetry_frame *frame)
{
#if HAS_SELF_TEST
    telemetry_send_ack(frame->sequence, STATUS_OK);
    telemetry_send_self_test(&self_test);
#else
    telemetry_send_ack(frame->sequence, STATUS_UNSUPPORTED);
#endif
}

static void run_freely(const telemetry_frame *frame)
{
    if (frame->payload_bytes < 4) {
        telemetry_send_ack(frame->sequence, STATUS_MALFORMED);
        return;
    }
    free_period_us = telemetry_read_u32(frame->payload);
    free_due_us = microseconds_read() + free_period_us;
    telemetry_send_ack(frame->sequence, STATUS_OK);
}

static void change_baud(const telemetry_frame *frame)
{
    uint32_t baud = frame->payload_bytes < 4 ? 0 : telemetry_read_u32(frame->payload);
    if (baud < LOWEST_BAUD || baud > HIGHEST_BAUD || !uart_can(baud)) {
        telemetry_send_ack(frame->sequence, STATUS_MALFORMED);
        return;
    }
    telemetry_send_ack(frame->sequence, STATUS_OK);
    uart_drain();
    uart_start(baud);
    baud_on_trial = true;
    baud_trial_began_us = microseconds_read();
}

static void serve(const telemetry_frame *frame)
{
    baud_on_trial = false; /* an intact frame proves the rate */
    baud_proven_bytes = uart_received_bytes();
    switch (frame->type) {
    case FRAME_ASK_HELLO:
        telemetry_send_ack(frame->sequence, STATUS_OK);
        send_hello();
        break;
    case FRAME_SET_INPUT:
        telemetry_send_ack(frame->sequence, set_input(frame));
        break;
    case FRAME_INFER:
        infer(frame);
        break;
    case FRAME_RUN_FREELY:
        run_freely(frame);
        break;
    case FRAME_BAUD:
        change_baud(frame);
        break;
    case FRAME_RESET:
        telemetry_send_ack(frame->sequence, STATUS_OK);
        uart_drain();
        chip_reset();
    case FRAME_ASK_STATS:
        telemetry_send_ack(frame->sequence, STATUS_OK);
        send_stats();
        break;
    case FRAME_ASK_SELF_TEST:
        answer_self_test(frame);
        break;
#if THIMBLE_FRONT_END
    case FRAME_RAW_SAMPLES:
        telemetry_send_ack(frame->sequence, raw_samples_take(frame));
        break;
    case FRAME_ASK_FRONT_END:
        telemetry_send_ack(frame->sequence, STATUS_OK);
        raw_samples_send_front_end(0, 0);
        break;
#endif
    default:
        telemetry_counts.unknown_frames++;
        telemetry_send_ack(frame->sequence, STATUS_UNSUPPORTED);
        break;
    }
}

/* Differences of the microsecond clock are right as long as they stay below 35 minutes. */
static bool is_past(uint32_t due_us)
{
    return (int32_t)(microseconds_read() - due_us) >= 0;
}

/* Another rate is on trial after the change, and again when bytes make no frame: a host may have come that knows
 * nothing of it. */
static void watch_baud(void)
{
    if (uart_baud() == TELEMETRY_DEFAULT_BAUD) {
        return;
    }
    if (!baud_on_trial && uart_received_bytes() != baud_proven_bytes) {
        baud_on_trial = true;
        baud_trial_began_us = microseconds_read();
    }
    if (baud_on_trial && is_past(baud_trial_began_us + BAUD_TRIAL_US)) {
        baud_on_trial = false;
        uart_start(TELEMETRY_DEFAULT_BAUD);
    }
}

static void sleep(void)
{
    uint32_t longest_us = LONGEST_SLEEP_US;
    if (free_period_us != 0) {
        int32_t left_us = (int32_t)(free_due_us - microseconds_read());
        if (left_us <= 0) {
            return;
        }
        longest_us = (uint32_t)left_us < longest_us ? (uint32_t)left_us : longest_us;
    }
    sleep_until_interrupt(longest_us);
}

int main(void)
{
    fault_start();
    clock_start();
    cycle_counter_start();
    microseconds_start();
    uart_start(TELEMETRY_DEFAULT_BAUD);
    thimble_model_init(&model, arena);
#if THIMBLE_MLPERF
    mlperf_serve(&model);
#endif
    telemetry_end_broken_frame(); /* the reset may have cut one short, which would swallow the hello */
    send_hello();
#if HAS_SELF_TEST
    self_test = self_test_run(&model);
    thimble_model_init(&model, arena);
    telemetry_send_self_test(&self_test);
#endif
    for (;;) {
        telemetry_frame frame;
        while (telemetry_receive(&frame)) {
            serve(&frame);
        }
        if (free_period_us != 0 && is_past(free_due_us)) {
            run_free_inference();
            free_due_us += free_period_us;
            if (is_past(free_due_us)) { /* do not try to catch up */
                free_due_us = microseconds_read();
            }
        }
        watch_baud();
        sleep();
    }
}
