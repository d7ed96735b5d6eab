/* The telemetry port at THIMBLE_UART_BASE, on the pins that the board file names. */
#include "core.h"
#include "registers.h"

/* The port's registers, as functions */
#ifndef PORT_HEADER
#define PORT_HEADER "usart.h"
#endif
#include PORT_HEADER

_Static_assert((UART_RING_BYTES & (UART_RING_BYTES - 1)) == 0, "the ring's size must be a power of two");

/* Written by the interrupt at `ring_head`, read by the main loop at `ring_tail`; both count on for ever. */
static volatile uint8_t ring[UART_RING_BYTES];
static volatile uint32_t ring_head;
static volatile uint32_t ring_tail;
static volatile uint32_t overruns;
static uint32_t started_baud;

void uart_start(uint32_t baud)
{
    uart_clock_start();
    port_start(baud);
    started_baud = baud;
    NVIC_ISER(THIMBLE_UART_IRQ / 32u) = 1u << (THIMBLE_UART_IRQ % 32u);
}

uint32_t uart_baud(void)
{
    return started_baud;
}

bool uart_can(uint32_t baud)
{
    uint32_t reached = port_reached_baud(baud);
    uint32_t error = reached > baud ? reached - baud : baud - reached;
    return error <= baud / 50u;
}

void uart_poll(void)
{
    struct port_event event;
    while (port_poll(&event)) {
        if (event.overrun) {
            overruns++;
        }
        if (!event.has_byte) {
            continue;
        }
        if (ring_head - ring_tail == UART_RING_BYTES) {
            overruns++;
            continue;
        }
        ring[ring_head % UART_RING_BYTES] = event.byte;
        ring_head++;
    }
}

void uart_interrupt(void)
{
    uart_poll();
}

bool uart_has_bytes(void)
{
    return ring_head != ring_tail;
}

bool uart_read(uint8_t *byte)
{
    if (!uart_has_bytes()) {
        return false;
    }
    *byte = ring[ring_tail % UART_RING_BYTES];
    ring_tail++;
    return true;
}

void uart_write(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        port_send(bytes[i]);
    }
}

void uart_drain(void)
{
    port_drain();
}

uint32_t uart_received_bytes(void)
{
    return ring_head;
}

uint32_t uart_overruns(void)
{
    return overruns;
}
