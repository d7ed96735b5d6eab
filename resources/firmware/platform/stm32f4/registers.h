/* Registers of the STM32F4 that the platform uses. RM: RM0090 rev 21 (F405/407); RM0390 rev 6 (F446) differs where
 * it is named. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "platform.h"
#include "usart_v1.h"

#define HAS_DWT 1
#define HAS_CACHES 0
#define INTERRUPT_COUNT 97 /* RM 12.2 table 61: 82; RM0390 10.2 table 38: 97 */

/* Flash interface, RM 3.9.1 */
#define FLASH_ACR REGISTER(0x40023C00)
#define FLASH_ACR_LATENCY_MASK 0x7u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

/* Power control, RM 5.4.1 */
#define PWR_CR REGISTER(0x40007000)
#define PWR_CR_VOS (1u << 14)
/* RM0390 5.4.1 and 5.4.2 */
#define PWR_CR_ODEN (1u << 16)
#define PWR_CR_ODSWEN (1u << 17)
#define PWR_CSR REGISTER(0x40007004)
#define PWR_CSR_ODRDY (1u << 16)
#define PWR_CSR_ODSWRDY (1u << 17)

/* Reset and clock control, RM 7.3 */
#define RCC_CR REGISTER(0x40023800)      /* 7.3.1 */
#define RCC_CR_HSION (1u << 0)
#define RCC_CR_HSIRDY (1u << 1)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_PLLCFGR REGISTER(0x40023804) /* 7.3.2 */
#define RCC_PLLCFGR_SRC_HSE (1u << 22)
#define RCC_PLLCFGR_RESERVED (0x2u << 28) /* must keep its reset value; on an F446 an output that is not used */
#define RCC_CFGR REGISTER(0x40023808)    /* 7.3.3 */
#define RCC_CFGR_SW_MASK 0x3u
#define RCC_CFGR_SW_HSI 0x0u
#define RCC_CFGR_SW_PLL 0x2u
#define RCC_CFGR_SWS_MASK (0x3u << 2)
#define RCC_CFGR_SWS_PLL (0x2u << 2)
#define RCC_CFGR_PPRE1_DIV2 (0x4u << 10)
#define RCC_CFGR_PPRE1_DIV4 (0x5u << 10)
#define RCC_CFGR_PPRE2_DIV2 (0x4u << 13)
#define RCC_AHB1ENR REGISTER(0x40023830) /* 7.3.10; bit 0 is port A, bit 1 port B, ... */
#define RCC_APB1ENR REGISTER(0x40023840) /* 7.3.13 */
#define RCC_APB1ENR_TIM2EN (1u << 0)
#define RCC_APB1ENR_USART2EN (1u << 17)
#define RCC_APB1ENR_USART3EN (1u << 18)
#define RCC_APB1ENR_PWREN (1u << 28)

/* Why the chip was reset: RCC_CSR, 7.3.21 */
#define RESET_FLAGS REGISTER(0x40023874)
#define RESET_FLAGS_CLEAR (1u << 24)
#define RESET_FLAGS_BROWN_OUT (1u << 25)
#define RESET_FLAGS_PIN (1u << 26)
#define RESET_FLAGS_POWER (1u << 27)
#define RESET_FLAGS_SOFTWARE (1u << 28)
#define RESET_FLAGS_WATCHDOG (1u << 29 | 1u << 30)

/* Port A, RM 8.4; the others follow every 0x400 */
#define GPIO_BASE 0x40020000u

/* TIM2, RM 18.4; reading back waits until the peripheral answers, RM 7.2.13 */
#define TIM2_CLOCK_START() (RCC_APB1ENR |= RCC_APB1ENR_TIM2EN, (void)RCC_APB1ENR)

#endif
