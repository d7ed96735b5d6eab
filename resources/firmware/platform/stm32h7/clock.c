/* Clocks of the STM32H743. Revisions before V stop at 400 MHz, which is what they then get. */
#include "registers.h"

#define HSI_HZ 64000000u
#define PLL_INPUT_HZ 2000000u
#define EARLY_REVISION_HZ 400000000u

_Static_assert(THIMBLE_CLOCK_HZ == 480000000, "the divisors and wait states below are for 480 MHz");
_Static_assert(THIMBLE_HSE_HZ % PLL_INPUT_HZ == 0, "the crystal must be a multiple of 2 MHz");

#define FLASH_WAIT_STATES 4u /* RM table 17: scale 0, 225 < AXI clock <= 240 MHz; the bus runs at half the core's clock */
#define PLL_P 2u
#define PLL_Q 8u

static void start_pll(uint32_t target_hz)
{
    uint32_t crystal_hz = clock_start_crystal(&RCC_CR);
    uint32_t source_hz = crystal_hz != 0 ? crystal_hz : HSI_HZ;
    uint32_t source = crystal_hz != 0 ? PLL_SOURCE_HSE : PLL_SOURCE_HSI;
    uint32_t n = PLL_P * target_hz / PLL_INPUT_HZ;
    RCC_PLLCKSELR = source_hz / PLL_INPUT_HZ << 4 | source;
    /* wide oscillator range (bit 1 clear), only output P, no fraction */
    RCC_PLLCFGR = (RCC_PLLCFGR & ~(RCC_PLLCFGR_ALL_OUTPUTS | 0xFu)) | RCC_PLLCFGR_RGE_2_4_MHZ | RCC_PLLCFGR_DIVP1EN;
    RCC_PLL1DIVR = (PLL_Q - 1u) << 24 | (PLL_Q - 1u) << 16 | (PLL_P - 1u) << 9 | (n - 1u);
    RCC_CR |= RCC_CR_PLL1ON;
}

/* RM 6.6.2: scale 1 first; scale 0, needed above 400 MHz, is scale 1 with the over-drive of SYSCFG. */
static bool raise_voltage(bool over_drive)
{
    PWR_D3CR |= PWR_D3CR_VOS_SCALE1;
    if (!clock_wait(&PWR_D3CR, PWR_D3CR_VOSRDY, PWR_D3CR_VOSRDY)) {
        return false;
    }
    if (!over_drive) {
        return true;
    }
    RCC_APB4ENR |= RCC_APB4ENR_SYSCFGEN;
    (void)RCC_APB4ENR;
    SYSCFG_PWRCR |= SYSCFG_PWRCR_ODEN;
    return clock_wait(&PWR_D3CR, PWR_D3CR_VOSRDY, PWR_D3CR_VOSRDY);
}

void clock_raise(struct clock_rates *rates)
{
    *rates = (struct clock_rates){HSI_HZ, HSI_HZ, HSI_HZ};
    bool early = DBGMCU_IDC >> 16 < REVISION_V;
    uint32_t target_hz = early ? EARLY_REVISION_HZ : THIMBLE_CLOCK_HZ;
    /* a boot loader may have left the PLL on, and its factors cannot change while it runs */
    RCC_CR = (RCC_CR & ~RCC_CR_HSIDIV_MASK) | RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR &= ~RCC_CFGR_SW_MASK;
    clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, 0);
    RCC_CR &= ~RCC_CR_PLL1ON;
    clock_wait(&RCC_CR, RCC_CR_PLL1RDY, 0);
    RCC_D1CFGR = RCC_D2CFGR = RCC_D3CFGR = 0;
    if (!raise_voltage(!early)) {
        return;
    }
    start_pll(target_hz);
    if (!clock_wait(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY)) {
        RCC_CR &= ~RCC_CR_PLL1ON; /* stay on the internal oscillator, without prescalers */
        return;
    }
    /* RM 4.3.8: wait states first, then the clock */
    FLASH_ACR = FLASH_WAIT_STATES | FLASH_ACR_WRHIGHFREQ_2;
    if (!clock_wait(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_WAIT_STATES)) {
        return;
    }
    /* RM 8.5.6: AXI and AHB at most 240 MHz, APB at most 120 MHz */
    RCC_D1CFGR = RCC_D1CFGR_HPRE_DIV2 | RCC_D1CFGR_D1PPRE_DIV2;
    RCC_D2CFGR = RCC_D2CFGR_D2PPRE1_DIV2 | RCC_D2CFGR_D2PPRE2_DIV2;
    RCC_D3CFGR = RCC_D3CFGR_D3PPRE_DIV2;
    RCC_CFGR = (RCC_CFGR & ~RCC_CFGR_SW_MASK) | RCC_CFGR_SW_PLL1;
    if (clock_wait(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL1)) {
        /* timers run at twice their bus clock where the bus is divided */
        *rates = (struct clock_rates){target_hz, target_hz / 4u, target_hz / 2u};
    } else {
        RCC_CFGR = RCC_CFGR_SW_HSI;
        RCC_D1CFGR = RCC_D2CFGR = RCC_D3CFGR = 0;
    }
}

/* USART2 and USART3 run from their bus: RM 8.7, RCC_D2CCIP2R, 0 after a reset. */
void uart_clock_start(void)
{
    RCC_AHB4ENR |= 1u << THIMBLE_UART_TX_PORT | 1u << THIMBLE_UART_RX_PORT;
#if THIMBLE_UART_BASE == 0x40004400
    RCC_APB1LENR |= RCC_APB1LENR_USART2EN;
#elif THIMBLE_UART_BASE == 0x40004800
    RCC_APB1LENR |= RCC_APB1LENR_USART3EN;
#else
#error "Only USART2 and USART3 are known here: add the clock of yours, on the bus whose rate clock_raise gives."
#endif
    (void)RCC_APB1LENR;
}
