/* Vector table. INTERRUPT_COUNT is the family's, the port's interrupt the board's. */
#include "registers.h"

#define ENTRY(function) ((uintptr_t)(function))
#define UART_VECTOR (16 + THIMBLE_UART_IRQ)

_Static_assert(THIMBLE_UART_IRQ > 0 && THIMBLE_UART_IRQ < INTERRUPT_COUNT - 1, "no such interrupt");

__attribute__((used, section(".vectors"))) const uintptr_t vector_table[16 + INTERRUPT_COUNT] = {
    [0] = (uintptr_t)&_estack,
    [1] = ENTRY(reset_handler),
    [2 ... 6] = ENTRY(fault_handler),
    [11 ... 12] = ENTRY(fault_handler),
    [14] = ENTRY(fault_handler),
    [15] = ENTRY(tick_interrupt),
    [16 ... UART_VECTOR - 1] = ENTRY(fault_handler),
    [UART_VECTOR] = ENTRY(uart_interrupt),
    [UART_VECTOR + 1 ... 16 + INTERRUPT_COUNT - 1] = ENTRY(fault_handler),
};
