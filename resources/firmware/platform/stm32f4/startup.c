/* Vector table of the STM32F405/407: RM0090 rev 21, 12.2, table 61. */
#include "platform.h"

#define INTERRUPT_COUNT 82

void uart_interrupt(void);
void tick_interrupt(void);

#define ENTRY(function) ((uintptr_t)(function))

__attribute__((used, section(".vectors"))) const uintptr_t vector_table[16 + INTERRUPT_COUNT] = {
    [0] = (uintptr_t)&_estack,
    [1] = ENTRY(reset_handler),
    [2 ... 6] = ENTRY(fault_handler),
    [11 ... 12] = ENTRY(fault_handler),
    [14] = ENTRY(fault_handler),
    [15] = ENTRY(tick_interrupt),
    [16 ... 16 + 38] = ENTRY(fault_handler),
    [16 + 39] = ENTRY(uart_interrupt),
    [16 + 40 ... 16 + INTERRUPT_COUNT - 1] = ENTRY(fault_handler),
};
