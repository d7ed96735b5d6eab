#include "thimble_model.h"

#define INPUT_AT 16

void stub_init(stub_context *context, void *arena)
{
    context->arena = arena;
    context->on_layer = 0;
    context->user = 0;
}

void *stub_input(const stub_context *context, uint32_t i)
{
    (void)i;
    return context->arena + INPUT_AT;
}

const void *stub_output(const stub_context *context, uint32_t i)
{
    (void)i;
    return context->arena;
}

static volatile uint32_t sink;

__attribute__((noinline)) static int recurse(volatile uint32_t depth)
{
    volatile uint32_t block[64];
    block[0] = depth;
    return depth == 0 ? 0 : recurse(depth - 1) + (int)block[0];
}

__attribute__((noinline)) static void load_unaligned(const uint8_t *address)
{
    uint32_t value;
    __asm volatile("ldr %0, [%1]" : "=l"(value) : "l"(address));
    sink = value;
}

__attribute__((noinline)) static void load_from_null(void)
{
    sink = *(volatile uint32_t *)4u;
}

static void plant_fault(uint8_t which)
{
    switch (which) {
    case 0: /* nothing is there */
        sink = *(volatile uint32_t *)0x60000000u;
        break;
    case 1:
        load_from_null();
        break;
    case 2:
        __asm volatile("udf #0");
        break;
#if __ARM_ARCH >= 7
    case 3: {
        uint32_t quotient;
        __asm volatile("udiv %0, %1, %2" : "=r"(quotient) : "r"(7), "r"(0));
        sink = quotient;
        break;
    }
#endif
    case 4:
        sink = (uint32_t)recurse(1000000);
        break;
    case 5:
        ((void (*)(void))0x60000001u)();
        break;
    case 7: /* memory is there, but the address is odd */
        load_unaligned((const uint8_t *)&sink + 1);
        break;
    default: /* flash cannot be written like memory */
        *(volatile uint32_t *)0x08000100u = 1;
        break;
    }
}

int stub_invoke(stub_context *context)
{
    /* volatile, since the compiler would join bytes across alignments, and a test lets that fault */
    volatile uint8_t *output = context->arena, *input = output + INPUT_AT;
    if (input[0] == 0xEE) {
        plant_fault(input[1]);
    }
    if (input[0] == 0xDD) { /* some 30 million cycles, more than 24 bits */
        for (volatile uint32_t i = 0; i < 5000000; i++) {
        }
    }
    uint8_t sums[THIMBLE_MODEL_OUTPUT_BYTES];
    uint32_t share = THIMBLE_MODEL_INPUT_BYTES / THIMBLE_MODEL_OUTPUT_BYTES;
    for (uint32_t i = 0; i < THIMBLE_MODEL_OUTPUT_BYTES; i++) {
        uint8_t sum = 0;
        for (uint32_t j = 0; j < share; j++) {
            sum = (uint8_t)(sum + input[i * share + j]);
        }
        sums[i] = sum;
    }
    if (context->on_layer != 0) {
        context->on_layer(context->user, 0);
    }
    for (uint32_t i = 0; i < THIMBLE_MODEL_OUTPUT_BYTES; i++) {
        output[i] = sums[i];
    }
    for (uint32_t i = 0; i < THIMBLE_MODEL_INPUT_BYTES; i++) {
        input[i] = 0xAA; /* as a real model may */
    }
#if defined(__ARM_FP)
    /* lives in a floating-point register from here to the next inference, which an interrupt must not harm */
    __asm volatile("vmov s0, %0\n vmov s15, %0" ::"r"(0x40490FDB) : "s0", "s15");
#endif
    if (context->on_layer != 0) {
        context->on_layer(context->user, 1);
    }
    return 0;
}
