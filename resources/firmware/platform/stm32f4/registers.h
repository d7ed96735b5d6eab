/* Registers of the STM32F405/407 that the platform uses. RM: RM0090 rev 21. PM: PM0214 rev 10. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "platform.h"

/* Flash interface, RM 3.9.1 */
#define FLASH_ACR REGISTER(0x40023C00)
#define FLASH_ACR_LATENCY_MASK 0x7u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

/* Power control, RM 5.4.1 */
#define PWR_CR REGISTER(0x40007000)
#define PWR_CR_VOS (1u << 14)

/* Reset and clock control, RM 7.3 */
#define RCC_CR REGISTER(0x40023800)      /* 7.3.1 */
#define RCC_CR_HSION (1u << 0)
#define RCC_CR_HSIRDY (1u << 1)
#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_HSERDY (1u << 17)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_PLLCFGR REGISTER(0x40023804) /* 7.3.2 */
#define RCC_PLLCFGR_SRC_HSE (1u << 22)
#define RCC_CFGR REGISTER(0x40023808)    /* 7.3.3 */
#define RCC_CFGR_SW_MASK 0x3u
#define RCC_CFGR_SW_HSI 0x0u
#define RCC_CFGR_SW_PLL 0x2u
#define RCC_CFGR_SWS_MASK (0x3u << 2)
#define RCC_CFGR_SWS_PLL (0x2u << 2)
#define RCC_CFGR_PPRE1_DIV4 (0x5u << 10)
#define RCC_CFGR_PPRE2_DIV2 (0x4u << 13)
#define RCC_AHB1ENR REGISTER(0x40023830) /* 7.3.10 */
#define RCC_AHB1ENR_GPIOBEN (1u << 1)
#define RCC_APB1ENR REGISTER(0x40023840) /* 7.3.13 */
#define RCC_APB1ENR_TIM2EN (1u << 0)
#define RCC_APB1ENR_USART3EN (1u << 18)
#define RCC_APB1ENR_PWREN (1u << 28)
#define RCC_CSR REGISTER(0x40023874)     /* 7.3.21 */
#define RCC_CSR_RMVF (1u << 24)
#define RCC_CSR_PINRSTF (1u << 26)
#define RCC_CSR_PORRSTF (1u << 27)
#define RCC_CSR_SFTRSTF (1u << 28)
#define RCC_CSR_IWDGRSTF (1u << 29)
#define RCC_CSR_WWDGRSTF (1u << 30)

/* Port B, RM 8.4 */
#define GPIOB_MODER REGISTER(0x40020400)   /* 8.4.1 */
#define GPIOB_OSPEEDR REGISTER(0x40020408) /* 8.4.3 */
#define GPIOB_PUPDR REGISTER(0x4002040C)   /* 8.4.4 */
#define GPIOB_AFRH REGISTER(0x40020424)    /* 8.4.10 */

/* USART3, RM 30.6 */
#define USART3_SR REGISTER(0x40004800)  /* 30.6.1 */
#define USART_SR_ORE (1u << 3)
#define USART_SR_RXNE (1u << 5)
#define USART_SR_TC (1u << 6)
#define USART_SR_TXE (1u << 7)
#define USART3_DR REGISTER(0x40004804)  /* 30.6.2 */
#define USART3_BRR REGISTER(0x40004808) /* 30.6.3 */
#define USART3_CR1 REGISTER(0x4000480C) /* 30.6.4 */
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_RXNEIE (1u << 5)
#define USART_CR1_UE (1u << 13)
#define USART3_IRQ 39u                  /* RM 12.2, table 61 */

/* TIM2, RM 18.4 */
#define TIM2_CR1 REGISTER(0x40000000) /* 18.4.1 */
#define TIM_CR1_CEN (1u << 0)
#define TIM2_EGR REGISTER(0x40000014) /* 18.4.6 */
#define TIM_EGR_UG (1u << 0)
#define TIM2_CNT REGISTER(0x40000024) /* 18.4.10 */
#define TIM2_PSC REGISTER(0x40000028) /* 18.4.11 */
#define TIM2_ARR REGISTER(0x4000002C) /* 18.4.12 */

/* Core: PM 4.3 to 4.5 */
#define NVIC_ISER(n) REGISTER(0xE000E100 + 4u * (n)) /* PM 4.3.2 */
#define NVIC_ICPR(n) REGISTER(0xE000E280 + 4u * (n)) /* PM 4.3.5 */
#define SYST_CSR REGISTER(0xE000E010)                /* PM 4.5.1 */
#define SYST_CSR_ENABLE (1u << 0)
#define SYST_CSR_TICKINT (1u << 1)
#define SYST_CSR_CLKSOURCE (1u << 2)
#define SYST_RVR REGISTER(0xE000E014)                /* PM 4.5.2 */
#define SYST_RVR_MAXIMUM 0xFFFFFFu
#define SYST_CVR REGISTER(0xE000E018)                /* PM 4.5.3 */
#define SCB_ICSR REGISTER(0xE000ED04)                /* PM 4.4.3 */
#define ICSR_PENDSTCLR (1u << 25)
#define SCB_SCR REGISTER(0xE000ED10)                 /* PM 4.4.6 */
#define SCR_SEVONPEND (1u << 4)
#define SCB_AIRCR REGISTER(0xE000ED0C)               /* PM 4.4.5 */
#define AIRCR_KEY (0x5FAu << 16)
#define AIRCR_SYSRESETREQ (1u << 2)

/* Debug: Armv7-M ARM (DDI 0403E) */
#define DEMCR REGISTER(0xE000EDFC)      /* C1.6.5 */
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL REGISTER(0xE0001000)   /* C1.8.7 */
#define DWT_CTRL_CYCCNTENA (1u << 0)
#define DWT_CYCCNT REGISTER(0xE0001004) /* C1.8.8 */

#endif
