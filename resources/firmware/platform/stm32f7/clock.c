/* Clocks of the STM32F745/746. */
#include "registers.h"

#define HSI_HZ 16000000u
#define PLL_INPUT_HZ 2000000u     /* RM 5.3.2: 2 MHz is recommended against jitter */

_Static_assert(THIMBLE_CLOCK_HZ == 216000000, "the divisors and wait states below are for 216 MHz");
_Static_assert(THIMBLE_HSE_HZ % PLL_INPUT_HZ == 0, "the crystal must be a multiple of 2 MHz");

#define FLASH_WAIT_STATES 7u      /* RM table 5: 2.7 to 3.6 V, 210 < HCLK <= 216 MHz */
#define PLL_N (2u * THIMBLE_CLOCK_HZ / PLL_INPUT_HZ)
#define PLL_P_DIV2 0u
#define PLL_Q 9u                  /* 48 MHz for USB; must be at least 2 */

static void start_pll(void)
{
    uint32_t crystal_hz = clock_start_crystal(&RCC_CR); /* RM 5.2.1, 5.3.1 */
    uint32_t source = crystal_hz != 0 ? RCC_PLLCFGR_SRC_HSE : 0;
    uint32_t source_hz = crystal_hz != 0 ? crystal_hz : HSI_HZ;
    /* RM 5.3.2: Q in 27:24, P in 17:16, N in 14:6, M in 5:0; written while the PLL is off */
    RCC_PLLCFGR = RCC_PLLCFGR_RESERVED | PLL_Q << 24 | source | PLL_P_DIV2 << 16 | PLL_N << 6 |
                  source_hz / PLL_INPUT_HZ;
    RCC_CR |= RCC_CR_PLLON;
}

/* RM 4.1.4: needed above 180 MHz; the core must not run from the PLL yet, which must be on. */
static bool start_over_drive(void)
{
    PWR_CR1 |= PWR_CR1_ODEN;
    if (!clock_wait(&PWR_CSR1, PWR_CSR1_ODRDY, PWR_CSR1_ODRDY)) {
        return false;
    }
    PWR_CR1 |= PWR_CR1_ODSWEN;
    return clock_wait(&PWR_CSR1, PWR_CSR1_ODSWRDY, PWR_CSR1_ODSWRDY);
}

void clock_raise(struct clock_rates *rates)
{
    *rates = (struct clock_rates){HSI_HZ, HSI_HZ, HSI_HZ};
    RCC_APB1ENR |= RCC_APB1ENR_PWREN; /* RM 5.3.13 */
    (void)RCC_APB1ENR;                /* RM 5.2.12: two cycles until the peripheral answers */
    /* a boot loader may have left the PLL on; neither its factors nor the voltage may change while it runs */
    RCC_CR |= RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR &= ~RCC_CFGR_SW_MASK;
    clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, 0);
    RCC_CR &= ~RCC_CR_PLLON;
    clock_wait(&RCC_CR, RCC_CR_PLLRDY, 0);
    PWR_CR1 |= PWR_CR1_VOS_SCALE1; /* RM 4.4.1 */
    start_pll();
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY) || !start_over_drive()) {
        RCC_CR &= ~RCC_CR_PLLON; /* stay on the internal oscillator, without prescalers */
        return;
    }
    /* RM 3.3.2: wait states first, then the clock. ART and prefetch, RM 3.3.3, serve only the ITCM's view of flash,
     * which this image does not use; the core's own caches serve the other. */
    FLASH_ACR = FLASH_WAIT_STATES | FLASH_ACR_PRFTEN | FLASH_ACR_ARTEN;
    if (!clock_wait(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_WAIT_STATES)) {
        return;
    }
    /* RM 5.3.3: APB1 at most 54 MHz, APB2 at most 108 MHz */
    RCC_CFGR = (RCC_CFGR & ~RCC_CFGR_SW_MASK) | RCC_CFGR_PPRE1_DIV4 | RCC_CFGR_PPRE2_DIV2 | RCC_CFGR_SW_PLL;
    if (clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL)) {
        /* RM 5.2 figure 12: timers run at twice their bus clock where the bus is divided */
        *rates = (struct clock_rates){THIMBLE_CLOCK_HZ, THIMBLE_CLOCK_HZ / 4u, THIMBLE_CLOCK_HZ / 2u};
    } else {
        RCC_CFGR = RCC_CFGR_SW_HSI;
    }
}

void uart_clock_start(void)
{
    RCC_AHB1ENR |= 1u << THIMBLE_UART_TX_PORT | 1u << THIMBLE_UART_RX_PORT;
#if THIMBLE_UART_BASE == 0x40004400
    RCC_APB1ENR |= RCC_APB1ENR_USART2EN;
#elif THIMBLE_UART_BASE == 0x40004800
    RCC_APB1ENR |= RCC_APB1ENR_USART3EN;
#else
#error "Only USART2 and USART3 are known here: add the clock of yours, on the bus whose rate clock_raise gives."
#endif
    (void)RCC_APB1ENR; /* RM 5.2.12 */
}
