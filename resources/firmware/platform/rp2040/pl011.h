/* The telemetry port of the RP2040: a PL011 at THIMBLE_UART_BASE. DS: RP2040 Datasheet, 4.2.8. */
#ifndef PL011_H
#define PL011_H

#include "port_event.h"

#define UART_DATA REGISTER(THIMBLE_UART_BASE + 0x00)          /* UARTDR */
#define DATA_OVERRUN (1u << 11)
#define UART_FLAGS REGISTER(THIMBLE_UART_BASE + 0x18)         /* UARTFR */
#define FLAGS_BUSY (1u << 3)
#define FLAGS_NOTHING_RECEIVED (1u << 4)
#define FLAGS_NO_ROOM (1u << 5)
#define UART_DIVISOR REGISTER(THIMBLE_UART_BASE + 0x24)       /* UARTIBRD */
#define UART_DIVISOR_64THS REGISTER(THIMBLE_UART_BASE + 0x28) /* UARTFBRD */
#define UART_LINE REGISTER(THIMBLE_UART_BASE + 0x2C)          /* UARTLCR_H; writing it takes the divisors over */
#define LINE_8_BITS (3u << 5)
#define LINE_FIFOS (1u << 4)
#define UART_CONTROL REGISTER(THIMBLE_UART_BASE + 0x30)       /* UARTCR */
#define CONTROL_ENABLE (1u << 0)
#define CONTROL_SENDS (1u << 8)
#define CONTROL_RECEIVES (1u << 9)
#define UART_LEVEL REGISTER(THIMBLE_UART_BASE + 0x34)         /* UARTIFLS; 0 in 5:3: interrupt at 4 of 32 bytes */
#define UART_INTERRUPTS REGISTER(THIMBLE_UART_BASE + 0x38)    /* UARTIMSC */
#define INTERRUPT_RECEIVED (1u << 4)
#define INTERRUPT_TIMEOUT (1u << 6)                           /* fewer bytes wait, and no more come */

#define GPIO_FUNCTION_UART THIMBLE_UART_AF

/* DS 4.2.7.1: the divisor in 64ths is 4 times the clock over the rate */
static inline uint32_t port_divisor(uint32_t baud)
{
    return (4u * clock_uart_hz() + baud / 2u) / baud;
}

/* 0 where the clock is too slow */
static inline uint32_t port_reached_baud(uint32_t baud)
{
    uint32_t divisor = port_divisor(baud);
    return divisor < 64u ? 0u : 4u * clock_uart_hz() / divisor;
}

static inline void port_start(uint32_t baud)
{
    GPIO_CTRL(THIMBLE_UART_TX_PIN) = GPIO_FUNCTION_UART;
    GPIO_CTRL(THIMBLE_UART_RX_PIN) = GPIO_FUNCTION_UART;
    PAD(THIMBLE_UART_RX_PIN) = PAD_INPUT | PAD_DRIVE_4MA | PAD_PULL_UP | PAD_SCHMITT;
    UART_CONTROL = 0; /* off while the rate changes */
    uint32_t divisor = port_divisor(baud);
    UART_DIVISOR = divisor / 64u;
    UART_DIVISOR_64THS = divisor % 64u;
    UART_LINE = LINE_8_BITS | LINE_FIFOS;
    UART_LEVEL = 0;
    UART_INTERRUPTS = INTERRUPT_RECEIVED | INTERRUPT_TIMEOUT;
    UART_CONTROL = CONTROL_ENABLE | CONTROL_SENDS | CONTROL_RECEIVES;
}

static inline bool port_poll(struct port_event *event)
{
    if ((UART_FLAGS & FLAGS_NOTHING_RECEIVED) != 0) {
        return false;
    }
    uint32_t data = UART_DATA; /* reading the last byte ends the interrupt, too */
    event->byte = (uint8_t)data;
    event->has_byte = true;
    event->overrun = (data & DATA_OVERRUN) != 0;
    return true;
}

static inline void port_send(uint8_t byte)
{
    while ((UART_FLAGS & FLAGS_NO_ROOM) != 0) {
    }
    UART_DATA = byte;
}

static inline void port_drain(void)
{
    while ((UART_FLAGS & FLAGS_BUSY) != 0) {
    }
}

#endif
