/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the emulator does too often for Python: it counts instructions and cycles at the start of every basic block,
 * moves the bytes of the serial port, and looks for divisions by zero.
 * block_counter.py mirrors `hook_state` field by field and has the same in Python.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
int _DllMainCRTStartup(void *instance, unsigned reason, void *reserved)
{
    (void)instance;
    (void)reason;
    (void)reserved;
    return 1;
}
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* One entry for every halfword of code; `bytes` is 0 until the block that starts there is known. */
typedef struct {
    u32 bytes;
    u32 cycles;
    u32 instructions;
    u8 refill;  /* extra cycles when a taken branch leads here */
    u8 unmasks; /* it may let masked interrupts in */
    u8 padding[2];
} block_cost;

typedef struct {
    u64 cycles;
    u64 instructions;
    u64 next_event; /* stop before the block that starts at or after this cycle */
    u64 invoke_begin_cycles;
    u64 invoke_begin_instructions;
    u64 invoke_cycles; /* of the last complete call */
    u64 invoke_instructions;
    u64 invoke_count;
    block_cost *table;
    void (*new_block)(u64 address, u32 bytes); /* fills the table's entry, or `elsewhere` */
    int (*stop)(void *engine);
    int (*read_register)(void *engine, int id, void *value);
    int (*read_memory)(void *engine, u64 address, void *bytes, u64 count);
    u64 (*read_other)(u64 offset, u32 size); /* registers beside the serial port's */
    void (*write_other)(u64 offset, u32 size, u64 value);
    u8 *received; /* a ring of `ring_bytes`, a power of two */
    u8 *sent;
    block_cost elsewhere; /* of the block that runs outside the table */
    u32 code_base;
    u32 code_halfwords;
    u32 previous_end;
    u32 block_start;
    u32 stopped;          /* the last run ended because of next_event */
    u32 interrupt_masked; /* an interrupt waits behind PRIMASK or BASEPRI */
    u32 invoke_entry;     /* 0: no symbol is known */
    u32 invoke_return;
    u32 invoke_stack;
    u32 inside_invoke;
    u32 ring_bytes;
    u32 received_head, received_tail, sent_count;
    u32 status_offset, received_offset, to_send_offset; /* of the serial port in its page */
    u32 divided_by_zero;
    int register_lr, register_sp, register_r0; /* the emulator's names of registers */
} hook_state;

#define STATUS_RXNE 0x20u
#define STATUS_TC_TXE 0xC0u

static u32 read_register(hook_state *state, void *engine, int id)
{
    u32 value = 0;
    state->read_register(engine, id, &value);
    return value;
}

static void note_invoke(hook_state *state, void *engine, u32 address)
{
    if (address == state->invoke_entry && !state->inside_invoke) {
        state->invoke_begin_cycles = state->cycles;
        state->invoke_begin_instructions = state->instructions;
        state->invoke_return = read_register(state, engine, state->register_lr) & ~1u;
        state->invoke_stack = read_register(state, engine, state->register_sp);
        state->inside_invoke = 1;
    } else if (state->inside_invoke && address == state->invoke_return &&
               read_register(state, engine, state->register_sp) == state->invoke_stack) {
        state->invoke_cycles = state->cycles - state->invoke_begin_cycles;
        state->invoke_instructions = state->instructions - state->invoke_begin_instructions;
        state->invoke_count++;
        state->inside_invoke = 0;
    }
}

EXPORT void on_block(void *engine, u64 address64, u32 bytes, void *user)
{
    hook_state *state = user;
    u32 address = (u32)address64;
    if (state->cycles >= state->next_event) {
        state->stopped = 1;
        state->stop(engine);
        return;
    }
    u32 index = (address - state->code_base) >> 1;
    block_cost *cost = index < state->code_halfwords ? &state->table[index] : &state->elsewhere;
    if (cost->bytes != bytes || cost == &state->elsewhere) {
        state->new_block(address64, bytes);
        if (state->stopped) {
            state->stop(engine);
            return;
        }
    }
    if (address == state->invoke_entry || address == state->invoke_return) {
        note_invoke(state, engine, address);
    }
    state->cycles += cost->cycles + (address != state->previous_end ? cost->refill : 0);
    state->instructions += cost->instructions;
    state->block_start = address;
    state->previous_end = address + bytes;
    if (cost->unmasks && state->interrupt_masked) {
        state->next_event = 0;
    }
}

/* Before a UDIV or SDIV, when the firmware asked that a division by zero faults. The divisor is in bits 3:0 of the
 * second halfword (Armv7-M ARM A7.7.125, A7.7.191). */
EXPORT void on_division(void *engine, u64 address, u32 bytes, void *user)
{
    hook_state *state = user;
    u8 code[4] = {0};
    (void)bytes;
    state->read_memory(engine, address, code, sizeof code);
    int number = code[2] & 15;
    int id = number == 14 ? state->register_lr : state->register_r0 + number;
    if (read_register(state, engine, id) == 0) {
        state->divided_by_zero = 1;
        state->stop(engine);
    }
}

EXPORT u64 read_page(void *engine, u64 offset, unsigned size, void *user)
{
    hook_state *state = user;
    (void)engine;
    if (offset == state->status_offset) {
        return STATUS_TC_TXE | (state->received_head != state->received_tail ? STATUS_RXNE : 0);
    }
    if (offset == state->received_offset) {
        if (state->received_head == state->received_tail) {
            return 0;
        }
        return state->received[state->received_tail++ & (state->ring_bytes - 1)];
    }
    return state->read_other(offset, size);
}

EXPORT void write_page(void *engine, u64 offset, unsigned size, u64 value, void *user)
{
    hook_state *state = user;
    (void)engine;
    if (offset == state->to_send_offset) {
        if (state->sent_count < state->ring_bytes) {
            state->sent[state->sent_count++] = (u8)value;
        }
        if (state->sent_count >= state->ring_bytes / 2) {
            state->next_event = 0;
        }
        return;
    }
    if (offset != state->status_offset) {
        state->write_other(offset, size, value);
    }
}
