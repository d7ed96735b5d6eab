/* USART3 on PB10 (transmit) and PB11 (receive): RM0090 rev 21, chapter 30. */
#include "registers.h"

#define AF7_PB10_PB11 (0x7u << 8 | 0x7u << 12) /* DS8626 table 9: AF7 is USART3 */

_Static_assert((UART_RING_BYTES & (UART_RING_BYTES - 1)) == 0, "the ring's size must be a power of two");

/* Written by the interrupt at `ring_head`, read by the main loop at `ring_tail`; both count on for ever. */
static volatile uint8_t ring[UART_RING_BYTES];
static volatile uint32_t ring_head;
static volatile uint32_t ring_tail;
static volatile uint32_t overruns;

void uart_interrupt(void);

void uart_start(uint32_t baud)
{
    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOBEN;  /* RM 7.3.10 */
    RCC_APB1ENR |= RCC_APB1ENR_USART3EN; /* RM 7.3.13 */
    (void)RCC_APB1ENR;                   /* RM 7.2.13 */
    /* RM 8.4: pins 10 and 11 to their alternate function, medium speed, pull-up on receive */
    GPIOB_AFRH = (GPIOB_AFRH & ~(0xFu << 8 | 0xFu << 12)) | AF7_PB10_PB11;
    GPIOB_OSPEEDR = (GPIOB_OSPEEDR & ~(0x3u << 20 | 0x3u << 22)) | 0x1u << 20 | 0x1u << 22;
    GPIOB_PUPDR = (GPIOB_PUPDR & ~(0x3u << 20 | 0x3u << 22)) | 0x1u << 22;
    GPIOB_MODER = (GPIOB_MODER & ~(0x3u << 20 | 0x3u << 22)) | 0x2u << 20 | 0x2u << 22;
    USART3_CR1 = 0; /* RM 30.6.4: off while the rate changes */
    /* RM 30.3.4: with 16 times oversampling the divisor, in sixteenths, is the clock over the rate */
    USART3_BRR = (clock_uart_hz() + baud / 2u) / baud;
    USART3_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
    NVIC_ISER(USART3_IRQ / 32u) = 1u << (USART3_IRQ % 32u); /* PM 4.3.2 */
}

/* RM 30.6.1: reading the status and then the data clears both the received and the overrun flag. */
void uart_poll(void)
{
    uint32_t status;
    while (((status = USART3_SR) & (USART_SR_RXNE | USART_SR_ORE)) != 0) {
        uint8_t byte = (uint8_t)USART3_DR;
        if ((status & USART_SR_ORE) != 0) {
            overruns++;
        }
        if ((status & USART_SR_RXNE) == 0) {
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
        while ((USART3_SR & USART_SR_TXE) == 0) {
        }
        USART3_DR = bytes[i];
    }
}

void uart_drain(void)
{
    while ((USART3_SR & USART_SR_TC) == 0) {
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
