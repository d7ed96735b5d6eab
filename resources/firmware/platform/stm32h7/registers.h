/* Registers of the STM32H743 that the platform uses. RM: RM0433 rev 8. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "platform.h"
#include "usart_v2.h"

#define HAS_DWT 1
#define HAS_CACHES 1
#define INTERRUPT_COUNT 150 /* RM 19.1.2, table 145 */

/* Flash interface, RM 4.9 */
#define FLASH_ACR REGISTER(0x52002000)   /* FLASH_ACR */
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_WRHIGHFREQ_2 (0x2u << 4)

/* Power control, RM 6.8 */
#define PWR_D3CR REGISTER(0x58024818)    /* PWR_D3CR */
#define PWR_D3CR_VOSRDY (1u << 13)
#define PWR_D3CR_VOS_SCALE1 (0x3u << 14)

/* RM 6.4.1 and 6.8, PWR_CR3 and PWR_CSR1: after a power-on the chip waits, in a mode without writes to RAM, until
 * the supply is chosen: here the linear regulator. Bit 2 of PWR_CR3 unlocks the choice and is cleared by it; bit 1
 * is the regulator; bit 0 bypasses it. Then bit 13 of PWR_CSR1 tells that the voltage has settled. */
#define BEFORE_RAM            \
    "ldr r0, =0x5802480C\n"   \
    "ldr r1, [r0]\n"          \
    "movs r2, #7\n"           \
    "bics r1, r2\n"           \
    "movs r2, #2\n"           \
    "orrs r1, r2\n"           \
    "str r1, [r0]\n"          \
    "ldr r0, =0x58024804\n"   \
    "ldr r2, =200000\n"       \
    "5:\n"                    \
    "ldr r1, [r0]\n"          \
    "lsls r1, r1, #18\n"      \
    "bmi 6f\n"                \
    "subs r2, #1\n"           \
    "bne 5b\n"                \
    "6:\n"

/* System configuration, RM 12.3 */
#define SYSCFG_PWRCR REGISTER(0x5800042C) /* SYSCFG_PWRCR */
#define SYSCFG_PWRCR_ODEN (1u << 0)

/* RM 60.5.8: revision in 31:16 */
#define DBGMCU_IDC REGISTER(0x5C001000)
#define REVISION_V 0x2003u

/* Reset and clock control, RM 8.7 */
#define RCC_CR REGISTER(0x58024400)       /* RCC_CR */
#define RCC_CR_HSION (1u << 0)
#define RCC_CR_HSIRDY (1u << 2)
#define RCC_CR_HSIDIV_MASK (0x3u << 3)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR REGISTER(0x58024410)     /* RCC_CFGR */
#define RCC_CFGR_SW_MASK 0x7u
#define RCC_CFGR_SW_HSI 0x0u
#define RCC_CFGR_SW_PLL1 0x3u
#define RCC_CFGR_SWS_MASK (0x7u << 3)
#define RCC_CFGR_SWS_PLL1 (0x3u << 3)
#define RCC_D1CFGR REGISTER(0x58024418)   /* RCC_D1CFGR */
#define RCC_D1CFGR_HPRE_DIV2 0x8u
#define RCC_D1CFGR_D1PPRE_DIV2 (0x4u << 4)
#define RCC_D2CFGR REGISTER(0x5802441C)   /* RCC_D2CFGR */
#define RCC_D2CFGR_D2PPRE1_DIV2 (0x4u << 4)
#define RCC_D2CFGR_D2PPRE2_DIV2 (0x4u << 8)
#define RCC_D3CFGR REGISTER(0x58024420)   /* RCC_D3CFGR */
#define RCC_D3CFGR_D3PPRE_DIV2 (0x4u << 4)
#define RCC_PLLCKSELR REGISTER(0x58024428) /* RCC_PLLCKSELR: DIVM1 in 9:4, source in 1:0 */
#define PLL_SOURCE_HSI 0u
#define PLL_SOURCE_HSE 2u
#define RCC_PLLCFGR REGISTER(0x5802442C)  /* RCC_PLLCFGR */
#define RCC_PLLCFGR_RGE_2_4_MHZ (0x1u << 2)
#define RCC_PLLCFGR_DIVP1EN (1u << 16)
#define RCC_PLLCFGR_ALL_OUTPUTS (0x1FFu << 16)
#define RCC_PLL1DIVR REGISTER(0x58024430) /* RCC_PLL1DIVR: R in 30:24, Q in 22:16, P in 15:9, N in 8:0, less 1 */
#define RCC_AHB4ENR REGISTER(0x580244E0)  /* RCC_AHB4ENR; bit 0 is port A, bit 1 port B, ... */
#define RCC_APB4ENR REGISTER(0x580244F4)  /* RCC_APB4ENR */
#define RCC_APB4ENR_SYSCFGEN (1u << 1)
#define RCC_APB1LENR REGISTER(0x580244E8) /* RCC_APB1LENR */
#define RCC_APB1LENR_TIM2EN (1u << 0)
#define RCC_APB1LENR_USART2EN (1u << 17)
#define RCC_APB1LENR_USART3EN (1u << 18)

/* Why the chip was reset: RM 8.7, RCC_RSR */
#define RESET_FLAGS REGISTER(0x580244D0)
#define RESET_FLAGS_CLEAR (1u << 16)
#define RESET_FLAGS_BROWN_OUT (1u << 21)
#define RESET_FLAGS_PIN (1u << 22)
#define RESET_FLAGS_POWER (1u << 23)
#define RESET_FLAGS_SOFTWARE (1u << 24)
#define RESET_FLAGS_WATCHDOG (1u << 26 | 1u << 28)

/* Port A, RM 11.4; the others follow every 0x400 */
#define GPIO_BASE 0x58020000u

/* TIM2, RM 39.4; reading back waits until the peripheral answers, RM 8.5.12 */
#define TIM2_CLOCK_START() (RCC_APB1LENR |= RCC_APB1LENR_TIM2EN, (void)RCC_APB1LENR)

#endif
