/* Time on the STM32F4: DWT counts core cycles, TIM2 microseconds, SysTick wakes the core from sleep. */
#include "registers.h"

void tick_interrupt(void);

void cycle_counter_start(void)
{
    DEMCR |= DEMCR_TRCENA; /* Armv7-M ARM C1.6.5: without it the counter stands still */
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
}

uint32_t cycle_counter_read(void)
{
    return DWT_CYCCNT;
}

/* TIM2 is 32 bits wide and counts on in sleep mode, where DWT stops (RM 18.1, 5.3.3). */
void microseconds_start(void)
{
    RCC_APB1ENR |= RCC_APB1ENR_TIM2EN; /* RM 7.3.13 */
    (void)RCC_APB1ENR;
    /* RM 7.2 figure 21: timers run at twice their bus clock where the bus is divided */
    uint32_t timer_hz = clock_uart_hz() == clock_hz() ? clock_hz() : 2u * clock_uart_hz();
    TIM2_PSC = timer_hz / 1000000u - 1u;
    TIM2_ARR = 0xFFFFFFFFu;
    TIM2_EGR = TIM_EGR_UG; /* RM 18.4.6: loads the prescaler */
    TIM2_CR1 = TIM_CR1_CEN;
}

uint32_t microseconds_read(void)
{
    return TIM2_CNT;
}

void tick_interrupt(void)
{
    SYST_CSR = 0; /* one wake-up is all it was for */
}

static void start_tick(uint32_t us)
{
    uint64_t cycles = (uint64_t)us * (clock_hz() / 1000000u);
    SYST_CSR = 0;
    SYST_RVR = cycles < 2u ? 1u : cycles > SYST_RVR_MAXIMUM ? SYST_RVR_MAXIMUM : (uint32_t)cycles - 1u;
    SYST_CVR = 0; /* PM 4.5.3: any write clears it, and the next count reloads */
    SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
}

static void stop_tick(void)
{
    SYST_CSR = 0;
    SCB_ICSR = ICSR_PENDSTCLR;
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
    SCB_SCR |= SCR_SEVONPEND; /* PM 4.4.6: an interrupt that becomes pending ends WFE though it cannot be taken */
    start_tick(longest_us);
    __asm volatile("dsb\n wfe" ::: "memory");
    stop_tick();
    NVIC_ICPR(USART3_IRQ / 32u) = 1u << (USART3_IRQ % 32u);
}
