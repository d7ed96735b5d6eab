/* What the common firmware asks of a chip family, and what the families share.
 *
 * The build defines, on the compiler's command line:
 *     THIMBLE_BOARD_ID    the board's id as a C string
 *     THIMBLE_CLOCK_HZ    the core clock that clock_start should reach
 *     THIMBLE_HSE_HZ      the crystal or clock at the chip's HSE pins, 0 if there is none
 *     THIMBLE_HSE_BYPASS  1 where that is a clock signal and no crystal
 *     THIMBLE_UART_BASE, _IRQ, _AF, _TX_PORT, _TX_PIN, _RX_PORT, _RX_PIN
 *                         the telemetry port: registers, interrupt, alternate function of its pins; port 0 is A
 * and the linker script the symbols below.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#ifndef THIMBLE_BOARD_ID
#error "THIMBLE_BOARD_ID must name the board, for example -DTHIMBLE_BOARD_ID=\"stm32f407\""
#endif
#ifndef THIMBLE_CLOCK_HZ
#error "THIMBLE_CLOCK_HZ must give the core clock in hertz"
#endif

/* linker script */
extern uint32_t _estack;           /* first address above the stack */
extern uint32_t _stack_limit;      /* lowest address of the stack */
extern uint32_t _sidata;           /* .data's initial values in flash */
extern uint32_t _sdata, _edata;    /* .data in RAM */
extern uint32_t _sbss, _ebss;      /* .bss */
extern uint32_t _image_start;      /* first address of the image in flash */

/* the family's vector table, the first words of the image or the first behind its boot block */
extern const uintptr_t vector_table[];

/* written over the unused stack; without suffix, since assembly reads it too */
#define STACK_PAINT 0xA5A5A5A5

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* reset.c */
void reset_handler(void);

/* fault.c: for every exception without a handler of its own */
void fault_handler(void);

/* Let divisions by zero and null pointers fault, each fault to its own handler. */
void fault_start(void);

/* main.c */
int main(void);

enum reset_cause {
    RESET_UNKNOWN = 0,
    RESET_POWER = 1,
    RESET_PIN = 2,
    RESET_SOFTWARE = 3,
    RESET_WATCHDOG = 4,
    RESET_BROWN_OUT = 5, /* where the chip tells it from a power-on */
};

struct clock_rates {
    uint32_t core_hz;
    uint32_t uart_hz;  /* of the serial port */
    uint32_t timer_hz; /* of TIM2 */
};

/* Bring the core to THIMBLE_CLOCK_HZ; on a board whose oscillator does not start, to what can be had. */
void clock_start(void);
/* The core clock that was reached. */
uint32_t clock_hz(void);
/* Clock of the serial port. */
uint32_t clock_uart_hz(void);
/* Clock of TIM2. */
uint32_t clock_timer_hz(void);
/* Why the chip was last reset; reading it clears the chip's own flags. */
enum reset_cause clock_reset_cause(void);

/* Wait until the masked bits have this value; false if that takes longer than any oscillator needs. */
bool clock_wait(volatile uint32_t *address, uint32_t mask, uint32_t value);
/* Start the crystal through RCC_CR, given here; its rate, or 0 where there is none or it does not start. */
uint32_t clock_start_crystal(volatile uint32_t *control);

/* Received bytes go into a ring by interrupt; sending waits. */
void uart_start(uint32_t baud);
/* The rate that was asked for last. */
uint32_t uart_baud(void);
/* Whether the port's divisor comes within 2 % of this rate. */
bool uart_can(uint32_t baud);
void uart_write(const uint8_t *bytes, uint32_t count);
bool uart_read(uint8_t *byte);
bool uart_has_bytes(void);
/* Take a byte straight from the port into the ring: for the fault handler, where interrupts are off. */
void uart_poll(void);
/* Wait until the last byte has left the port. */
void uart_drain(void);
/* Bytes received since reset, modulo 2^32. */
uint32_t uart_received_bytes(void);
/* Bytes lost because they came while interrupts were off or the ring was full. */
uint32_t uart_overruns(void);
/* Size of the ring. */
#define UART_RING_BYTES 1024u

/* A counter of core clock cycles; differences are right modulo 2^32. */
void cycle_counter_start(void);
uint32_t cycle_counter_read(void);

/* A clock in microseconds that runs on while the core sleeps; wraps after 71 minutes. */
void microseconds_start(void);
uint32_t microseconds_read(void);

/* Sleep until an interrupt comes, at most `longest_us`; returns at once when bytes have arrived. */
void sleep_until_interrupt(uint32_t longest_us);

/* The same for the fault handler, where no interrupt can be taken. */
void sleep_in_fault(uint32_t longest_us);

/* Reset the chip. */
__attribute__((noreturn)) void chip_reset(void);

/* entries of the vector table */
void uart_interrupt(void);
void tick_interrupt(void);

/* Cortex-M7 only: invalidate the caches and switch them on. */
void caches_start(void);

/* --- given by the family, besides registers.h --- */

/* Raise the clocks, and tell what was reached; on failure that of the internal oscillator. */
void clock_raise(struct clock_rates *rates);
/* Switch on the clocks of the telemetry port and of the ports of its pins. */
void uart_clock_start(void);
/* Read why the chip was reset, once; given, with chip_reset, by families whose registers.h has no RESET_FLAGS. */
enum reset_cause read_reset_cause(void);

/* memcpy may read words that are not aligned, which a program can make fault; this does not. */
static inline void copy_bytes(void *to, const void *from, uint32_t count)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    for (uint32_t i = 0; i < count; i++) {
        target[i] = source[i];
        __asm volatile("" ::: "memory"); /* or the compiler makes it memcpy */
    }
}

static inline void interrupts_off(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

static inline void interrupts_on(void)
{
    __asm volatile("cpsie i" ::: "memory");
}

#endif
