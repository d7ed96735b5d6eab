/* Clocks, resets and reset causes of the RP2040. DS: RP2040 Datasheet. */
#include "core.h"
#include "registers.h"

#define ROSC_HZ 6500000u /* DS 2.17.1: nominal; it may be anything from 1.8 to 12 MHz */
#define HZ_PER_TICK 1000000u

/* DS 2.18.2.1: the VCO runs at 750 to 1600 MHz. 125 and 133 MHz are what is left of 1500 and 1596. */
#define POST_DIVISOR_1 6u
#define POST_DIVISOR_2 2u
#define VCO_MHZ (THIMBLE_CLOCK_HZ / 1000000u * POST_DIVISOR_1 * POST_DIVISOR_2)
_Static_assert(THIMBLE_CLOCK_HZ % 1000000u == 0 && THIMBLE_CLOCK_HZ <= 133000000, "the chip is rated for 133 MHz");
_Static_assert(VCO_MHZ >= 750 && VCO_MHZ <= 1600, "the VCO would be out of its range");
#if THIMBLE_HSE_HZ > 0
_Static_assert(VCO_MHZ % (THIMBLE_HSE_HZ / 1000000u) == 0, "the VCO must be a multiple of the crystal");
#define FEEDBACK_DIVISOR (VCO_MHZ / (THIMBLE_HSE_HZ / 1000000u))
#else
#define FEEDBACK_DIVISOR 0u
#endif

/* DS 2.16.3: in units of 256 cycles of the crystal; 1 ms */
#define STARTUP_DELAY (THIMBLE_HSE_HZ / 1000u / 256u + 1u)

static void end_reset(uint32_t subsystems)
{
    RESETS_RESET &= ~subsystems;
    clock_wait(&RESETS_DONE, subsystems, subsystems);
}

static bool start_crystal(void)
{
    if (THIMBLE_HSE_HZ == 0) {
        return false;
    }
    XOSC_STARTUP = STARTUP_DELAY;
    XOSC_CTRL = XOSC_CTRL_1_15_MHZ | XOSC_CTRL_ENABLE;
    return clock_wait(&XOSC_STATUS, XOSC_STATUS_STABLE, XOSC_STATUS_STABLE);
}

/* DS 2.18.2: reference and feedback first, then the VCO, then the divisors behind it */
static bool start_pll(void)
{
    RESETS_RESET |= RESETS_PLL_SYS;
    end_reset(RESETS_PLL_SYS);
    PLL_CS = 1;
    PLL_FBDIV = FEEDBACK_DIVISOR;
    PLL_PWR &= ~(PLL_PWR_PD | PLL_PWR_VCOPD);
    if (!clock_wait(&PLL_CS, PLL_CS_LOCK, PLL_CS_LOCK)) {
        return false;
    }
    PLL_PRIM = POST_DIVISOR_1 << 16 | POST_DIVISOR_2 << 12;
    PLL_PWR &= ~PLL_PWR_POSTDIVPD;
    return true;
}

static void run_at(struct clock_rates *rates, uint32_t hz)
{
    *rates = (struct clock_rates){hz, hz, HZ_PER_TICK};
}

/* The core's voltage is 1.1 V after a reset (DS 2.10.3), as 133 MHz needs; the boot block has set the flash up. */
void clock_raise(struct clock_rates *rates)
{
    run_at(rates, ROSC_HZ);
    CLK_SYS_RESUS_CTRL = 0;
    /* a debugger may have started us with the PLL in use */
    CLK_SYS_CTRL = CLK_SYS_REF;
    clock_wait(&CLK_SYS_SELECTED, 1u << CLK_SYS_REF, 1u << CLK_SYS_REF);
    CLK_REF_CTRL = CLK_REF_ROSC;
    clock_wait(&CLK_REF_SELECTED, 1u << CLK_REF_ROSC, 1u << CLK_REF_ROSC);
    end_reset(RESETS_IO_BANK0 | RESETS_PADS_BANK0 | RESETS_TIMER);
    bool has_crystal = start_crystal();
    if (has_crystal) {
        CLK_REF_CTRL = CLK_REF_XOSC;
        has_crystal = clock_wait(&CLK_REF_SELECTED, 1u << CLK_REF_XOSC, 1u << CLK_REF_XOSC);
    }
    if (has_crystal) {
        run_at(rates, THIMBLE_HSE_HZ);
    } else {
        CLK_REF_CTRL = CLK_REF_ROSC;
    }
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | rates->core_hz / HZ_PER_TICK;
    if (!has_crystal || !start_pll()) {
        return;
    }
    CLK_SYS_DIV = 1u << 8;
    CLK_SYS_CTRL = CLK_SYS_AUX; /* AUXSRC stays at its 0, the PLL */
    if (clock_wait(&CLK_SYS_SELECTED, 1u << CLK_SYS_AUX, 1u << CLK_SYS_AUX)) {
        run_at(rates, THIMBLE_CLOCK_HZ);
    } else {
        CLK_SYS_CTRL = CLK_SYS_REF;
    }
}

void uart_clock_start(void)
{
    CLK_PERI_CTRL = CLK_PERI_ENABLE; /* from clk_sys */
#if THIMBLE_UART_BASE == 0x40034000
    end_reset(RESETS_UART0);
#elif THIMBLE_UART_BASE == 0x40038000
    end_reset(RESETS_UART1);
#else
#error "The RP2040 has UART0 and UART1 only."
#endif
}

enum reset_cause read_reset_cause(void)
{
    uint32_t watchdog = WATCHDOG_REASON; /* both bits are 0 after a reset of the whole chip */
    if ((watchdog & WATCHDOG_REASON_FORCE) != 0) {
        return RESET_SOFTWARE;
    }
    if ((watchdog & WATCHDOG_REASON_TIMER) != 0) {
        return RESET_WATCHDOG;
    }
    uint32_t chip = CHIP_RESET;
    if ((chip & CHIP_RESET_HAD_PIN) != 0) {
        return RESET_PIN;
    }
    return (chip & CHIP_RESET_HAD_POWER) != 0 ? RESET_POWER : RESET_UNKNOWN;
}

/* A reset that the core asks for in AIRCR leaves the peripherals as they are; the watchdog resets those as well. */
void chip_reset(void)
{
    PSM_WDSEL = PSM_WDSEL_ALL;
    __asm volatile("dsb" ::: "memory");
    WATCHDOG_CTRL = WATCHDOG_CTRL_TRIGGER;
    for (;;) {
    }
}
