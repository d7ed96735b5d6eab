/* Core clock of the STM32F405/407, and its reset. */
#include "registers.h"

/* Crystal on the board, 0 if there is none. All boards of this family that we know carry 8 MHz. */
#ifndef THIMBLE_HSE_HZ
#define THIMBLE_HSE_HZ 8000000u
#endif
#define HSI_HZ 16000000u
#define PLL_INPUT_HZ 2000000u     /* RM 7.3.2: 2 MHz is recommended against jitter */
#define WAIT_ROUNDS 200000u       /* some 50 ms at 16 MHz; the crystal needs 2 ms (DS8626 table 33) */

_Static_assert(THIMBLE_CLOCK_HZ == 168000000, "the divisors and wait states below are for 168 MHz");
_Static_assert(THIMBLE_HSE_HZ % PLL_INPUT_HZ == 0, "the crystal must be a multiple of 2 MHz");

#define FLASH_WAIT_STATES 5u      /* RM table 10: 2.7 to 3.6 V, 150 < HCLK <= 168 MHz */
#define PLL_N (2u * THIMBLE_CLOCK_HZ / PLL_INPUT_HZ)
#define PLL_P_DIV2 0u
#define PLL_Q 7u                  /* 48 MHz for USB; must be at least 2 */

static uint32_t core_hz = HSI_HZ;
static uint32_t uart_clock_hz = HSI_HZ;
static enum reset_cause cause;

static bool wait_for(volatile uint32_t *address, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < WAIT_ROUNDS; i++) {
        if ((*address & mask) == value) {
            return true;
        }
    }
    return false;
}

static enum reset_cause read_reset_cause(void)
{
    uint32_t flags = RCC_CSR; /* RM 7.3.21; a power-on sets the pin flag too, so the order matters */
    RCC_CSR |= RCC_CSR_RMVF;
    if ((flags & (RCC_CSR_IWDGRSTF | RCC_CSR_WWDGRSTF)) != 0) {
        return RESET_WATCHDOG;
    }
    if ((flags & RCC_CSR_SFTRSTF) != 0) {
        return RESET_SOFTWARE;
    }
    if ((flags & RCC_CSR_PORRSTF) != 0) {
        return RESET_POWER;
    }
    return (flags & RCC_CSR_PINRSTF) != 0 ? RESET_PIN : RESET_UNKNOWN;
}

static void start_pll(void)
{
    uint32_t source = 0;
    uint32_t source_hz = HSI_HZ;
    if (THIMBLE_HSE_HZ != 0) {
        RCC_CR |= RCC_CR_HSEON; /* RM 7.2.1, 7.3.1 */
        if (wait_for(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY)) {
            source = RCC_PLLCFGR_SRC_HSE;
            source_hz = THIMBLE_HSE_HZ;
        } else {
            RCC_CR &= ~RCC_CR_HSEON;
        }
    }
    /* RM 7.3.2: Q in 27:24, P in 17:16, N in 14:6, M in 5:0; written while the PLL is off */
    RCC_PLLCFGR = PLL_Q << 24 | source | PLL_P_DIV2 << 16 | PLL_N << 6 | source_hz / PLL_INPUT_HZ;
    RCC_CR |= RCC_CR_PLLON;
}

void clock_start(void)
{
    cause = read_reset_cause();
    RCC_APB1ENR |= RCC_APB1ENR_PWREN; /* RM 7.3.13 */
    (void)RCC_APB1ENR;                /* RM 7.2.13: two cycles until the peripheral answers */
    PWR_CR |= PWR_CR_VOS;             /* RM 5.4.1: scale 1, needed above 144 MHz */
    /* a boot loader may have left the PLL on, and its factors cannot change while it runs (RM 7.3.2) */
    RCC_CR |= RCC_CR_HSION;
    wait_for(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR &= ~RCC_CFGR_SW_MASK;
    wait_for(&RCC_CFGR, RCC_CFGR_SWS_MASK, 0);
    RCC_CR &= ~RCC_CR_PLLON;
    wait_for(&RCC_CR, RCC_CR_PLLRDY, 0);
    start_pll();
    if (!wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~RCC_CR_PLLON; /* stay on the internal oscillator, without prescalers */
        return;
    }
    /* RM 3.5.1: wait states first, then the clock. Prefetch and both caches are the ART accelerator, RM 3.5.2 */
    FLASH_ACR = FLASH_WAIT_STATES | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN;
    if (!wait_for(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_WAIT_STATES)) {
        return;
    }
    /* RM 7.3.3: APB1 at most 42 MHz, APB2 at most 84 MHz */
    RCC_CFGR = (RCC_CFGR & ~RCC_CFGR_SW_MASK) | RCC_CFGR_PPRE1_DIV4 | RCC_CFGR_PPRE2_DIV2 | RCC_CFGR_SW_PLL;
    if (wait_for(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL)) {
        core_hz = THIMBLE_CLOCK_HZ;
        uart_clock_hz = THIMBLE_CLOCK_HZ / 4u;
    } else {
        RCC_CFGR = RCC_CFGR_SW_HSI;
    }
}

uint32_t clock_hz(void)
{
    return core_hz;
}

uint32_t clock_uart_hz(void)
{
    return uart_clock_hz;
}

enum reset_cause clock_reset_cause(void)
{
    return cause;
}

void chip_reset(void)
{
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = AIRCR_KEY | AIRCR_SYSRESETREQ; /* PM 4.4.5 */
    for (;;) {
    }
}
