/* The telemetry port: the USART at THIMBLE_UART_BASE on the pins that the board file names. */
#include "core.h"
#include "registers.h"

/* The same bits in both generations of the USART: usart_v1.h, usart_v2.h */
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

_Static_assert((UART_RING_BYTES & (UART_RING_BYTES - 1)) == 0, "the ring's size must be a power of two");

/* Written by the interrupt at `ring_head`, read by the main loop at `ring_tail`; both count on for ever. */
static volatile uint8_t ring[UART_RING_BYTES];
static volatile uint32_t ring_head;
static volatile uint32_t ring_tail;
static volatile uint32_t overruns;

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

void uart_start(uint32_t baud)
{
    uart_clock_start();
    connect_pin(THIMBLE_UART_TX_PORT, THIMBLE_UART_TX_PIN, PULL_NONE);
    connect_pin(THIMBLE_UART_RX_PORT, THIMBLE_UART_RX_PIN, PULL_UP);
    UART_CR1 = 0; /* off while the rate changes */
    /* with 16 times oversampling the divisor, in sixteenths, is the clock over the rate: RM0090 30.3.4 */
    UART_BRR = (UART_DIVISIONS * clock_uart_hz() + baud / 2u) / baud;
    UART_CR1 = UART_CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
    NVIC_ISER(THIMBLE_UART_IRQ / 32u) = 1u << (THIMBLE_UART_IRQ % 32u);
}

void uart_poll(void)
{
    uint32_t status;
    while (((status = UART_STATUS) & (STATUS_RXNE | STATUS_ORE)) != 0) {
        uint8_t byte = (uint8_t)UART_RECEIVED; /* clears RXNE */
        if ((status & STATUS_ORE) != 0) {
            UART_CLEAR_OVERRUN();
            overruns++;
        }
        if ((status & STATUS_RXNE) == 0) {
            continue;
        }
        if (ring_head - ring_tail == UART_RING_BYTES) {
            overruns++;
            continue;
        }
        ring[ring_head % UART_RING_BYTES] = byte;
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
        while ((UART_STATUS & STATUS_TXE) == 0) {
        }
        UART_TO_SEND = bytes[i];
    }
}

void uart_drain(void)
{
    while ((UART_STATUS & STATUS_TC) == 0) {
    }
}

uint32_t uart_received_bytes(void)
{
    return ring_head;
}

uint32_t uart_overruns(void)
{
    return overruns;
}
