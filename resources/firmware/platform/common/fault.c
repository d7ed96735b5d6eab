/* Makes mistakes fault, and tells the host what went wrong: one fault frame a second until the host asks for a reset. */
#include "platform.h"
#include "telemetry.h"

/* Armv7-M ARM (DDI 0403E): B3.2.4 ICSR, B3.2.15 CFSR, B3.2.16 HFSR, B3.2.18 MMFAR and BFAR. On Armv6-M, which has
 * only hard faults, all but ICSR are reserved and read as zero (DDI 0419 B3.2). */
#define SCB_ICSR REGISTER(0xE000ED04)
#define SCB_CFSR REGISTER(0xE000ED28)
#define SCB_HFSR REGISTER(0xE000ED2C)
#define SCB_MMFAR REGISTER(0xE000ED34)
#define SCB_BFAR REGISTER(0xE000ED38)
#define SCB_CCR REGISTER(0xE000ED14)   /* B3.2.8 */
#define CCR_DIV_0_TRP (1u << 4)
#define SCB_SHCSR REGISTER(0xE000ED24) /* B3.2.13 */
#define SHCSR_FAULTS_ENABLED (1u << 16 | 1u << 17 | 1u << 18)
#define MPU_CTRL REGISTER(0xE000ED94)  /* B3.5.5 */
#define MPU_CTRL_ENABLE (1u << 0)
#define MPU_CTRL_PRIVDEFENA (1u << 2)
#define MPU_RNR REGISTER(0xE000ED98)   /* B3.5.7 */
#define MPU_RBAR REGISTER(0xE000ED9C)  /* B3.5.8 */
#define MPU_RASR REGISTER(0xE000EDA0)  /* B3.5.9 */
#define MPU_RASR_XN (1u << 28)
#define MPU_RASR_SIZE_1M (19u << 1)
#define MPU_RASR_ENABLE (1u << 0)
#define ICSR_VECTACTIVE 0x1FFu

#define TEXT(macro) TEXT_OF(macro)
#define TEXT_OF(value) #value

#define FAULT_STACK_BYTES 512
#define STACKED_WORDS 8u
#define REPEAT_US 1000000u
#define SLEEP_US 50000u

/* The handler must run even when the stack is what failed. */
__attribute__((used, aligned(8))) uint32_t fault_stack[FAULT_STACK_BYTES / 4];

void fault_start(void)
{
#if __ARM_ARCH >= 7
    /* a division by zero would give 0, and a null pointer would read the start of flash, which is mirrored there */
    SCB_CCR |= CCR_DIV_0_TRP;
    MPU_RNR = 0;
    MPU_RBAR = 0;
    MPU_RASR = MPU_RASR_XN | MPU_RASR_SIZE_1M | MPU_RASR_ENABLE; /* access permission 0: none */
    MPU_CTRL = MPU_CTRL_PRIVDEFENA | MPU_CTRL_ENABLE;
    SCB_SHCSR |= SHCSR_FAULTS_ENABLED;
    __asm volatile("dsb\n isb" ::: "memory");
#endif
}

static bool on_the_stack(const uint32_t *frame)
{
    return ((uintptr_t)frame & 3u) == 0 && frame >= &_stack_limit && frame + STACKED_WORDS <= &_estack;
}

static bool follows_a_call(uint32_t address)
{
    uint32_t start = (uint32_t)(uintptr_t)vector_table;
    uint32_t bytes = (uint32_t)(uintptr_t)&_sidata - start;
    if ((address & 1u) == 0 || address - start >= bytes || address - start < 5u) {
        return false;
    }
    const uint16_t *next = (const uint16_t *)(uintptr_t)(address & ~1u);
    bool branch_with_link = (next[-2] & 0xF800u) == 0xF000u && (next[-1] & 0xD000u) == 0xD000u;
    return branch_with_link || (next[-1] & 0xFF87u) == 0x4780u; /* BL, or BLX of a register */
}

/* When the stack has overflowed nothing can be stacked, but the call that came last left its mark at the bottom. */
static uint32_t last_return_address(void)
{
    for (const uint32_t *word = &_stack_limit; word < &_estack; word++) {
        if (follows_a_call(*word)) {
            return *word;
        }
    }
    return 0;
}

static void wait_for_reset_request(void)
{
    uint32_t start_us = microseconds_read();
    telemetry_frame frame;
    while (microseconds_read() - start_us < REPEAT_US) {
        sleep_in_fault(SLEEP_US);
        uart_poll();
        while (telemetry_receive(&frame)) {
            if (frame.type != FRAME_RESET) {
                continue;
            }
            telemetry_send_ack(frame.sequence, STATUS_OK);
            uart_drain();
            chip_reset();
        }
    }
}

__attribute__((noreturn)) void report_fault(const uint32_t *frame); /* called from assembly */

__attribute__((noreturn, used)) void report_fault(const uint32_t *frame)
{
    telemetry_fault fault = {
        .cause = (uint8_t)(SCB_ICSR & ICSR_VECTACTIVE),
        .cfsr = SCB_CFSR,
        .hfsr = SCB_HFSR,
        .mmfar = SCB_MMFAR,
        .bfar = SCB_BFAR,
    };
    if (on_the_stack(frame)) { /* order of stacking: Armv7-M ARM B1.5.6 */
        fault.r0 = frame[0];
        fault.r1 = frame[1];
        fault.r2 = frame[2];
        fault.r3 = frame[3];
        fault.r12 = frame[4];
        fault.lr = frame[5];
        fault.pc = frame[6];
        fault.xpsr = frame[7];
    } else {
        fault.lr = last_return_address();
    }
    telemetry_end_broken_frame();
    for (;;) {
        telemetry_send_fault(&fault);
        wait_for_reset_request();
        if (uart_baud() != TELEMETRY_DEFAULT_BAUD) { /* a host that comes now knows no other rate */
            uart_drain();
            uart_start(TELEMETRY_DEFAULT_BAUD);
        }
    }
}

/* The frame is on the main stack: this firmware never uses the other one. Armv6-M instructions only. */
__attribute__((naked)) void fault_handler(void)
{
    __asm volatile(
        ".syntax unified\n"
        "cpsid i\n"
        "mrs r0, msp\n"
        "ldr r1, =fault_stack\n"
        "ldr r2, =" TEXT(FAULT_STACK_BYTES) "\n"
        "adds r1, r1, r2\n"
        "mov sp, r1\n"
        "bl report_fault\n");
}
