/* Registers of the STM32F745/746 that the platform uses. RM: RM0385 rev 8. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "platform.h"
#include "usart_v2.h"

#define HAS_DWT 1
#define HAS_CACHES 1
#define INTERRUPT_COUNT 98 /* RM 10.1.2, table 46 */

/* Flash interface, RM 3.7.1 */
#define FLASH_ACR REGISTER(0x40023C00)
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ARTEN (1u << 9)

/* Power control, RM 4.4.1 and 4.4.2 */
#define PWR_CR1 REGISTER(0x40007000)
#define PWR_CR1_VOS_SCALE1 (0x3u << 14)
#define PWR_CR1_ODEN (1u << 16)
#define PWR_CR1_ODSWEN (1u << 17)
#define PWR_CSR1 REGISTER(0x40007004)
#define PWR_CSR1_ODRDY (1u << 16)
#define PWR_CSR1_ODSWRDY (1u << 17)

/* Reset and clock control, RM 5.3 */
#define RCC_CR REGISTER(0x40023800)      /* 5.3.1 */
#define RCC_CR_HSION (1u << 0)
#define RCC_CR_HSIRDY (1u << 1)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_PLLCFGR REGISTER(0x40023804) /* 5.3.2 */
#define RCC_PLLCFGR_SRC_HSE (1u << 22)
#define RCC_PLLCFGR_RESERVED (0x2u << 28) /* must keep its reset value */
#define RCC_CFGR REGISTER(0x40023808)    /* 5.3.3 */
#define RCC_CFGR_SW_MASK 0x3u
#define RCC_CFGR_SW_HSI 0x0u
#define RCC_CFGR_SW_PLL 0x2u
#define RCC_CFGR_SWS_MASK (0x3u << 2)
#define RCC_CFGR_SWS_PLL (0x2u << 2)
#define RCC_CFGR_PPRE1_DIV4 (0x5u << 10)
#define RCC_CFGR_PPRE2_DIV2 (0x4u << 13)
#define RCC_AHB1ENR REGISTER(0x40023830) /* 5.3.10; bit 0 is port A, bit 1 port B, ... */
#define RCC_APB1ENR REGISTER(0x40023840) /* 5.3.13 */
#define RCC_APB1ENR_TIM2EN (1u << 0)
#define RCC_APB1ENR_USART2EN (1u << 17)
#define RCC_APB1ENR_USART3EN (1u << 18)
#define RCC_APB1ENR_PWREN (1u << 28)

/* Why the chip was reset: RCC_CSR, 5.3.21 */
#define RESET_FLAGS REGISTER(0x40023874)
#define RESET_FLAGS_CLEAR (1u << 24)
#define RESET_FLAGS_BROWN_OUT (1u << 25)
#define RESET_FLAGS_PIN (1u << 26)
#define RESET_FLAGS_POWER (1u << 27)
#define RESET_FLAGS_SOFTWARE (1u << 28)
#define RESET_FLAGS_WATCHDOG (1u << 29 | 1u << 30)

/* Port A, RM 6.4; the others follow every 0x400 */
#define GPIO_BASE 0x40020000u

/* TIM2, RM 23.4; reading back waits until the peripheral answers, RM 5.2.12 */
#define TIM2_CLOCK_START() (RCC_APB1ENR |= RCC_APB1ENR_TIM2EN, (void)RCC_APB1ENR)

#endif
