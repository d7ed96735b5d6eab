/* Time: a counter of core cycles, a clock in microseconds, and SysTick to wake the core from sleep.
 *
 * A core with a DWT counts its cycles there, and TIM2 counts microseconds. One without (Cortex-M0+) counts
 * cycles with TIM2, 32 bits wide and fed with the core's clock: SysTick has 24 bits and would wrap, unseen,
 * several times during an inference, which runs with interrupts off. Microseconds then come from the cycles.
 * A family without TIM2 brings functions of its own.
 */
#include "core.h"
#include "registers.h"

#ifndef HAS_TIM2
#define HAS_TIM2 1
#endif

#if HAS_TIM2

/* TIM2 is alike in all families that have it; its chapter is named in registers.h beside TIM2_CLOCK_START. */
#define TIM2_CR1 REGISTER(0x40000000)
#define TIM_CR1_CEN (1u << 0)
#define TIM2_EGR REGISTER(0x40000014)
#define TIM_EGR_UG (1u << 0)
#define TIM2_CNT REGISTER(0x40000024)
#define TIM2_PSC REGISTER(0x40000028)
#define TIM2_ARR REGISTER(0x4000002C)

static void start_timer(uint32_t divisor)
{
    TIM2_CLOCK_START();
    TIM2_CR1 = 0;
    TIM2_PSC = divisor - 1u;
    TIM2_ARR = 0xFFFFFFFFu;
    TIM2_EGR = TIM_EGR_UG; /* loads the prescaler, clears the counter */
    TIM2_CR1 = TIM_CR1_CEN;
}

#if HAS_DWT

void cycle_counter_start(void)
{
    DEMCR |= DEMCR_TRCENA; /* without it the counter stands still */
    DWT_LAR = DWT_LAR_KEY; /* on M7 the registers are locked after a reset; the M4 ignores this */
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
}

uint32_t cycle_counter_read(void)
{
    return DWT_CYCCNT;
}

/* TIM2 counts on in sleep mode, where DWT stops. */
void microseconds_start(void)
{
    start_timer(clock_timer_hz() / 1000000u);
}

uint32_t microseconds_read(void)
{
    return TIM2_CNT;
}

#else

void cycle_counter_start(void)
{
    start_timer(clock_timer_hz() / clock_hz());
}

uint32_t cycle_counter_read(void)
{
    return TIM2_CNT;
}

void microseconds_start(void)
{
}

/* Right as long as it is called more often than the cycles wrap, every 67 s at 64 MHz: the main loop never
 * sleeps longer than a tenth of a second. */
uint32_t microseconds_read(void)
{
    static uint32_t counted_cycles;
    static uint32_t microseconds;
    uint32_t cycles_per_us = clock_hz() / 1000000u;
    uint32_t passed_us = (TIM2_CNT - counted_cycles) / cycles_per_us;
    counted_cycles += passed_us * cycles_per_us;
    microseconds += passed_us;
    return microseconds;
}

#endif
#endif

void tick_interrupt(void)
{
    SYST_CSR = 0; /* one wake-up is all it was for */
}

static void start_tick(uint32_t us)
{
    /* no 64-bit product: the core may have no instruction for it, and 2^24 cycles are the limit anyway */
    uint32_t cycles_per_us = clock_hz() / 1000000u;
    uint32_t cycles = us > SYST_RVR_MAXIMUM / cycles_per_us ? SYST_RVR_MAXIMUM : us * cycles_per_us;
    SYST_CSR = 0;
    SYST_RVR = cycles < 2u ? 1u : cycles - 1u;
    SYST_CVR = 0; /* any write clears it, and the next count reloads */
    SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
}

static void stop_tick(void)
{
    SYST_CSR = 0;
    SCB_ICSR = ICSR_PENDSTCLR;
#if !HAS_TIM2
    cycle_counter_start(); /* it counts with SysTick; nobody measures across a sleep */
#endif
}

void sleep_until_interrupt(uint32_t longest_us)
{
    interrupts_off(); /* a byte that arrives between the test and the sleep wakes the core all the same */
    if (!uart_has_bytes()) {
        start_tick(longest_us);
        __asm volatile("dsb\n wfi" ::: "memory");
        stop_tick();
    }
    interrupts_on();
}

void sleep_in_fault(uint32_t longest_us)
{
    SCB_SCR |= SCR_SEVONPEND; /* an interrupt that becomes pending ends WFE though it cannot be taken */
    start_tick(longest_us);
    __asm volatile("dsb\n wfe" ::: "memory");
    stop_tick();
    NVIC_ICPR(THIMBLE_UART_IRQ / 32u) = 1u << (THIMBLE_UART_IRQ % 32u);
}
