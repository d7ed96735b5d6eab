/* Clocks of the STM32F4. */
#include "registers.h"

#define HSI_HZ 16000000u
#define PLL_INPUT_HZ 2000000u     /* RM 7.3.2: 2 MHz is recommended against jitter */

_Static_assert(THIMBLE_CLOCK_HZ == 168000000 || THIMBLE_CLOCK_HZ == 180000000 || THIMBLE_CLOCK_HZ == 84000000,
               "the divisors and wait states below are for 168 MHz, 180 MHz on an F446, or 84 MHz on an F401");
_Static_assert(THIMBLE_HSE_HZ % PLL_INPUT_HZ == 0, "the crystal must be a multiple of 2 MHz");

#if THIMBLE_CLOCK_HZ > 84000000
#define FLASH_WAIT_STATES 5u      /* RM table 10, RM0390 table 5: 2.7 to 3.6 V, above 150 MHz */
#define PLL_P 2u
#define APB_PRESCALERS (RCC_CFGR_PPRE1_DIV4 | RCC_CFGR_PPRE2_DIV2)
#define APB1_DIVISOR 4u           /* RM 7.3.3: APB1 at most 42 MHz, APB2 at most 84 MHz; RM0390 6.3.3: 45 and 90 MHz */
#else
#define FLASH_WAIT_STATES 2u      /* RM0368 table 6: 2.7 to 3.6 V, 60 to 84 MHz */
#define PLL_P 4u                  /* RM0368 6.3.2: the oscillator of the PLL runs at 192 to 432 MHz */
#define APB_PRESCALERS RCC_CFGR_PPRE1_DIV2
#define APB1_DIVISOR 2u           /* RM0368 6.3.3: APB1 at most 42 MHz, APB2 at most 84 MHz */
#endif
#define OVER_DRIVE (THIMBLE_CLOCK_HZ > 168000000)
#define PLL_N (PLL_P * THIMBLE_CLOCK_HZ / PLL_INPUT_HZ)
#define PLL_Q 7u                  /* 48 MHz for USB; must be at least 2 */

static void start_pll(void)
{
    uint32_t crystal_hz = clock_start_crystal(&RCC_CR); /* RM 7.2.1, 7.3.1 */
    uint32_t source = crystal_hz != 0 ? RCC_PLLCFGR_SRC_HSE : 0;
    uint32_t source_hz = crystal_hz != 0 ? crystal_hz : HSI_HZ;
    /* RM 7.3.2: Q in 27:24, P in 17:16, N in 14:6, M in 5:0; written while the PLL is off */
    RCC_PLLCFGR = RCC_PLLCFGR_RESERVED | PLL_Q << 24 | source | (PLL_P / 2u - 1u) << 16 | PLL_N << 6 |
                  source_hz / PLL_INPUT_HZ;
    RCC_CR |= RCC_CR_PLLON;
}

/* RM0390 5.1.3: the core must not run from the PLL yet, which must be on. */
static bool start_over_drive(void)
{
    PWR_CR |= PWR_CR_ODEN;
    if (!clock_wait(&PWR_CSR, PWR_CSR_ODRDY, PWR_CSR_ODRDY)) {
        return false;
    }
    PWR_CR |= PWR_CR_ODSWEN;
    return clock_wait(&PWR_CSR, PWR_CSR_ODSWRDY, PWR_CSR_ODSWRDY);
}

void clock_raise(struct clock_rates *rates)
{
    *rates = (struct clock_rates){HSI_HZ, HSI_HZ, HSI_HZ};
    RCC_APB1ENR |= RCC_APB1ENR_PWREN; /* RM 7.3.13 */
    (void)RCC_APB1ENR;                /* RM 7.2.13: two cycles until the peripheral answers */
#if THIMBLE_CLOCK_HZ > 84000000
    PWR_CR |= PWR_CR_VOS;             /* RM 5.4.1: scale 1, needed above 144 MHz; of an F446's two bits one is set */
#endif                                /* RM0368 5.4.1: an F401 is at scale 2 after a reset, enough for 84 MHz */
    /* a boot loader may have left the PLL on, and its factors cannot change while it runs (RM 7.3.2) */
    RCC_CR |= RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR &= ~RCC_CFGR_SW_MASK;
    clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, 0);
    RCC_CR &= ~RCC_CR_PLLON;
    clock_wait(&RCC_CR, RCC_CR_PLLRDY, 0);
    start_pll();
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY) || (OVER_DRIVE && !start_over_drive())) {
        RCC_CR &= ~RCC_CR_PLLON; /* stay on the internal oscillator, without prescalers */
        return;
    }
    /* RM 3.5.1: wait states first, then the clock. Prefetch and both caches are the ART accelerator, RM 3.5.2 */
    FLASH_ACR = FLASH_WAIT_STATES | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN;
    if (!clock_wait(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_WAIT_STATES)) {
        return;
    }
    RCC_CFGR = (RCC_CFGR & ~RCC_CFGR_SW_MASK) | APB_PRESCALERS | RCC_CFGR_SW_PLL;
    if (clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL)) {
        /* RM 7.2 figure 21: timers run at twice their bus clock where the bus is divided */
        *rates = (struct clock_rates){THIMBLE_CLOCK_HZ, THIMBLE_CLOCK_HZ / APB1_DIVISOR,
                                      2u * THIMBLE_CLOCK_HZ / APB1_DIVISOR};
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
    (void)RCC_APB1ENR; /* RM 7.2.13 */
}
