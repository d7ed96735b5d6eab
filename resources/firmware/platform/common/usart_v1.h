/* The USART of the STM32F4, at THIMBLE_UART_BASE: RM0090 rev 21, 30.6; RM0390 rev 6, 25.6. */
#ifndef USART_V1_H
#define USART_V1_H

#define UART_STATUS REGISTER(THIMBLE_UART_BASE + 0x00)      /* SR, 30.6.1 */
#define UART_RECEIVED REGISTER(THIMBLE_UART_BASE + 0x04)    /* DR, 30.6.2 */
#define UART_TO_SEND REGISTER(THIMBLE_UART_BASE + 0x04)
#define UART_BRR REGISTER(THIMBLE_UART_BASE + 0x08)         /* 30.6.3 */
#define UART_CR1 REGISTER(THIMBLE_UART_BASE + 0x0C)         /* 30.6.4 */
#define UART_CR1_UE (1u << 13)
#define UART_DIVISIONS 1u
#define UART_LOWEST_DIVISOR 16u

/* 30.6.1: reading the status and then the data clears the overrun flag */
#define UART_CLEAR_OVERRUN() ((void)0)

#endif
