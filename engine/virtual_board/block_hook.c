/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the emulator does too often for Python: it counts instructions and cycles at the start of every basic block,
 * moves the bytes of the serial port, looks for divisions by zero and unaligned accesses, and adds what memory costs.
 * compiled_counter.py mirrors `hook_state` field by field; python_counter.py does the same in Python.
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
    u8 unmasks; /* 1: it may let masked interrupts in; 2: it may change what the MPU allows */
    u8 reads;   /* loads whose address can be told, from `first_read` on in the table of loads */
    u8 seen;    /* 1: it is known which of them are watched; 2: none is */
    u32 first_read;
    u32 aligned; /* accesses behind those loads that fault where they are not aligned */
} block_cost;

/* A load from offset + times_a * register a + times_b * register b, as they are when the block begins. */
typedef struct {
    u32 a;
    int times_a;
    u32 b;
    int times_b;
    u32 offset;
    u32 bytes;
    u32 watched;
} load;

typedef struct {
    u32 start;
    u32 bytes;
} range;

#define WATCHED 4

#define CACHE_LINES 2048

/* Which lines a cache holds, per set from the most recently used; a tag is the line's number plus one. */
typedef struct {
    u32 line_shift;
    u32 sets; /* a power of two; 0: there is no cache, or it is off */
    u32 ways;
    u32 tags[CACHE_LINES];
} cache;

typedef struct {
    u64 cycles;
    u64 instructions;
    u64 waits; /* cycles that memory adds; they are in `cycles` too */
    u64 next_event; /* stop before the block that starts at or after this cycle */
    u64 invoke_begin_cycles;
    u64 invoke_begin_instructions;
    u64 invoke_begin_waits;
    u64 invoke_cycles; /* of the last complete call */
    u64 invoke_instructions;
    u64 invoke_waits;
    u64 invoke_count;
    block_cost *table;
    load *loads;
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
    u32 status_idle, status_waiting; /* its status without and with a received byte */
    u32 divided_by_zero;
    int register_lr, register_sp, register_r0; /* the emulator's names of registers */
    u32 flash_miss, sequential_miss, ram_miss; /* extra cycles */
    u32 one_cache; /* instructions and data share the first */
    cache instruction, data;
    range watched[WATCHED]; /* loads from here go through the data cache */
    u32 unaligned;
    u32 *access_of; /* per halfword of code: 0 not looked at yet, 1 nothing, else the load plus 2 */
    void (*new_access)(u64 address, u32 bytes);
    u32 looks_for_unaligned; /* as blocks begin */
    u32 unaligned_block;     /* the last run ended before a block with one */
} hook_state;

static u32 read_register(hook_state *state, void *engine, int id)
{
    u32 value = 0;
    state->read_register(engine, id, &value);
    return value;
}

static int touch(cache *cache, u32 line)
{
    if (cache->sets == 0) {
        return 0;
    }
    u32 *tags = cache->tags + (line & (cache->sets - 1)) * cache->ways;
    u32 carried = line + 1;
    for (u32 way = 0; way < cache->ways; way++) {
        u32 tag = tags[way];
        tags[way] = carried;
        if (tag == line + 1) {
            return 1;
        }
        carried = tag;
    }
    return 0;
}

static void clear(cache *cache)
{
    for (u32 i = 0; i < cache->sets * cache->ways; i++) {
        cache->tags[i] = 0;
    }
}

static void wait(hook_state *state, u32 cycles)
{
    state->cycles += cycles;
    state->waits += cycles;
}

/* Fetch the lines of a block in flash. A block that follows the one before begins with the first line that is new. */
static void fetch(hook_state *state, u32 address, u32 bytes)
{
    cache *cache = &state->instruction;
    u32 follows = address == state->previous_end;
    u32 line = address >> cache->line_shift;
    u32 last = (address + bytes - 1) >> cache->line_shift;
    if (follows && (address - 1) >> cache->line_shift == line) {
        line++;
    }
    for (; line <= last; line++) {
        if (!touch(cache, line)) {
            wait(state, follows ? state->sequential_miss : state->flash_miss);
        }
        follows = 1;
    }
}

static int is_watched(const hook_state *state, u32 address)
{
    for (u32 i = 0; i < WATCHED; i++) {
        if (address - state->watched[i].start < state->watched[i].bytes) {
            return 1;
        }
    }
    return 0;
}

static u32 load_address(hook_state *state, void *engine, const load *load)
{
    u32 address = load->offset;
    if (load->times_a != 0) {
        int id = load->a == 14 ? state->register_lr : state->register_r0 + (int)load->a;
        address += (u32)load->times_a * read_register(state, engine, id);
    }
    if (load->times_b != 0) {
        int id = load->b == 14 ? state->register_lr : state->register_r0 + (int)load->b;
        address += (u32)load->times_b * read_register(state, engine, id);
    }
    return address;
}

/* Which loads are watched is decided when the block first runs: a load hardly ever reads now from one memory, now
 * from another. */
static void read_data(hook_state *state, void *engine, block_cost *cost)
{
    load *loads = state->loads + cost->first_read;
    if (cost->seen == 0) {
        cost->seen = 2;
        for (u32 i = 0; i < cost->reads; i++) {
            loads[i].watched = (u32)is_watched(state, load_address(state, engine, &loads[i]));
            if (loads[i].watched) {
                cost->seen = 1;
            }
        }
    }
    if (cost->seen == 2) {
        return;
    }
    cache *cache = state->one_cache ? &state->instruction : &state->data;
    for (u32 i = 0; i < cost->reads; i++) {
        if (!loads[i].watched) {
            continue;
        }
        u32 address = load_address(state, engine, &loads[i]);
        u32 in_flash = (address - state->code_base) >> 1 < state->code_halfwords;
        u32 last = (address + loads[i].bytes - 1) >> cache->line_shift;
        for (u32 line = address >> cache->line_shift; line <= last; line++) {
            if (!touch(cache, line)) {
                wait(state, in_flash ? state->flash_miss : state->ram_miss);
            }
        }
    }
}

/* LDM, LDRD and their like fault by all means (Armv7-M ARM A3.2.1). */
static int is_aligned(hook_state *state, void *engine, const block_cost *cost)
{
    const load *accesses = state->loads + cost->first_read + cost->reads;
    for (u32 i = 0; i < cost->aligned; i++) {
        if (load_address(state, engine, &accesses[i]) & (accesses[i].bytes - 1)) {
            return 0;
        }
    }
    return 1;
}

static void note_invoke(hook_state *state, void *engine, u32 address)
{
    if (address == state->invoke_entry && !state->inside_invoke) {
        state->invoke_begin_cycles = state->cycles;
        state->invoke_begin_instructions = state->instructions;
        state->invoke_begin_waits = state->waits;
        state->invoke_return = read_register(state, engine, state->register_lr) & ~1u;
        state->invoke_stack = read_register(state, engine, state->register_sp);
        state->inside_invoke = 1;
        clear(&state->instruction); /* whatever ran before, an inference costs the same */
        clear(&state->data);
    } else if (state->inside_invoke && address == state->invoke_return &&
               read_register(state, engine, state->register_sp) == state->invoke_stack) {
        state->invoke_cycles = state->cycles - state->invoke_begin_cycles;
        state->invoke_instructions = state->instructions - state->invoke_begin_instructions;
        state->invoke_waits = state->waits - state->invoke_begin_waits;
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
    if (cost->aligned != 0 && state->looks_for_unaligned && !is_aligned(state, engine, cost)) {
        state->unaligned_block = 1;
        state->stop(engine);
        return;
    }
    if (address == state->invoke_entry || address == state->invoke_return) {
        note_invoke(state, engine, address);
    }
    if (state->flash_miss != 0 && index < state->code_halfwords) {
        if (address != state->block_start || state->instruction.sets == 0) {
            fetch(state, address, bytes); /* a block that repeats itself has its lines */
        }
        if (cost->reads != 0 && cost->seen != 2) {
            read_data(state, engine, cost);
        }
    }
    state->cycles += cost->cycles + (address != state->previous_end ? cost->refill : 0);
    state->instructions += cost->instructions;
    state->block_start = address;
    state->previous_end = address + bytes;
    if (cost->unmasks != 0 && (cost->unmasks > 1 || state->interrupt_masked)) {
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

/* Before each instruction in flash, while the firmware wants unaligned accesses to fault (Armv7-M ARM A3.2.1). */
EXPORT void on_instruction(void *engine, u64 address, u32 bytes, void *user)
{
    hook_state *state = user;
    u32 index = ((u32)address - state->code_base) >> 1;
    if (index >= state->code_halfwords) {
        return;
    }
    if (state->access_of[index] == 0) {
        state->new_access(address, bytes);
    }
    if (state->access_of[index] < 2) {
        return;
    }
    const load *access = &state->loads[state->access_of[index] - 2];
    if (load_address(state, engine, access) & (access->bytes - 1)) {
        state->unaligned = 1;
        state->stop(engine);
    }
}

EXPORT u64 read_page(void *engine, u64 offset, unsigned size, void *user)
{
    hook_state *state = user;
    (void)engine;
    if (offset == state->status_offset) {
        return state->received_head != state->received_tail ? state->status_waiting : state->status_idle;
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
