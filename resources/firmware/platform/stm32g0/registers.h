/* Registers of the STM32G0x1 that the platform uses. RM: RM0444 rev 5. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "platform.h"
#include "usart_v2.h"

#define HAS_DWT 0
#define HAS_CACHES 0
#define INTERRUPT_COUNT 31 /* RM 12.3, table 61 */

/* Flash interface, RM 3.7.1 */
#define FLASH_ACR REGISTER(0x40022000)
#define FLASH_ACR_LATENCY_MASK 0x7u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)

/* Reset and clock control, RM 5.4 */
#define RCC_CR REGISTER(0x40021000)      /* 5.4.1 */
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_HSIDIV_MASK (0x7u << 11)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR REGISTER(0x40021008)    /* 5.4.3 */
#define RCC_CFGR_SW_MASK 0x7u
#define RCC_CFGR_SW_HSI 0x0u
#define RCC_CFGR_SW_PLL 0x2u
#define RCC_CFGR_SWS_MASK (0x7u << 3)
#define RCC_CFGR_SWS_PLL (0x2u << 3)
#define RCC_PLLCFGR REGISTER(0x4002100C) /* 5.4.4: R in 31:29 and M in 6:4, less 1; N in 14:8; source in 1:0 */
#define PLL_SOURCE_HSI 2u
#define PLL_SOURCE_HSE 3u
#define RCC_PLLCFGR_PLLREN (1u << 28)
#define RCC_IOPENR REGISTER(0x40021034)  /* 5.4.12; bit 0 is port A, bit 1 port B, ... */
#define RCC_APBENR1 REGISTER(0x4002103C) /* 5.4.14 */
#define RCC_APBENR1_TIM2EN (1u << 0)
#define RCC_APBENR1_USART2EN (1u << 17)
#define RCC_APBENR1_USART3EN (1u << 18)

/* Why the chip was reset: RCC_CSR, RM 5.4.23 */
#define RESET_FLAGS REGISTER(0x40021060)
#define RESET_FLAGS_CLEAR (1u << 23)
#define RESET_FLAGS_PIN (1u << 26)
#define RESET_FLAGS_POWER (1u << 27)
#define RESET_FLAGS_SOFTWARE (1u << 28)
#define RESET_FLAGS_WATCHDOG (1u << 29 | 1u << 30)

/* Port A, RM 7.4; the others follow every 0x400 */
#define GPIO_BASE 0x50000000u

/* TIM2, RM 22.4; reading back waits until the peripheral answers */
#define TIM2_CLOCK_START() (RCC_APBENR1 |= RCC_APBENR1_TIM2EN, (void)RCC_APBENR1)

#endif
