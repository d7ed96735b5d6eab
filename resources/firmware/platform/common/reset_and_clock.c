/* What the clocks of all families have in common: the rates that were reached, the cause of the reset. */
#include "core.h"
#include "registers.h"

#define WAIT_ROUNDS 200000u /* some 50 ms at 16 MHz; a crystal needs 2 ms */

static struct clock_rates rates;
static enum reset_cause cause;

bool clock_wait(volatile uint32_t *address, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < WAIT_ROUNDS; i++) {
        if ((*address & mask) == value) {
            return true;
        }
    }
    return false;
}

uint32_t clock_start_crystal(volatile uint32_t *control)
{
    if (THIMBLE_HSE_HZ == 0) {
        return 0;
    }
    /* HSEBYP, HSEON and HSERDY are bits 18, 16 and 17 of RCC_CR in every family */
    *control |= (THIMBLE_HSE_BYPASS ? 1u << 18 : 0u);
    *control |= 1u << 16;
    if (clock_wait(control, 1u << 17, 1u << 17)) {
        return THIMBLE_HSE_HZ;
    }
    *control &= ~(1u << 16);
    *control &= ~(1u << 18);
    return 0;
}

#ifdef RESET_FLAGS

/* A power-on sets the pin's flag too, so the order matters. */
enum reset_cause read_reset_cause(void)
{
    uint32_t flags = RESET_FLAGS;
    RESET_FLAGS |= RESET_FLAGS_CLEAR;
    if ((flags & RESET_FLAGS_WATCHDOG) != 0) {
        return RESET_WATCHDOG;
    }
    if ((flags & RESET_FLAGS_SOFTWARE) != 0) {
        return RESET_SOFTWARE;
    }
    if ((flags & RESET_FLAGS_POWER) != 0) {
        return RESET_POWER;
    }
#ifdef RESET_FLAGS_BROWN_OUT
    if ((flags & RESET_FLAGS_BROWN_OUT) != 0) { /* a power-on sets it too */
        return RESET_BROWN_OUT;
    }
#endif
    return (flags & RESET_FLAGS_PIN) != 0 ? RESET_PIN : RESET_UNKNOWN;
}

void chip_reset(void)
{
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = AIRCR_KEY | AIRCR_SYSRESETREQ;
    for (;;) {
    }
}

#endif

void clock_start(void)
{
    cause = read_reset_cause();
    clock_raise(&rates);
}

uint32_t clock_hz(void)
{
    return rates.core_hz;
}

uint32_t clock_uart_hz(void)
{
    return rates.uart_hz;
}

uint32_t clock_timer_hz(void)
{
    return rates.timer_hz;
}

enum reset_cause clock_reset_cause(void)
{
    return cause;
}
