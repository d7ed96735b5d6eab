/* Clocks of the STM32G0x1. */
#include "registers.h"

#define HSI_HZ 16000000u
#define PLL_INPUT_HZ 4000000u /* RM 5.2.4: 2.66 to 16 MHz */

_Static_assert(THIMBLE_CLOCK_HZ == 64000000, "the divisors and wait states below are for 64 MHz");
_Static_assert(THIMBLE_HSE_HZ % PLL_INPUT_HZ == 0, "the crystal must be a multiple of 4 MHz");

#define FLASH_WAIT_STATES 2u  /* RM table 11: voltage range 1, 48 < HCLK <= 64 MHz */
#define PLL_R 2u
#define PLL_N (PLL_R * THIMBLE_CLOCK_HZ / PLL_INPUT_HZ)

static void start_pll(void)
{
    uint32_t crystal_hz = clock_start_crystal(&RCC_CR); /* RM 5.2.1, 5.4.1 */
    uint32_t source = crystal_hz != 0 ? PLL_SOURCE_HSE : PLL_SOURCE_HSI;
    uint32_t m = (crystal_hz != 0 ? crystal_hz : HSI_HZ) / PLL_INPUT_HZ;
    /* RM 5.4.4: written while the PLL is off */
    RCC_PLLCFGR = (PLL_R - 1u) << 29 | RCC_PLLCFGR_PLLREN | PLL_N << 8 | (m - 1u) << 4 | source;
    RCC_CR |= RCC_CR_PLLON;
}

/* The voltage is in range 1 after a reset (RM 4.4.1), as 64 MHz needs. */
void clock_raise(struct clock_rates *rates)
{
    *rates = (struct clock_rates){HSI_HZ, HSI_HZ, HSI_HZ};
    /* a boot loader may have left the PLL on, and its factors cannot change while it runs (RM 5.4.4) */
    RCC_CR = (RCC_CR & ~RCC_CR_HSIDIV_MASK) | RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR = 0; /* no prescalers */
    clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, 0);
    RCC_CR &= ~RCC_CR_PLLON;
    clock_wait(&RCC_CR, RCC_CR_PLLRDY, 0);
    start_pll();
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~RCC_CR_PLLON; /* stay on the internal oscillator */
        return;
    }
    /* RM 3.3.4: wait states first, then the clock. Prefetch and instruction cache: RM 3.3.5 */
    FLASH_ACR = (FLASH_ACR & ~FLASH_ACR_LATENCY_MASK) | FLASH_WAIT_STATES | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN;
    if (!clock_wait(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_WAIT_STATES)) {
        return;
    }
    RCC_CFGR = RCC_CFGR_SW_PLL; /* RM 5.4.3: all buses may run at 64 MHz */
    if (clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL)) {
        *rates = (struct clock_rates){THIMBLE_CLOCK_HZ, THIMBLE_CLOCK_HZ, THIMBLE_CLOCK_HZ};
    } else {
        RCC_CFGR = RCC_CFGR_SW_HSI;
    }
}

/* The ports run from their bus: RM 5.4.21, RCC_CCIPR, 0 after a reset. */
void uart_clock_start(void)
{
    RCC_IOPENR |= 1u << THIMBLE_UART_TX_PORT | 1u << THIMBLE_UART_RX_PORT;
#if THIMBLE_UART_BASE == 0x40004400
    RCC_APBENR1 |= RCC_APBENR1_USART2EN;
#elif THIMBLE_UART_BASE == 0x40004800
    RCC_APBENR1 |= RCC_APBENR1_USART3EN;
#else
#error "Only USART2 and USART3 are known here: add the clock of yours, on the bus whose rate clock_raise gives."
#endif
    (void)RCC_APBENR1;
}
