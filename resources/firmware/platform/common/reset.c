/* From reset to main: paint the stack, switch on the FPU, fill .data and .bss.
 *
 * The stack lies at the bottom of its memory, so that one that grows too far leaves the memory and faults
 * instead of overwriting data.
 */
#include "registers.h"

/* Assembly that a chip must run before its RAM may be written; it may use r0 to r3, and labels from 5 on. */
#ifndef BEFORE_RAM
#define BEFORE_RAM ""
#endif

#define SCB_VTOR REGISTER(0xE000ED08)  /* Armv7-M ARM (DDI 0403E) B3.2.5; Armv6-M ARM (DDI 0419) B3.2.5 */
#define SCB_CPACR REGISTER(0xE000ED88) /* Armv7-M ARM B3.2.20 */
#define TEXT(macro) TEXT_OF(macro)
#define TEXT_OF(value) #value

#define CPACR_CP10_CP11_FULL (0xFu << 20)

__attribute__((noreturn)) void start_program(void); /* called from assembly */

__attribute__((noreturn, used)) void start_program(void)
{
    /* a loader may have started us without the table in place */
    SCB_VTOR = (uint32_t)(uintptr_t)vector_table;
#if defined(__ARM_FP)
    SCB_CPACR |= CPACR_CP10_CP11_FULL;
    __asm volatile("dsb\n isb" ::: "memory"); /* Armv7-M ARM B1.4.7: before the first FP instruction */
#endif
#if HAS_CACHES
    caches_start();
#endif
    const uint32_t *from = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &_sbss; to < &_ebss; to++) {
        *to = 0;
    }
    main();
    chip_reset();
}

/* Nothing may be on the stack while it is painted, hence assembly; Armv6-M instructions only. */
__attribute__((naked, noreturn)) void reset_handler(void)
{
    __asm volatile(
        ".syntax unified\n"
        "cpsid i\n" BEFORE_RAM
        "ldr r0, =_estack\n"
        "mov sp, r0\n"
        "ldr r1, =_stack_limit\n"
        "ldr r2, =" TEXT(STACK_PAINT) "\n"
        "1:\n"
        "cmp r1, r0\n"
        "bhs 2f\n"
        "str r2, [r1]\n"
        "adds r1, #4\n"
        "b 1b\n"
        "2:\n"
        "cpsie i\n"
        "bl start_program\n");
}
