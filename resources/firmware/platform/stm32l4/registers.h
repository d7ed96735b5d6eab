/* Registers of the STM32L4+ that the platform uses. RM: RM0432 rev 9. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "platform.h"
#include "usart_v2.h"

#define HAS_DWT 1
#define HAS_CACHES 0
#define INTERRUPT_COUNT 95 /* RM 16.3, table 77 */

/* Flash interface, RM 3.7.1 */
#define FLASH_ACR REGISTER(0x40022000)
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

/* Power control, RM 5.4 */
#define PWR_CR2 REGISTER(0x40007004)     /* PWR_CR2 */
#define PWR_CR2_IOSV (1u << 9)
#define PWR_SR2 REGISTER(0x40007014)     /* PWR_SR2 */
#define PWR_SR2_VOSF (1u << 10)
#define PWR_CR5 REGISTER(0x40007080)     /* PWR_CR5 */
#define PWR_CR5_R1MODE (1u << 8)

/* Reset and clock control, RM 6.4 */
#define RCC_CR REGISTER(0x40021000)      /* RCC_CR */
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR REGISTER(0x40021008)    /* RCC_CFGR */
#define RCC_CFGR_SW_HSI 0x1u
#define RCC_CFGR_SW_PLL 0x3u
#define RCC_CFGR_SWS_MASK (0x3u << 2)
#define RCC_CFGR_SWS_HSI (0x1u << 2)
#define RCC_CFGR_SWS_PLL (0x3u << 2)
#define RCC_CFGR_HPRE_DIV2 (0x8u << 4)
#define RCC_PLLCFGR REGISTER(0x4002100C) /* RCC_PLLCFGR: R in 26:25, N in 14:8, M less 1 in 7:4, source in 1:0 */
#define PLL_SOURCE_HSI 2u
#define PLL_SOURCE_HSE 3u
#define RCC_PLLCFGR_PLLREN (1u << 24)
#define RCC_AHB2ENR REGISTER(0x4002104C) /* RCC_AHB2ENR; bit 0 is port A, bit 1 port B, ... */
#define RCC_APB1ENR1 REGISTER(0x40021058) /* RCC_APB1ENR1 */
#define RCC_APB1ENR1_TIM2EN (1u << 0)
#define RCC_APB1ENR1_PWREN (1u << 28)
#define RCC_APB1ENR2 REGISTER(0x4002105C) /* RCC_APB1ENR2 */
#define RCC_APB1ENR2_LPUART1EN (1u << 0)
#define RCC_CCIPR REGISTER(0x40021088)   /* RCC_CCIPR */
#define RCC_CCIPR_LPUART1SEL_MASK (0x3u << 10)
#define RCC_CCIPR_LPUART1SEL_HSI (0x2u << 10)

/* Why the chip was reset: RM 6.4, RCC_CSR; a brown-out is what a power-on leaves */
#define RESET_FLAGS REGISTER(0x40021094)
#define RESET_FLAGS_CLEAR (1u << 23)
#define RESET_FLAGS_PIN (1u << 26)
#define RESET_FLAGS_POWER (1u << 27)
#define RESET_FLAGS_SOFTWARE (1u << 28)
#define RESET_FLAGS_WATCHDOG (1u << 29 | 1u << 30)

/* Port A, RM 8.4; the others follow every 0x400 */
#define GPIO_BASE 0x48000000u

/* TIM2, RM 38.4; reading back waits until the peripheral answers */
#define TIM2_CLOCK_START() (RCC_APB1ENR1 |= RCC_APB1ENR1_TIM2EN, (void)RCC_APB1ENR1)

#endif
