/* The USART of the STM32F7, H7, G0 and L4, at THIMBLE_UART_BASE. Sections: RM0385 rev 8 (F7) 31.8, which
 * RM0433 rev 8 (H7) repeats in 48.7, RM0444 rev 5 (G0) in 33.8. */
#ifndef USART_V2_H
#define USART_V2_H

#define UART_CR1 REGISTER(THIMBLE_UART_BASE + 0x00)      /* 31.8.1 */
#define UART_CR1_UE (1u << 0)
#define UART_BRR REGISTER(THIMBLE_UART_BASE + 0x0C)      /* 31.8.4 */
#define UART_STATUS REGISTER(THIMBLE_UART_BASE + 0x1C)   /* ISR, 31.8.8 */
#define UART_ICR REGISTER(THIMBLE_UART_BASE + 0x20)      /* 31.8.9 */
#define UART_ICR_ORECF (1u << 3)
#define UART_RECEIVED REGISTER(THIMBLE_UART_BASE + 0x24) /* RDR, 31.8.10 */
#define UART_TO_SEND REGISTER(THIMBLE_UART_BASE + 0x28)  /* TDR, 31.8.11 */

/* LPUART1 of the L4 (RM0432 50.4.7) counts in 256ths of its clock, which must not be above 16 MHz here */
#if THIMBLE_UART_BASE == 0x40008000
#define UART_DIVISIONS 256u
#define UART_LOWEST_DIVISOR 0x300u
#else
#define UART_DIVISIONS 1u
#define UART_LOWEST_DIVISOR 16u
#endif

#define UART_CLEAR_OVERRUN() (UART_ICR = UART_ICR_ORECF)

#endif
