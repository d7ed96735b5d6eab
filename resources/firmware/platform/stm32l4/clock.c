/* Clocks of the STM32L4+. The telemetry port runs from the internal oscillator, whatever the core's clock. */
#include "registers.h"

#define HSI_HZ 16000000u
#define PLL_INPUT_HZ 4000000u /* RM 6.4, RCC_PLLCFGR: 2.66 to 8 MHz */
#define BOOST_ROUNDS 1000u    /* at least 1 us: RM 5.1.8 */

_Static_assert(THIMBLE_CLOCK_HZ == 120000000, "the divisors and wait states below are for 120 MHz");
_Static_assert(THIMBLE_HSE_HZ % PLL_INPUT_HZ == 0, "the crystal must be a multiple of 4 MHz");

#define FLASH_WAIT_STATES 5u  /* RM table 12: range 1 boost, 100 < HCLK <= 120 MHz */
#define PLL_R 2u              /* 0 in its field */
#define PLL_N (PLL_R * THIMBLE_CLOCK_HZ / PLL_INPUT_HZ)

static void start_pll(void)
{
    uint32_t crystal_hz = clock_start_crystal(&RCC_CR);
    uint32_t source = crystal_hz != 0 ? PLL_SOURCE_HSE : PLL_SOURCE_HSI;
    uint32_t m = (crystal_hz != 0 ? crystal_hz : HSI_HZ) / PLL_INPUT_HZ;
    RCC_PLLCFGR = RCC_PLLCFGR_PLLREN | PLL_N << 8 | (m - 1u) << 4 | source;
    RCC_CR |= RCC_CR_PLLON;
}

void clock_raise(struct clock_rates *rates)
{
    *rates = (struct clock_rates){HSI_HZ, HSI_HZ, HSI_HZ};
    /* a boot loader may have left the PLL on, and its factors cannot change while it runs */
    RCC_CR |= RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR = RCC_CFGR_SW_HSI; /* and no prescalers */
    clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_HSI);
    RCC_CR &= ~RCC_CR_PLLON;
    clock_wait(&RCC_CR, RCC_CR_PLLRDY, 0);
    RCC_APB1ENR1 |= RCC_APB1ENR1_PWREN;
    (void)RCC_APB1ENR1;
    PWR_CR5 &= ~PWR_CR5_R1MODE; /* boost, needed above 80 MHz: RM 5.1.8 */
    start_pll();
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY) || !clock_wait(&PWR_SR2, PWR_SR2_VOSF, 0)) {
        RCC_CR &= ~RCC_CR_PLLON; /* stay on the internal oscillator */
        return;
    }
    /* RM 3.3.3: wait states first, then the clock. Prefetch and both caches are the ART accelerator, RM 3.3.4 */
    FLASH_ACR = FLASH_WAIT_STATES | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN;
    if (!clock_wait(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_WAIT_STATES)) {
        return;
    }
    RCC_CFGR = RCC_CFGR_HPRE_DIV2 | RCC_CFGR_SW_PLL; /* RM 5.1.8: above 80 MHz in two steps */
    if (clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL)) {
        for (volatile uint32_t i = 0; i < BOOST_ROUNDS; i++) {
        }
        RCC_CFGR = RCC_CFGR_SW_PLL; /* all buses may run at 120 MHz */
        *rates = (struct clock_rates){THIMBLE_CLOCK_HZ, HSI_HZ, THIMBLE_CLOCK_HZ};
    } else {
        RCC_CFGR = RCC_CFGR_SW_HSI;
    }
}

void uart_clock_start(void)
{
    RCC_APB1ENR1 |= RCC_APB1ENR1_PWREN;
    (void)RCC_APB1ENR1;
    PWR_CR2 |= PWR_CR2_IOSV; /* RM 5.1.2: port G has a supply of its own, cut off after a reset */
    RCC_AHB2ENR |= 1u << THIMBLE_UART_TX_PORT | 1u << THIMBLE_UART_RX_PORT;
#if THIMBLE_UART_BASE == 0x40008000
    RCC_CCIPR = (RCC_CCIPR & ~RCC_CCIPR_LPUART1SEL_MASK) | RCC_CCIPR_LPUART1SEL_HSI;
    RCC_APB1ENR2 |= RCC_APB1ENR2_LPUART1EN;
#else
#error "Only LPUART1 is known here: add the clock of yours, and its rate in clock_raise."
#endif
    (void)RCC_APB1ENR2;
}
