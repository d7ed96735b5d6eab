/* The telemetry port of an STM32: the USART at THIMBLE_UART_BASE, whose registers usart_v1.h or usart_v2.h names. */
#ifndef USART_H
#define USART_H

#include "port_event.h"

/* The same bits in both generations of the USART */
#define STATUS_ORE (1u << 3)
#define STATUS_RXNE (1u << 5)
#define STATUS_TC (1u << 6)
#define STATUS_TXE (1u << 7)
#define CR1_RE (1u << 2)
#define CR1_TE (1u << 3)
#define CR1_RXNEIE (1u << 5)

/* GPIO ports are alike in all families; their chapter is named in registers.h beside GPIO_BASE. */
#define PORT_REGISTER(port, offset) REGISTER(GPIO_BASE + 0x400u * (port) + (offset))
#define GPIO_MODER 0x00u
#define GPIO_OSPEEDR 0x08u
#define GPIO_PUPDR 0x0Cu
#define GPIO_AFR 0x20u
#define MODE_ALTERNATE 2u
#define SPEED_MEDIUM 1u
#define PULL_NONE 0u
#define PULL_UP 1u

static void set_field(volatile uint32_t *address, uint32_t shift, uint32_t bits, uint32_t value)
{
    uint32_t mask = ((1u << bits) - 1u) << shift;
    *address = (*address & ~mask) | value << shift;
}

static void connect_pin(uint32_t port, uint32_t pin, uint32_t pull)
{
    set_field(&PORT_REGISTER(port, GPIO_AFR + 4u * (pin / 8u)), 4u * (pin % 8u), 4u, THIMBLE_UART_AF);
    set_field(&PORT_REGISTER(port, GPIO_OSPEEDR), 2u * pin, 2u, SPEED_MEDIUM);
    set_field(&PORT_REGISTER(port, GPIO_PUPDR), 2u * pin, 2u, pull);
    set_field(&PORT_REGISTER(port, GPIO_MODER), 2u * pin, 2u, MODE_ALTERNATE);
}

/* with 16 times oversampling the divisor, in sixteenths, is the clock over the rate: RM0090 30.3.4 */
static inline uint32_t port_divisor(uint32_t baud)
{
    return (UART_DIVISIONS * clock_uart_hz() + baud / 2u) / baud;
}

/* 0 where the clock is too slow */
static inline uint32_t port_reached_baud(uint32_t baud)
{
    uint32_t divisor = port_divisor(baud);
    return divisor < UART_LOWEST_DIVISOR ? 0u : UART_DIVISIONS * clock_uart_hz() / divisor;
}

static inline void port_start(uint32_t baud)
{
    connect_pin(THIMBLE_UART_TX_PORT, THIMBLE_UART_TX_PIN, PULL_NONE);
    connect_pin(THIMBLE_UART_RX_PORT, THIMBLE_UART_RX_PIN, PULL_UP);
    UART_CR1 = 0; /* off while the rate changes */
    UART_BRR = port_divisor(baud);
    UART_CR1 = UART_CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

static inline bool port_poll(struct port_event *event)
{
    uint32_t status = UART_STATUS;
    if ((status & (STATUS_RXNE | STATUS_ORE)) == 0) {
        return false;
    }
    event->byte = (uint8_t)UART_RECEIVED; /* clears RXNE */
    event->has_byte = (status & STATUS_RXNE) != 0;
    event->overrun = (status & STATUS_ORE) != 0;
    if (event->overrun) {
        UART_CLEAR_OVERRUN();
    }
    return true;
}

static inline void port_send(uint8_t byte)
{
    while ((UART_STATUS & STATUS_TXE) == 0) {
    }
    UART_TO_SEND = byte;
}

static inline void port_drain(void)
{
    while ((UART_STATUS & STATUS_TC) == 0) {
    }
}

#endif
